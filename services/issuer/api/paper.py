"""Codes on paper: one's own, a dependant's, and at a counter for people without a phone."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from chassis.http.auth import Principal, requires
from chassis.http.problems import Problem
from healthcode.identity import mask
from healthcode.values import label
from services.issuer.api.deps import Deps
from services.issuer.api.family import Ident, guardianship_of
from services.issuer.api.family_models import DocumentRequest, PaperAnswer, PaperRequest, RevokedAnswer
from services.issuer.api.problems import NOT_THE_DOCUMENT, as_problems
from services.issuer.api.render import NO_STORE, answer, language
from services.issuer.api.sheet import POLICY, sheet
from services.issuer.domain import Naming
from services.issuer.handlers.credential import Credential, Wanted
from services.issuer.handlers.family import look_after
from services.issuer.handlers.lookup import Caller, look_up

Citizen = Annotated[Principal, Depends(requires("citizen"))]
Counter = Annotated[Principal, Depends(requires("counter", own_region=True))]
TAIL: Final = 2


class SheetResponse(Response):
    """A page to print."""

    media_type = "text/html"


def router(deps: Deps) -> APIRouter:
    """`/v1/me/paper`, `/v1/me/dependants/{ident}/paper` and `/v1/paper`."""
    routes = APIRouter(prefix="/v1", tags=["paper"])
    made: dict[int | str, dict[str, Any]] = {
        201: {"model": PaperAnswer, "content": {"text/html": {}}, "description": "the page, or its data"}
    }

    @routes.post("/me/paper", status_code=201, responses=made)
    async def print_own(caller: Citizen, request: Request) -> Response:
        """One's code on paper, in place of the paper before; a page to print where `Accept` asks for text/html."""
        subject = deps.subject_of(caller)
        naming = Naming(mask(caller.name) if caller.name else None, _tail(caller.id_number or ""))
        with as_problems():
            return await _printed(deps, request, await deps.issue(subject, Wanted(paper=naming)))

    @routes.delete("/me/paper", responses={200: {"model": RevokedAnswer}})
    async def revoke(caller: Citizen) -> Response:
        """Take back what is lost: it counts no more, without a network as soon as status lists are fetched."""
        async with deps.credentials.begin() as book:
            revoked = await book.revoke_paper(deps.subject_of(caller), deps.clock.now())
        return answer({"revoked": revoked})

    @routes.post("/me/dependants/{ident}/paper", status_code=201, responses=made)
    async def print_ward(caller: Citizen, request: Request, ident: Ident, document: DocumentRequest) -> Response:
        """The code of somebody whose guardian one is. It has no name: nobody vouches for what a guardian writes."""
        guardianship = await guardianship_of(deps, caller, ident)
        with as_problems():
            if deps.pseudonymise(document.id_type, document.id_number) != guardianship.subject:
                raise Problem(NOT_THE_DOCUMENT)
            await look_after(deps.views, deps.lookups, guardianship, caller.sub, deps.clock.now())
            naming = Naming(None, _tail(document.id_number))
            wanted = Wanted(paper=naming, guardianship=guardianship)
            return await _printed(deps, request, await deps.issue(guardianship.subject, wanted))

    @routes.post("/paper", status_code=201, responses=made)
    async def print_at_counter(caller: Counter, request: Request, document: PaperRequest) -> Response:
        """For people without a phone, who stand at a counter with their document. Who printed it is kept."""
        asking = Caller(caller.sub, caller.client_id, caller.authority, "counter")
        wanted = (document.id_type, document.id_number)
        with as_problems():
            code = await look_up(deps.views, deps.lookups, deps.pseudonymise, wanted, asking, deps.clock.now())
            naming = Naming(mask(document.name), _tail(document.id_number))
            return await _printed(deps, request, await deps.issue(code.subject, Wanted(paper=naming)))

    return routes


async def _printed(deps: Deps, request: Request, paper: Credential) -> Response:
    if "text/html" in request.headers.get("accept", ""):
        # drawing takes some 30 ms of processor time
        page = await asyncio.to_thread(sheet, paper, language(request), deps.zone)
        return SheetResponse(page, 201, {"Cache-Control": NO_STORE, "Content-Security-Policy": POLICY})
    claims = paper.claims
    body = {
        "credential": paper.text,
        "color": paper.code.color.value,
        "word": label(paper.code.color, language(request)),
        "masked_name": claims.masked_name,
        "id_tail": claims.id_tail,
        "issued_at": claims.issued_at,
        "expires_at": claims.expires_at,
    }
    return answer(body, 201)


def _tail(id_number: str) -> str:
    return id_number.strip().upper()[-TAIL:]
