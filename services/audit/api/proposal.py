"""What takes two officers, over HTTP: read, approved, rejected."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from chassis.http.auth import Principal, requires
from chassis.http.problems import Problem
from chassis.http.standard import NOT_FOUND
from chassis.postgres.pool import Connection
from healthcode.two_officers import NotOpen, Officer, SamePerson, UnknownProposal, standing
from services.audit.api.intake import Desk, authority_of, once
from services.audit.api.models import NoteIn, ProposalOut, ProposalPage, WhyIn
from services.audit.api.problems import NOT_OPEN, OFFICER_UNVERIFIED, SAME_PERSON
from services.audit.api.routes import Key
from services.audit.handlers.proposal import approve, reject
from services.audit.ports.proposal import Applies, Proposal, ProposalStore

PATH: Final = "/v1/proposals"
MOST: Final = 100
allowed = requires("officer", own_region=True)
Caller = Annotated[Principal, Depends(allowed)]

OpenProposals = Callable[[Connection], ProposalStore]


def together(*kinds: Callable[[Connection], Applies]) -> Callable[[Connection], Applies]:
    """What approved acts of several kinds do."""

    def over(connection: Connection) -> Applies:
        return {kind: apply for each in kinds for kind, apply in each(connection).items()}

    return over


def officer_of(caller: Principal) -> Officer:
    """The officer behind an account: a verified person who acts for an authority."""
    if not caller.person:
        raise Problem(OFFICER_UNVERIFIED)
    return Officer(caller.sub, caller.person, authority_of(caller))


def shown(proposal: Proposal) -> ProposalOut:
    """A proposal as officers read it."""
    return ProposalOut.model_validate(
        {**msgspec.structs.asdict(proposal), "act": msgspec.json.decode(proposal.body)}, from_attributes=False
    )


def router(desk: Desk, store: OpenProposals, applies: Callable[[Connection], Applies]) -> APIRouter:
    """The routes of proposals, whatever kind of act they are of."""
    routes = APIRouter(prefix=PATH, tags=["two officers"])

    @routes.get("", summary="The authority's proposals, newest first")
    async def proposals(
        caller: Caller,
        cursor: Annotated[str | None, Query(max_length=100)] = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    ) -> ProposalPage:
        async with desk.begin() as connection:
            found = await store(connection).page(authority_of(caller), cursor, limit + 1)
        now = desk.clock.now()
        following = found[limit - 1].id if len(found) > limit else None
        return ProposalPage(proposals=[shown(standing(each, now)) for each in found[:limit]], next=following)

    @routes.get("/{proposal}", summary="One proposal")
    async def read(proposal: str, caller: Caller) -> ProposalOut:
        async with desk.begin() as connection:
            found = await store(connection).lock(proposal)
        if found is None or found.authority != authority_of(caller):
            raise Problem(NOT_FOUND)
        return shown(standing(found, desk.clock.now()))

    @routes.post("/{proposal}/approval", response_model=ProposalOut, summary="Approve, as another person, and do it")
    async def approval(proposal: str, body: NoteIn, caller: Caller, key: Key) -> Response:
        officer = officer_of(caller)

        async def work(connection: Connection) -> ProposalOut:
            now = desk.clock.now()
            return shown(await approve(store(connection), applies(connection), proposal, officer, body.note, now))

        return await _decided(desk, caller, key, work)

    @routes.post("/{proposal}/rejection", response_model=ProposalOut, summary="Turn down, or take back")
    async def rejection(proposal: str, body: WhyIn, caller: Caller, key: Key) -> Response:
        officer = officer_of(caller)

        async def work(connection: Connection) -> ProposalOut:
            return shown(await reject(store(connection), proposal, officer, body.why, desk.clock.now()))

        return await _decided(desk, caller, key, work)

    return routes


async def _decided(
    desk: Desk, caller: Principal, key: Key, work: Callable[[Connection], Awaitable[ProposalOut]]
) -> Response:
    try:
        return await once(desk, caller, key, 200, work)
    except UnknownProposal:
        raise Problem(NOT_FOUND) from None
    except SamePerson:
        raise Problem(SAME_PERSON) from None
    except NotOpen as over:
        raise Problem(NOT_OPEN, state=over.state.value) from None
