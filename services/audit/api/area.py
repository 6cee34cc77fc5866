"""Levels of areas over HTTP: each change is proposed by one officer and approved by another person."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Annotated, Final, NamedTuple

import msgspec
from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response

from chassis.http.auth import Principal, requires
from chassis.http.problems import FieldError, Problem
from chassis.http.rates import charge
from chassis.http.standard import INVALID
from chassis.http.wording import language_of
from chassis.postgres.pool import Connection
from services.audit.api import bulk
from services.audit.api.intake import Desk, Kind, Stamp, authority_of, once
from services.audit.api.models import AreaIn, AreaOut, AreaPage, AreaProposalIn, BulkOut, ProposalOut, WhyIn
from services.audit.api.problems import refusal
from services.audit.api.proposal import OpenProposals, officer_of, shown
from services.audit.api.routes import Key, add_reading
from services.audit.handlers.area import check_areas, record_areas, withdraw_area
from services.audit.handlers.entry import own_entry, withdrawal_of
from services.audit.handlers.proposal import propose
from services.audit.ports.entry import AreaLevel, AreaStore, Fault, Refused
from services.audit.ports.proposal import Applies, Proposal

PATH: Final = "/v1/areas"
CHANGE: Final = "area-change"
MOST: Final = 1000
SHORTEST_WHY: Final = 10
allowed = requires("officer", own_region=True)
Officer = Annotated[Principal, Depends(allowed)]
Why = Annotated[str, Query(max_length=1000, description="for the second officer; not asked of a preview")]

OpenAreas = Callable[[Connection], AreaStore]


class Levels(msgspec.Struct, frozen=True):
    """Levels that are proposed together: all of them count, or none."""

    levels: tuple[AreaLevel, ...]


class Wanted(NamedTuple):
    """A level that is wanted: a new one, or in place of the authority's own entry of that name."""

    body: AreaIn
    entry: str | None = None


def draft(body: AreaIn, stamp: Stamp, _desk: Desk) -> AreaLevel:
    """The level that a body describes."""
    return AreaLevel(
        **stamp.fields,
        evidence=body.evidence,
        area=body.area,
        level=body.level,
        valid_from=body.valid_from,
        valid_until=body.valid_until,
    )


def kind(store: OpenAreas) -> Kind[AreaIn, AreaLevel, AreaStore]:
    """The area as a kind of entry, over the stores that `store` opens."""
    return Kind(AreaIn, AreaOut, AreaPage, draft, store, record_areas, withdraw_area)


async def drafts_of(
    store: AreaStore, desk: Desk, caller: Principal, wanted: Iterable[Wanted], withdrawn: Iterable[str], now: datetime
) -> list[AreaLevel]:
    """The levels that a request describes, and the withdrawals. Raises UnknownEntry; Refused with what is wrong."""
    source = authority_of(caller)
    drafts: list[AreaLevel] = []
    for each in wanted:
        revision = 1 if each.entry is None else (await own_entry(store, each.entry, source)).revision + 1
        stamp = Stamp(each.entry or desk.ids(), source, caller.sub, now, revision)
        if each.body.source not in {None, source}:
            raise Refused([Fault("other_authority", "source")])
        drafts.append(draft(each.body, stamp, desk))
    drafts += [withdrawal_of(await own_entry(store, entry, source), now, caller.sub) for entry in withdrawn]
    faults = [
        Fault(fault.code, fault.field if len(drafts) == 1 else f"{number}/{fault.field}", fault.params)
        for number, verdict in enumerate(await check_areas(store, drafts, now))
        if isinstance(verdict, Refused)
        for fault in verdict.faults
    ]
    if faults:
        raise Refused(faults)
    return drafts


