"""Corrections over HTTP, for whoever has to answer: an inbox by remaining time, the steps, the answer."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from chassis.http.auth import Principal, requires
from chassis.http.body import PLAIN_TEXT, Body
from chassis.http.problems import Problem
from chassis.http.standard import NOT_FOUND
from chassis.postgres.pool import Connection
from healthcode.two_officers import Officer
from healthcode.values import CorrectionCategory
from services.audit.api.decision import WITHDRAWAL, Withdrawn
from services.audit.api.intake import Desk, authority_of, once
from services.audit.api.problems import CORRECTION_SETTLED
from services.audit.api.proposal import OpenProposals, officer_of
from services.audit.api.routes import Key
from services.audit.handlers.correction import Answer, PutRight, Settled, UnknownCorrection, settle
from services.audit.handlers.listing import withdraw_listing
from services.audit.handlers.proposal import propose
from services.audit.handlers.test import withdraw_test
from services.audit.ports.correction import DESK, Correction, CorrectionStore, Step
from services.audit.ports.entry import EntryStore, Listing, Test

PATH: Final = "/v1/corrections/inbox"
MOST: Final = 100
SUPERVISOR: Final = "supervisor"
Caller = Annotated[Principal, Depends(requires("officer", SUPERVISOR, own_region=True))]


class CorrectionOut(BaseModel):
    """A contested fact; `left_seconds` is what remains of its 24 hours, less than nothing when they are over."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    subject: str
    category: CorrectionCategory
    fact: str
    kind: str = Field(description="listing, test, decision, or statement: what the person, or nobody known, stated")
    owner: str = Field(description="the authority that answers; empty: the region's own desk")
    asked_at: datetime
    due: datetime
    left_seconds: int
    escalated_at: datetime | None
    outcome: str | None
    explanation: str | None
    settled_at: datetime | None


class CorrectionPage(BaseModel):
    """Open corrections, least time first; `next` is the cursor of the following page."""

    corrections: list[CorrectionOut]
    next: str | None


class StepOut(BaseModel):
    """Something that was done about it."""

    model_config = ConfigDict(from_attributes=True)

    step: str
    by: str
    note: str
    at: datetime


class CorrectionFull(CorrectionOut):
    """A correction with every step on record."""

    steps: list[StepOut]


class AnswerIn(Body):
    """The answer; one that upholds also takes the wrong entry back."""

    outcome: Literal["upheld", "rejected"]
    explanation: Annotated[
        str, Field(min_length=10, max_length=1000, description="for the person; without anybody's data"), PLAIN_TEXT
    ]


class Books(msgspec.Struct, frozen=True):
    """What the routes open over a connection."""

    corrections: Callable[[Connection], CorrectionStore]
    listings: Callable[[Connection], EntryStore[Listing]]
    tests: Callable[[Connection], EntryStore[Test]]
    proposals: OpenProposals


def router(desk: Desk, books: Books) -> APIRouter:
    """The routes of whoever answers."""
    routes = APIRouter(prefix=PATH, tags=["correct"])

    @routes.get("", summary="What waits for an answer, least time first")
    async def inbox(
        caller: Caller,
        cursor: Annotated[str | None, Query(max_length=100)] = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
    ) -> CorrectionPage:
        supervises = SUPERVISOR in caller.roles
        owners = [authority_of(caller), *([DESK] if supervises else [])]
        async with desk.begin() as connection:
            found = await books.corrections(connection).inbox(
                owners, escalated=supervises, after=cursor, limit=limit + 1
            )
        now, following = desk.clock.now(), found[limit - 1].id if len(found) > limit else None
        return CorrectionPage(corrections=[_shown(each, now) for each in found[:limit]], next=following)

    @routes.get("/{correction}", summary="One correction, with every step on record")
    async def read(correction: str, caller: Caller) -> CorrectionFull:
        async with desk.begin() as connection:
            store = books.corrections(connection)
            found = await store.lock(correction)
            steps = await store.steps(correction)
        if found is None or (found.owner != authority_of(caller) and SUPERVISOR not in caller.roles):
            raise Problem(NOT_FOUND)
        shown = _shown(found, desk.clock.now()).model_dump()
        return CorrectionFull(**shown, steps=[StepOut.model_validate(step) for step in steps])

    @routes.post("/{correction}/answer", response_model=CorrectionOut, summary="Answer, and put right what is wrong")
    async def answer(correction: str, body: AnswerIn, caller: Caller, key: Key) -> Response:
        given = Answer(officer_of(caller), body.outcome, body.explanation, SUPERVISOR in caller.roles)

        async def work(connection: Connection) -> CorrectionOut:
            now = desk.clock.now()
            put_right = _put_right(desk, books, connection)
            settled = await settle(books.corrections(connection), correction, given, put_right, now, desk.ids())
            return _shown(settled, now)

        try:
            return await once(desk, caller, key, 200, work)
        except UnknownCorrection:
            raise Problem(NOT_FOUND) from None
        except Settled:
            raise Problem(CORRECTION_SETTLED) from None

    return routes


def _put_right(desk: Desk, books: Books, connection: Connection) -> PutRight:
    """Withdraws a listing or a test; a decision takes a second officer, so its withdrawal is proposed."""

    async def put_right(found: Correction, officer: Officer, now: datetime) -> Step | None:
        entry = found.fact.rpartition(".")[0]
        if found.kind == "listing":
            await withdraw_listing(books.listings(connection), entry, found.owner, now, officer.sub)
        elif found.kind == "test":
            await withdraw_test(books.tests(connection), entry, found.owner, now, officer.sub)
        elif found.kind == "decision":
            act = msgspec.json.encode(Withdrawn(entry))
            owner = Officer(officer.sub, officer.person, found.owner)
            why = f"correction {found.id} was upheld"
            proposal = await propose(books.proposals(connection), WITHDRAWAL, act, why, owner, now, desk.ids())
            return Step(found.id, "proposed", officer.sub, proposal.id, now)
        else:
            return None
        return Step(found.id, "withdrawn", officer.sub, entry, now)

    return put_right


def _shown(correction: Correction, now: datetime) -> CorrectionOut:
    left = int((correction.due - now).total_seconds())
    return CorrectionOut.model_validate({**msgspec.structs.asdict(correction), "left_seconds": left})
