"""Query health: a person's code and its history, for officers, integrators and checkpoints; cancellation."""

import base64
import re
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from starlette.responses import Response

from chassis.http.auth import Principal, calling, requires
from chassis.http.plain import plain
from chassis.http.problems import Problem
from healthcode.events import CodeChanged
from healthcode.values import Scope
from services.issuer.api.deps import Deps
from services.issuer.api.models import HistoryPage, OfficialCode, SubjectCode
from services.issuer.api.problems import NOT_DECLARED, as_problems, invalid_field
from services.issuer.api.render import (
    PRIVATE,
    VARY,
    answer,
    brief,
    clients_etag_of,
    etag_of,
    for_clients,
    language,
    not_modified,
    official,
    version_of,
)
from services.issuer.handlers.code import cancel_code

_SUBJECT: Final = re.compile("[a-z2-7]{26}")
READERS: Final = ("officer", "integrator", "checkpoint")
SUBJECT: Final = Path(pattern="^[a-z2-7]{26}$", examples=["mzxw6ytboi4dsmjqgeydcmbqga"], description="a pseudonym")
Subject = Annotated[str, SUBJECT]
Reader = Annotated[Principal, Depends(requires(*READERS, own_region=True))]
Officer = Annotated[Principal, Depends(requires("officer", own_region=True))]
Cursor = Annotated[str | None, Query(max_length=64, description="`next` of the page before", examples=["MS4y"])]
Limit = Annotated[int, Query(ge=1, le=100)]
_VERSION: Final = re.compile(rb"([0-9]{1,9})\.([0-9]{1,18})")


def router(deps: Deps) -> APIRouter:
    """`/v1/codes`."""
    routes = APIRouter(prefix="/v1/codes", tags=["query health"])

    async def read_code(subject: Subject, caller: Reader, request: Request) -> Response:
        """A person's code as it stands; officers also see why. `If-None-Match` with the last ETag saves the body.

        An integrator asks by its own name of a person who agreed, and needs the scope `codes.read`.
        """
        if not caller.roles & {"officer", "checkpoint"}:
            return await _for_client(deps, subject, caller, request)
        code = await deps.views.code(subject)
        if code is None:
            raise Problem(NOT_DECLARED)
        lang, officer = language(request), "officer" in caller.roles
        etag = etag_of(code, lang, "-officer" if officer else "-brief")
        body = official(code, deps.texts, lang) if officer else {"subject": subject, **brief(code, lang)}
        return not_modified(request, etag) or answer(body, ETag=etag, Cache_Control=PRIVATE, Vary=VARY)

    async def served(request: Request) -> Response | None:
        subject = request.path_params["subject"]
        if _SUBJECT.fullmatch(subject) is None:
            return None
        return await read_code(subject, await calling(request, *READERS, own_region=True), request)

    routes.add_api_route(
        "/{subject}",
        read_code,
        responses={200: {"model": OfficialCode | SubjectCode}, 304: {"description": "unchanged"}},
        route_class_override=plain(served),
    )

    @routes.get("/{subject}/history", responses={200: {"model": HistoryPage}})
    async def read_history(
        subject: Subject, _: Officer, request: Request, cursor: Cursor = None, limit: Limit = 20
    ) -> Response:
        """Every change of a code, latest first."""
        lang = language(request)
        page = await deps.history.page(subject, _before(cursor), limit + 1)
        items = [official(code, deps.texts, lang) for code in page[:limit]]
        more = _cursor(page[limit - 1]) if len(page) > limit else None
        return answer({"items": items, "next": more})

    @routes.post("/{subject}/cancellation", responses={200: {"model": OfficialCode}})
    async def cancel(subject: Subject, _: Officer, request: Request) -> Response:
        """Cancel a person's code, as on death or departure; again changes nothing, so no Idempotency-Key is needed."""
        with as_problems():
            async with deps.ledgers.begin() as ledger:
                code = await cancel_code(ledger, subject, deps.clock.now(), deps.ids)
        return answer(official(code, deps.texts, language(request)))

    return routes


async def _for_client(deps: Deps, name: str, caller: Principal, request: Request) -> Response:
    """What a client gets: under its own name of the person, and with times that say nothing of who it is."""
    grant = await deps.clients.admit(caller, Scope.READ)
    code = await deps.views.code(await deps.clients.person(grant, name))
    if code is None:
        raise Problem(NOT_DECLARED)
    lang = language(request)
    etag = clients_etag_of(code, lang, grant.client)
    body = {"subject": name, **for_clients(code, lang)}
    return not_modified(request, etag) or answer(body, ETag=etag, Cache_Control=PRIVATE, Vary=VARY)


def _cursor(code: CodeChanged) -> str:
    return base64.urlsafe_b64encode(version_of(code).encode()).decode().rstrip("=")


def _before(cursor: str | None) -> tuple[int, int] | None:
    if cursor is None:
        return None
    try:
        match = _VERSION.fullmatch(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        match = None
    if match is None:
        raise invalid_field("invalid_cursor", parameter="query:cursor")
    return int(match[1]), int(match[2])