def applies_over(store: OpenAreas) -> Callable[[Connection], Applies]:
    """What an approved change of areas does, over the connection of its approval."""

    def over(connection: Connection) -> Applies:
        async def change(proposal: Proposal, now: datetime) -> str:
            levels = msgspec.json.decode(proposal.body, type=Levels).levels
            drafts = [msgspec.structs.replace(level, recorded_at=now) for level in levels]
            verdicts = await record_areas(store(connection), drafts, now)
            for verdict in verdicts:
                if isinstance(verdict, Refused):
                    raise verdict
            return drafts[0].entry if len(drafts) == 1 else f"{len(drafts)} entries"

        return {CHANGE: change}

    return over


def router(desk: Desk, kind: Kind[AreaIn, AreaLevel, AreaStore], proposals: OpenProposals) -> APIRouter:
    """The routes of areas; what is read of storms comes before the routes with an entry in them."""
    routes = APIRouter(tags=["areas"])

    async def ask(
        caller: Principal, key: Key, why: str, wanted: Sequence[Wanted], withdrawn: Sequence[str] = ()
    ) -> Response:
        officer = officer_of(caller)

        async def work(connection: Connection) -> ProposalOut:
            now = desk.clock.now()
            levels = await drafts_of(kind.store(connection), desk, caller, wanted, withdrawn, now)
            act = msgspec.json.encode(Levels(tuple(levels)))
            return shown(await propose(proposals(connection), CHANGE, act, why, officer, now, desk.ids()))

        return await once(desk, caller, key, 202, work)

    @routes.post(PATH, status_code=202, response_model=ProposalOut, summary="Propose an area's level")
    async def create(body: AreaProposalIn, caller: Officer, key: Key) -> Response:
        return await ask(caller, key, body.why, [Wanted(body)])

    @routes.put(PATH + "/{entry}", status_code=202, response_model=ProposalOut, summary="Propose to change a level")
    async def change(entry: str, body: AreaProposalIn, caller: Officer, key: Key) -> Response:
        return await ask(caller, key, body.why, [Wanted(body, entry)])

    _add_bulk(routes, desk, kind, proposals)
    add_reading(routes, PATH, kind, desk, allowed)

    @routes.post(
        PATH + "/{entry}/withdrawal", status_code=202, response_model=ProposalOut, summary="Propose to take it back"
    )
    async def withdraw(entry: str, body: WhyIn, caller: Officer, key: Key) -> Response:
        return await ask(caller, key, body.why, [], [entry])

    return routes


def _add_bulk(
    routes: APIRouter, desk: Desk, kind: Kind[AreaIn, AreaLevel, AreaStore], proposals: OpenProposals
) -> None:
    @routes.post(
        PATH + "/bulk",
        openapi_extra=bulk.BODY,
        response_model=BulkOut,
        summary="Propose many at once: all of them, or where one is refused none",
    )
    async def enter_many(
        request: Request,
        caller: Officer,
        key: Key,
        content_type: Annotated[str, Header()] = bulk.NDJSON,
        accept_language: Annotated[str, Header()] = "",
        why: Why = "",
        *,
        preview: Annotated[bool, Query(description="say what would become of each line, and propose nothing")] = False,
    ) -> Response:
        body = await request.body()
        charge(request, caller.client, body.count(b"\n"))
        sent = bulk.Sent(body, content_type.partition(";")[0].strip().lower(), preview)
        language = language_of(accept_language)

        async def work(connection: Connection) -> BulkOut:
            now = desk.clock.now()
            answer = BulkOut(preview=preview, accepted=[], refused=[])
            drafts = bulk.read_all(kind, desk, sent, caller, key, language, answer)
            if len(drafts) > MOST:
                raise refusal([Fault("too_many", "", {"most": MOST})])
            levels = [level for _, level in drafts]
            bulk.note(answer, drafts, await check_areas(kind.store(connection), levels, now), language)
            if answer.accepted and not answer.refused and not preview:
                if len(why.strip()) < SHORTEST_WHY:
                    raise Problem(INVALID, errors=[FieldError("missing", parameter="query:why")])
                act = msgspec.json.encode(Levels(tuple(levels)))
                made = await propose(proposals(connection), CHANGE, act, why, officer_of(caller), now, desk.ids())
                answer.proposal = made.id
            return answer

        return await once(desk, caller, key, 200, work)
