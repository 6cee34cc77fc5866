"""What verifiers need: whom to believe, and the bits of revoked credentials. Public, and nothing personal in it."""

import base64
import re
import zlib
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Path, Query
from starlette.responses import Response

from chassis.http.problems import Problem
from chassis.http.standard import NOT_FOUND
from healthcode.credential import SigningKey, TrustEntry, Usage
from healthcode.credential.status_list import DELTA, FULL, with_bits
from services.issuer.api.deps import Deps
from services.issuer.api.models import StatusListAnswer, TrustAnswer
from services.issuer.api.problems import as_problems
from services.issuer.api.render import answer
from services.issuer.domain import LIST_BITS
from services.issuer.handlers.status_list import newly_revoked, whole_list

SECONDS: Final = 60
PUBLIC: Final = f"public, max-age={SECONDS}"
COORDINATE_BYTES: Final = 32
_LIST_ID: Final = re.compile(r"[0-9]{8}-([0-9]{1,3})")
ListId = Annotated[str, Path(max_length=16, examples=["20200211-0"], description="the short id in a credential")]


def router(deps: Deps) -> APIRouter:
    """`/v1/trust` and `/v1/status-lists`."""
    routes = APIRouter(prefix="/v1", tags=["trust"])

    def lists_key(now: datetime) -> SigningKey:
        with as_problems():
            return deps.keys.lists(now)

    @routes.get("/trust", responses={200: {"model": TrustAnswer}})
    async def read_trust() -> Response:
        """The region's keys for credentials: that which signs, and those whose credentials may still be about."""
        now = deps.clock.now()
        body = {
            "region": deps.signer.region,
            "keys": [jwk(entry) for entry in deps.keys.own(Usage.CREDENTIAL) if now < entry.not_after],
            "status_lists": "/v1/status-lists/{id}",
        }
        return answer(body, Cache_Control=PUBLIC)

    @routes.get("/status-lists/{list_id}", responses={200: {"model": StatusListAnswer}})
    async def read_status_list(
        list_id: ListId,
        since: Annotated[
            int | None, Query(ge=0, le=2**40, description="the version that is known: answers with what is new, signed")
        ] = None,
        accept: Annotated[str, Header()] = "",
    ) -> Response:
        """Which credentials of a list are revoked (Token Status List, one bit each).

        Signed where `Accept` asks for `application/statuslist+cwt`, or for what is new behind a version.
        """
        match = _LIST_ID.fullmatch(list_id)
        if match is None or int(match[1]) >= deps.lists:
            raise Problem(NOT_FOUND)
        now, region = deps.clock.now(), deps.signer.region
        if since is not None:
            data = await newly_revoked(deps.credentials, lists_key(now), region, list_id, since, now)
            return Response(data, media_type=DELTA, headers={"Cache-Control": PUBLIC})
        if FULL in accept:
            data = await whole_list(deps.credentials, lists_key(now), region, list_id, now)
            return Response(data, media_type=FULL, headers={"Cache-Control": PUBLIC, "Vary": "Accept"})
        revoked = await deps.credentials.revoked(list_id)
        body = {
            "region": region,
            "id": list_id,
            "bits": 1,
            "lst": compressed(revoked),
            "revoked": len(revoked),
            "issued_at": now,
            "ttl": SECONDS,
        }
        return answer(body, Cache_Control=PUBLIC, Vary="Accept")

    return routes


def compressed(revoked: list[int]) -> str:
    """The bits of a list, lowest first in each byte, compressed, as base64url."""
    return _base64url(zlib.compress(with_bits(bytes(LIST_BITS // 8), revoked), 9))


def jwk(entry: TrustEntry) -> dict[str, Any]:
    """A key as verifiers are to take it."""
    numbers = entry.public_key.public_numbers()
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": _base64url(numbers.x.to_bytes(COORDINATE_BYTES, "big")),
        "y": _base64url(numbers.y.to_bytes(COORDINATE_BYTES, "big")),
        "kid": _base64url(entry.kid),
        "alg": "ES256",
        "use": "sig",
        "signs_from": entry.not_before,
        "signs_until": entry.signs_until,
        "believed_until": entry.not_after,
        "revoked_at": entry.revoked_at,
    }


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
