"""A region takes a code of its own, over HTTP: two officers hand over and cut over; both sides can be counted."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field
from starlette.responses import Response

from chassis.http.auth import Principal, requires
from chassis.http.body import Body
from chassis.http.problems import Problem
from chassis.http.standard import NOT_FOUND
from chassis.postgres.pool import Connection
from services.audit.api.intake import Desk, once
from services.audit.api.models import ProposalOut, WhyIn
from services.audit.api.problems import refusal
from services.audit.api.proposal import OpenProposals, officer_of, shown
from services.audit.api.routes import Key
from services.audit.handlers.migration import MigrationRuns, NoMigration, NotReady, cut_over, hand_over
from services.audit.handlers.proposal import propose
from services.audit.ports.entry import Fault, Refused
from services.audit.ports.migration import Compared, MigrationState, MigrationStore
from services.audit.ports.proposal import Applies, Proposal

PATH: Final = "/v1/migrations"
ARRIVALS: Final = "/v1/arrivals"
HANDOVER: Final = "migration-handover"
CUT_OVER: Final = "migration-cut-over"
allowed = requires("officer", own_region=True)
Officer = Annotated[Principal, Depends(allowed)]
Code = Annotated[str, Path(pattern="^[0-9]{6}$")]

OpenMigrations = Callable[[Connection], MigrationStore]
Served = Callable[[str], bool]
"""Whether a region adopts this one's code, by the catalogue."""
Compare = Callable[[str], Awaitable[list[Compared]]]


class Act(msgspec.Struct, frozen=True):
    """What is proposed: of which region."""

    region: str


class MigrationIn(Body):
    """A region whose people are to be handed over to it."""

    region: str = Field(pattern="^[0-9]{6}$", examples=["620000"])
    why: str = Field(min_length=10, max_length=1000)


class MigrationOut(BaseModel):
    """How far a migration is. Codes move when all who were handed over are taken, or nobody knows their names."""

    id: str
    region: str
    state: MigrationState
    passes: int = Field(description="so many times everybody was looked at; from the first on the counts are whole")
    handed_over: int
    taken: int = Field(description="all that is known of them is durable there")
    unnamed: int = Field(description="nobody knows their document any more: they stay")
    refused: int = Field(description="their region could not open them: see its dead letters; they stay")
    waiting: int
    moved: int = Field(description="their code is their region's")
    started_at: datetime
    cut_over_at: datetime | None
    ended_at: datetime | None


class ComparedOut(BaseModel):
    """So many people had one color where they came from, by that rule, and have another here."""

    before: str
    after: str = Field(description="`waiting` while nobody has looked at them here")
    rule_before: str
    people: int


class ArrivalsOut(BaseModel):
    """Who came from a region: the color that they had there against the one that they have here."""

    origin: str
    arrived: int
    changed: int
    colors: list[ComparedOut]


def applies_over(store: OpenMigrations) -> Callable[[Connection], Applies]:
    """What an approved act does, over the connection of its approval."""

    def over(connection: Connection) -> Applies:
        async def begin(proposal: Proposal, now: datetime) -> str:
            region = msgspec.json.decode(proposal.body, type=Act).region
            try:
                return (await hand_over(store(connection), region, proposal.id, now)).id
            except MigrationRuns:
                raise Refused([Fault("migration_runs", "region")]) from None

        async def cut(proposal: Proposal, now: datetime) -> str:
            region = msgspec.json.decode(proposal.body, type=Act).region
            try:
                return (await cut_over(store(connection), region, now)).id
            except NotReady as reason:
                raise Refused([Fault("migration_not_ready", "region", {"detail": reason.detail})]) from None
            except NoMigration:
                raise Problem(NOT_FOUND) from None

        return {HANDOVER: begin, CUT_OVER: cut}

    return over


def router(desk: Desk, proposals: OpenProposals, store: OpenMigrations, served: Served) -> APIRouter:
    """The routes of the region that hands over."""
    routes = APIRouter(prefix=PATH, tags=["two officers"])

    @routes.post("", status_code=202, response_model=ProposalOut, summary="Propose to hand a region's people over")
    async def create(body: MigrationIn, caller: Officer, key: Key) -> Response:
        if not served(body.region):
            raise refusal([Fault("not_served", "region")])
        return await proposed(HANDOVER, body.region, body.why, caller, key)

    @routes.post(
        "/{region}/cut-over", status_code=202, response_model=ProposalOut, summary="Propose that their codes move"
    )
    async def cut(region: Code, body: WhyIn, caller: Officer, key: Key) -> Response:
        return await proposed(CUT_OVER, region, body.why, caller, key)

    @routes.get("/{region}", summary="How far it is", dependencies=[Depends(allowed)])
    async def read(region: Code) -> MigrationOut:
        async with desk.begin() as connection:
            migrations = store(connection)
            found = await migrations.of(region)
            if found is None:
                raise Problem(NOT_FOUND)
            count = await migrations.count(found.id)
        return MigrationOut.model_validate({**msgspec.structs.asdict(found), **msgspec.structs.asdict(count)})

    async def proposed(kind: str, region: str, why: str, caller: Principal, key: Key) -> Response:
        officer = officer_of(caller)

        async def work(connection: Connection) -> ProposalOut:
            now = desk.clock.now()
            act = msgspec.json.encode(Act(region))
            return shown(await propose(proposals(connection), kind, act, why, officer, now, desk.ids()))

        return await once(desk, caller, key, 202, work)

    return routes


def arrivals_router(compare: Compare) -> APIRouter:
    """The route of the region that people are handed over to."""
    routes = APIRouter(prefix=ARRIVALS, tags=["simulations"])

    @routes.get("/{origin}", summary="Their color before against the one here", dependencies=[Depends(allowed)])
    async def arrivals(origin: Code) -> ArrivalsOut:
        found = await compare(origin)
        return ArrivalsOut(
            origin=origin,
            arrived=sum(each.people for each in found),
            changed=sum(each.people for each in found if each.before != each.after),
            colors=[ComparedOut.model_validate(each._asdict()) for each in found],
        )

    return routes
