"""Codes of children and parents, shown by their guardian; and who looked one's own code up."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from chassis.http.auth import Principal, requires
from healthcode.values import Lang
from services.issuer.api.deps import Deps
from services.issuer.api.family_models import SeenPage, Wards
from services.issuer.api.me import made
from services.issuer.api.models import CredentialAnswer, CredentialRequest, OwnCode
from services.issuer.api.problems import as_problems, invalid_field
from services.issuer.api.render import answer, full, language
from services.issuer.domain import Guardianship
from services.issuer.handlers.family import look_after, ward, wards

Citizen = Annotated[Principal, Depends(requires("citizen"))]
Ident = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="the id of the registration")]
Cursor = Annotated[str | None, Query(max_length=20, description="`next` of the page before", examples=["41"])]
Limit = Annotated[int, Query(ge=1, le=100)]
ROLES: Final[dict[str, dict[Lang, str]]] = {
    "checkpoint": {"zh": "查验点", "en": "a checkpoint"},
    "counter": {"zh": "服务窗口", "en": "a counter"},
    "guardian": {"zh": "监护人", "en": "a guardian"},
}


def router(deps: Deps) -> APIRouter:
    """`/v1/me/dependants` and `/v1/me/lookups`."""
    routes = APIRouter(prefix="/v1/me", tags=["family"])

    @routes.get("/dependants", responses={200: {"model": Wards}})
    async def read_wards(caller: Citizen) -> Response:
        """Whose codes one may show: by their consent, or by documents that a counter saw, to an end."""
        standing = await wards(deps.family, deps.subject_of(caller), deps.clock.now())
        return answer({"items": [{"id": each.id, "until": each.until} for each in standing]})

    @routes.get("/dependants/{ident}/code", responses={200: {"model": OwnCode}})
    async def read_code(caller: Citizen, request: Request, ident: Ident) -> Response:
        """The code of somebody whose guardian one is. They can see that it was looked at."""
        guardianship = await guardianship_of(deps, caller, ident)
        with as_problems():
            code = await look_after(deps.views, deps.lookups, guardianship, caller.sub, deps.clock.now())
        return answer(full(code, deps.texts, language(request)))

    @routes.post("/dependants/{ident}/credentials", status_code=201, responses={201: {"model": CredentialAnswer}})
    async def make_credential(caller: Citizen, request: Request, ident: Ident, wanted: CredentialRequest) -> Response:
        """A fresh credential of theirs for the guardian's device; it ends with the guardianship at the latest."""
        guardianship = await guardianship_of(deps, caller, ident)
        with as_problems():
            await look_after(deps.views, deps.lookups, guardianship, caller.sub, deps.clock.now())
        body = await made(deps, guardianship.subject, wanted, language(request), guardianship)
        return answer(body, 201)

    @routes.get("/lookups", responses={200: {"model": SeenPage}})
    async def read_lookups(caller: Citizen, request: Request, cursor: Cursor = None, limit: Limit = 20) -> Response:
        """Who looked one's code up by a document, or as a guardian, latest first."""
        if cursor is not None and not (cursor.isascii() and cursor.isdigit()):
            raise invalid_field("invalid_cursor", parameter="cursor")
        before = None if cursor is None else min(int(cursor), 2**63 - 1)
        page = await deps.lookups.seen(deps.subject_of(caller), before, limit + 1)
        lang = language(request)
        items = [
            {
                "at": each.at,
                "role": each.role,
                "role_word": ROLES[each.role][lang],
                "authority": each.authority,
                "found": each.found,
            }
            for _, each in page[:limit]
        ]
        return answer({"items": items, "next": str(page[limit - 1].number) if len(page) > limit else None})

    return routes


async def guardianship_of(deps: Deps, caller: Principal, ident: str) -> Guardianship:
    """That the caller may show this person's code now; answers 404 where they may not."""
    with as_problems():
        return await ward(deps.family, deps.subject_of(caller), ident, deps.clock.now())
