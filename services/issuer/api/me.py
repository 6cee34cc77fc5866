"""A citizen's own code and credentials."""

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.responses import Response

from chassis.http.auth import Principal, calling, requires
from chassis.http.plain import plain
from chassis.http.problems import Problem
from chassis.http.standard import NOT_FOUND
from healthcode.values import Lang, label
from services.issuer.api.deps import Deps
from services.issuer.api.models import CredentialAnswer, CredentialRequest, HolderJwk, OwnCode, ReplacementAnswer
from services.issuer.api.problems import NOT_DECLARED, as_problems, invalid_field
from services.issuer.api.render import PRIVATE, VARY, answer, etag_of, full, language, not_modified
from services.issuer.domain import Guardianship, refresh_at
from services.issuer.handlers.credential import Wanted

Citizen = Annotated[Principal, Depends(requires("citizen"))]
Cti = Annotated[str, Path(pattern="^[0-9a-f]{32}$", examples=["0190f3c2a0b14d5e8f6a7b8c9d0e1f2a"])]


def router(deps: Deps) -> APIRouter:
    """`/v1/me`."""
    routes = APIRouter(prefix="/v1/me", tags=["own code"])

    async def read_own_code(caller: Citizen, request: Request) -> Response:
        """One's own code: the color, the reason, its source, the end date and the way out."""
        code = await deps.views.code(deps.subject_of(caller))
        if code is None:
            raise Problem(NOT_DECLARED)
        lang = language(request)
        etag = etag_of(code, lang)
        return not_modified(request, etag) or answer(
            full(code, deps.texts, lang),
            ETag=etag,
            Cache_Control=PRIVATE,
            Vary=VARY,
            Content_Language=lang,
        )

    async def served(request: Request) -> Response:
        return await read_own_code(await calling(request, "citizen"), request)

    routes.add_api_route(
        "/code",
        read_own_code,
        responses={200: {"model": OwnCode}, 304: {"description": "unchanged"}},
        route_class_override=plain(served),
    )

    @routes.post("/credentials", status_code=201, responses={201: {"model": CredentialAnswer}})
    async def make_credential(caller: Citizen, request: Request, wanted: CredentialRequest) -> Response:
        """A fresh credential, good for a day at most: what the QR code carries.

        Each has an id of its own and nothing else depends on it, so asking twice does no harm: no Idempotency-Key.
        """
        return answer(await made(deps, deps.subject_of(caller), wanted, language(request)), 201)

    @routes.get("/credentials/{cti}/replacement", responses={200: {"model": ReplacementAnswer}})
    async def read_replacement(caller: Citizen, cti: Cti) -> Response:
        """What came in a credential's place when the key was revoked that had signed it; 404 where nothing did.

        `cti`: the id of the credential that one shows. The other is bound to the same key of the device; whoever has
        none gets a fresh one by `POST /v1/me/credentials`.
        """
        found = await deps.reissues.replacement(bytes.fromhex(cti), deps.subject_of(caller), deps.clock.now())
        if found is None:
            raise Problem(NOT_FOUND)
        return answer({"credential": found.text, "issued_at": found.issued_at, "expires_at": found.expires_at})

    return routes


async def made(
    deps: Deps, subject: str, wanted: CredentialRequest, lang: Lang, guardianship: Guardianship | None = None
) -> dict[str, Any]:
    """A fresh credential as it is answered; by a guardian, for as long as they may."""
    holder_key = None if wanted.cnf is None else _point(wanted.cnf.jwk)
    with as_problems():
        try:
            credential = await deps.issue(subject, Wanted(holder_key, guardianship=guardianship))
        except ValueError:
            raise invalid_field("invalid_holder_key", pointer="#/cnf/jwk") from None
    claims = credential.claims
    return {
        "credential": credential.text,
        "color": credential.code.color.value,
        "word": label(credential.code.color, lang),
        "issued_at": claims.issued_at,
        "expires_at": claims.expires_at,
        "bound": holder_key is not None,
        "refresh_at": refresh_at(claims.issued_at, claims.expires_at, claims.credential_id),
    }


def _point(jwk: HolderJwk) -> bytes:
    """The key as an uncompressed point (SEC 1, section 2.3.3)."""
    x, y = (base64.urlsafe_b64decode(part + "=") for part in (jwk.x, jwk.y))
    return b"\x04" + x + y
