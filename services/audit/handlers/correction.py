"""Contested facts: to whoever owns them, with a clock; escalated when it runs out; answered with an outcome."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from healthcode.events import CorrectionAsked, CorrectionAssigned, CorrectionEscalated, CorrectionSettled
from healthcode.events.correction import OF_A_GUEST
from healthcode.two_officers import Officer
from services.audit.ports.correction import DESK, Correction, CorrectionStore, Step

STATEMENT = "statement"
CLOCK = "clock"


class UnknownCorrection(LookupError):  # noqa: N818 - named for what is wrong
    """There is no such correction, or another authority owns the fact."""


class Settled(Exception):  # noqa: N818 - a state, not a fault
    """It has been answered already."""


class Answer(msgspec.Struct, frozen=True):
    """What an officer answers: who they are, whether the person is right, and why, in words for the person."""

    officer: Officer
    outcome: Literal["upheld", "rejected"]
    explanation: str
    supervises: bool


PutRight = Callable[[Correction, Officer, datetime], Awaitable[Step | None]]
"""Takes the wrong entry back, or proposes to; gives the step, None where there is nothing to take back."""


async def take_corrections(
    store: CorrectionStore, asked: Sequence[CorrectionAsked], now: datetime, new_id: Callable[[], str]
) -> None:
    """Lay contested facts before their owners; one that came before changes nothing.

    What a guest counts as is another region's to answer: recognition passes it on.
    """
    asked = [event for event in asked if not event.fact.startswith(OF_A_GUEST)]
    origins = {origin.id: origin for origin in await store.origins([event.fact for event in asked])}
    drafts = []
    for event in asked:
        origin = origins.get(event.fact)
        drafts.append(
            Correction(
                id=event.id,
                subject=event.subject,
                category=event.category,
                fact=event.fact,
                kind=origin.kind if origin else STATEMENT,
                owner=origin.source if origin else DESK,
                asked_at=event.at,
                due=event.due,
            )
        )
    added = await store.add(drafts)
    await store.note([Step(each.id, "asked", "person", each.category, each.asked_at) for each in added])
    await store.publish(
        [
            CorrectionAssigned(id=new_id(), subject=each.subject, correction=each.id, owner=each.owner, at=now)
            for each in added
        ]
    )


async def escalate_overdue(store: CorrectionStore, now: datetime, limit: int, new_id: Callable[[], str]) -> bool:
    """Lay what was not answered in time before the supervisors; tells whether there may be more."""
    overdue = await store.lock_overdue(now, limit)
    escalated = [msgspec.structs.replace(each, escalated_at=now) for each in overdue]
    await store.save(escalated)
    await store.note([Step(each.id, "escalated", CLOCK, each.owner, now) for each in escalated])
    await store.publish(
        [
            CorrectionEscalated(id=new_id(), subject=each.subject, correction=each.id, owner=each.owner, at=now)
            for each in escalated
        ]
    )
    return len(overdue) == limit


async def settle(
    store: CorrectionStore, ident: str, answer: Answer, put_right: PutRight, now: datetime, new_id: str
) -> Correction:
    """Answer a correction; one that is upheld takes the wrong entry back. Raises UnknownCorrection, Settled, Refused.

    The owner answers; a supervisor may once it was escalated, and always where the region's own desk owns the fact.
    """
    found = await store.lock(ident)
    if found is None or not _may_answer(found, answer):
        raise UnknownCorrection(ident)
    if found.settled_at is not None:
        raise Settled
    officer = answer.officer
    steps = [Step(ident, "settled", officer.sub, answer.outcome, now)]
    if answer.outcome == "upheld":
        step = await put_right(found, officer, now)
        steps += [step] if step else []
    settled = msgspec.structs.replace(
        found, outcome=answer.outcome, explanation=answer.explanation, settled_by=officer.sub, settled_at=now
    )
    await store.save([settled])
    await store.note(steps)
    event = CorrectionSettled(
        id=new_id,
        subject=found.subject,
        correction=ident,
        outcome=answer.outcome,
        owner=found.owner,
        explanation=answer.explanation,
        at=now,
    )
    await store.publish([event])
    return settled


def _may_answer(correction: Correction, answer: Answer) -> bool:
    if correction.owner == answer.officer.authority and correction.owner != DESK:
        return True
    return answer.supervises and (correction.owner == DESK or correction.escalated_at is not None)
