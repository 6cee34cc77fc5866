"""Decisions by hand over HTTP: each is proposed by one officer and approved by another person."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel
from starlette.responses import Response

from chassis.http.auth import Principal, requires
from chassis.postgres.pool import Connection
from healthcode.values import Color
from services.audit.api.intake import PAGE, Desk, authority_of, once
from services.audit.api.models import DecisionIn, DecisionOut, ProposalOut, WhyIn
from services.audit.api.proposal import OpenProposals, officer_of, shown
from services.audit.api.routes import Key
from services.audit.handlers.decision import check_decision, record_decisions, withdraw_decision
from services.audit.handlers.entry import own_entry, sole
from services.audit.handlers.proposal import propose
from services.audit.ports.entry import Decision, EntryStore, Fault, Refused
from services.audit.ports.proposal import Applies, Proposal

PATH: Final = "/v1/decisions"
DECISION: Final = "decision"
WITHDRAWAL: Final = "decision-withdrawal"
Officer = Annotated[Principal, Depends(requires("officer", own_region=True))]

OpenDecisions = Callable[[Connection], EntryStore[Decision]]
ReadRules = Callable[[Connection], Awaitable[Collection[str]]]
"""The ids of the rules of all policies as they stand."""


class Decided(msgspec.Struct, frozen=True):
    """A decision as it is proposed: about a pseudonym, never a number."""

    subject: str
    color: Color | None
    exempts: str
    reason: str
    evidence: str
    valid_from: datetime
    valid_until: datetime


class Withdrawn(msgspec.Struct, frozen=True):
    """Which decision is to be taken back."""

    entry: str


class DecisionPage(BaseModel):
    """A page of decisions; `next` is the cursor of the following page."""

    entries: list[DecisionOut]
    next: str | None


def applies_over(store: OpenDecisions, rules: ReadRules, reasons: Collection[str]) -> Callable[[Connection], Applies]:
    """What an approved decision does, over the connection of its approval."""

    def over(connection: Connection) -> Applies:
        decisions = store(connection)

        async def decide(proposal: Proposal, now: datetime) -> str:
            drafts = [_draft(proposal, msgspec.json.decode(proposal.body, type=Decided), now)]
            return sole(await record_decisions(decisions, await rules(connection), reasons, drafts, now)).entry

        async def take_back(proposal: Proposal, now: datetime) -> str:
            entry = msgspec.json.decode(proposal.body, type=Withdrawn).entry
            return (await withdraw_decision(decisions, entry, proposal.authority, now, proposal.proposed_by)).entry

        return {DECISION: decide, WITHDRAWAL: take_back}

    return over


def router(
    desk: Desk, proposals: OpenProposals, store: OpenDecisions, rules: ReadRules, reasons: Collection[str]
) -> APIRouter:
    """The routes of decisions; `rules` and `reasons` give what a decision may name."""
    routes = APIRouter(prefix=PATH, tags=["two officers"])

    @routes.post("", status_code=202, response_model=ProposalOut, summary="Propose a decision about one person")
    async def create(body: DecisionIn, caller: Officer, key: Key) -> Response:
        officer = officer_of(caller)

        async def work(connection: Connection) -> ProposalOut:
            now = desk.clock.now()
            decided = _decided(body, desk)
            proposal = await propose(
                proposals(connection), DECISION, msgspec.json.encode(decided), body.why, officer, now, desk.ids()
            )
            faults = check_decision(await rules(connection), reasons, _draft(proposal, decided, now), now)
            if faults:
                raise Refused(faults)
            return shown(proposal)

        return await once(desk, caller, key, 202, work)

    @routes.get("", summary="The authority's decisions")
    async def decisions(
        caller: Officer,
        cursor: Annotated[str | None, Query(max_length=100)] = None,
        limit: Annotated[int, Query(ge=1, le=PAGE)] = PAGE,
    ) -> DecisionPage:
        async with desk.begin() as connection:
            found = await store(connection).page(authority_of(caller), cursor, limit + 1)
        following = found[limit - 1].entry if len(found) > limit else None
        return DecisionPage(entries=[DecisionOut.model_validate(each) for each in found[:limit]], next=following)

    @routes.post(
        "/{entry}/withdrawal", status_code=202, response_model=ProposalOut, summary="Propose to take a decision back"
    )
    async def withdraw(entry: str, body: WhyIn, caller: Officer, key: Key) -> Response:
        officer = officer_of(caller)

        async def work(connection: Connection) -> ProposalOut:
            await own_entry(store(connection), entry, officer.authority)
            act, now = msgspec.json.encode(Withdrawn(entry)), desk.clock.now()
            return shown(await propose(proposals(connection), WITHDRAWAL, act, body.why, officer, now, desk.ids()))

        return await once(desk, caller, key, 202, work)

    return routes


def _decided(body: DecisionIn, desk: Desk) -> Decided:
    if (body.person is None) == (body.subject is None):
        raise Refused([Fault("no_person", "person")])
    subject = desk.subject(body.person) if body.person else body.subject or ""
    return Decided(
        subject, body.color, " ".join(body.exempts), body.reason, body.evidence, body.valid_from, body.valid_until
    )


def _draft(proposal: Proposal, decided: Decided, now: datetime) -> Decision:
    stated: dict[str, Any] = msgspec.structs.asdict(decided)
    return Decision(
        **stated,
        entry=proposal.id,
        revision=1,
        source=proposal.authority,
        recorded_at=now,
        recorded_by=proposal.proposed_by,
    )
