"""A person contests a fact, follows the answer, and an officer who has to give it reads what they wrote."""

from collections.abc import Sequence
from typing import Final

from healthcode.events import CorrectionAsked, CorrectionAssigned, CorrectionEscalated, CorrectionSettled
from services.declaration.domain.correction import (
    ANSWERED_WITHIN,
    MOST_OPEN,
    Asking,
    Correction,
    Reading,
    TooManyOpen,
)
from services.declaration.domain.fault import NotFound, NotVerified
from services.declaration.domain.people import Caller, Person
from services.declaration.handlers.desk import Desk
from services.declaration.ports import Unit

SUPERVISOR: Final = "supervisor"


async def ask(desk: Desk, unit: Unit, caller: Caller, asking: Asking) -> Correction:
    """Accept a correction; its clock runs from now. Raises NotVerified, TooManyOpen."""
    if caller.subject is None:
        raise NotVerified
    await unit.people.keep([Person(caller.subject)])
    known = await unit.corrections.of(caller.subject)
    if sum(each.settled_at is None for each in known) >= MOST_OPEN:
        raise TooManyOpen
    at = desk.now()
    correction = Correction(
        id=desk.new_id(at),
        subject=caller.subject,
        category=asking.category,
        fact=asking.fact,
        said=desk.vault.seal_text(caller.subject, asking.said),
        asked_at=at,
        due=at + ANSWERED_WITHIN,
    )
    await unit.corrections.add(correction)
    event = CorrectionAsked(
        id=correction.id,
        subject=correction.subject,
        at=at,
        category=correction.category,
        fact=correction.fact,
        due=correction.due,
    )
    await unit.outbox.publish([event])
    return correction


async def own(unit: Unit, caller: Caller) -> list[Correction]:
    """All that the caller has contested, newest first. Raises NotVerified."""
    if caller.subject is None:
        raise NotVerified
    return await unit.corrections.of(caller.subject)


async def words(desk: Desk, unit: Unit, reader: Caller, authority: str, ident: str) -> tuple[Correction, str]:
    """A correction and what the person wrote; that it was read is kept.

    Whoever has to answer reads it, and supervisors do. Raises NotFound.
    """
    found = await unit.corrections.get(ident)
    if found is None or not (SUPERVISOR in reader.roles or (authority and authority == found.owner)):
        raise NotFound
    if found.said is None:
        raise NotFound
    await unit.corrections.note(Reading(ident, reader.account, authority, desk.now()))
    return found, desk.vault.open_text(found.subject, found.said)


async def follow(unit: Unit, events: Sequence[CorrectionAssigned | CorrectionEscalated | CorrectionSettled]) -> None:
    """Write down what became of corrections, in the order it came."""
    await unit.corrections.assigned([each for each in events if isinstance(each, CorrectionAssigned)])
    await unit.corrections.escalated([each for each in events if isinstance(each, CorrectionEscalated)])
    await unit.corrections.settled([each for each in events if isinstance(each, CorrectionSettled)])
