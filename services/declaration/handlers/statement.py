"""Declarations, check-ins and trips, one at a time; their confirmation and their receipts."""

from collections.abc import Callable, Sequence

import msgspec

from healthcode.events import DeclarationConfirmed
from healthcode.values import Attestation
from services.declaration.domain.batch import Said
from services.declaration.domain.dependant import Dependant, speaks_for
from services.declaration.domain.fault import Fault, NotFound, NothingToConfirm, NotVerified, Refused
from services.declaration.domain.people import Caller, Person
from services.declaration.domain.statement import Acceptance, Cause, Kind, Receipt, Statement, confirmable, readable
from services.declaration.handlers.acceptance import Slot, accepted, write
from services.declaration.handlers.desk import Desk
from services.declaration.handlers.gathering import Filing, Gathering, Outcome
from services.declaration.ports import Answer, Claim, Unit, Units


class Speech(msgspec.Struct, frozen=True):
    """Who says what, how its acceptance is answered, and under which claim."""

    caller: Caller
    said: Said
    answer: Callable[[Statement], Answer]
    claim: Claim | None = None


async def state(desk: Desk, units: Units, gathering: Gathering, speech: Speech) -> Outcome:
    """Accept a declaration, a check-in or a trip.

    A second check-in of a day corrects the first: both are accepted, the later counts. Raises Refused, NotVerified,
    InFlight, KeyReused.
    """
    try:
        acceptance = await _accepted(desk, units, speech.caller, speech.said)
    except (Refused, NotVerified):
        # what was accepted before midnight keeps its answer, although it would be refused by now
        known = await _answered(desk, units, speech.claim)
        if known is None:
            raise
        return Outcome(known, replayed=True)
    return await gathering.file(Filing(acceptance, speech.answer(acceptance.statement), speech.claim))


async def confirm(desk: Desk, unit: Unit, caller: Caller, ident: str, *, agreed: bool) -> Statement:
    """The person concerned confirms, or contests, what another declared for them; the latest answer counts.

    Raises NotFound unless it concerns the caller, NothingToConfirm when nobody without standing declared it.
    """
    receipt = await unit.statements.receipt(ident)
    if receipt is None or caller.subject is None or receipt.statement.subject != caller.subject:
        raise NotFound
    if not confirmable(receipt.statement):
        raise NothingToConfirm
    at = desk.now()
    statement = Statement(
        id=desk.new_id(at),
        kind=Kind.CONFIRMATION,
        subject=caller.subject,
        declarer=caller.account,
        attestation=Attestation.SELF,
        accepted_at=at,
    )
    event = DeclarationConfirmed(id=statement.id, subject=caller.subject, at=at, declaration=ident, agreed=agreed)
    await write(unit, [Acceptance(statement, Person(caller.subject), event)])
    return statement


async def receipt(unit: Unit, caller: Caller, ident: str) -> Receipt:
    """How far a statement has come. Raises NotFound also when it is not the caller's to read."""
    found = await unit.statements.receipt(ident)
    if found is None or not readable(found.statement, caller):
        raise NotFound
    return found


async def record(unit: Unit, causes: Sequence[Cause]) -> None:
    """Write down the stages that statements have reached."""
    await unit.statements.reached(causes)


async def _accepted(desk: Desk, units: Units, caller: Caller, said: Said) -> Acceptance:
    at = desk.now()
    dependant = None
    if said.dependant is not None:
        async with units.begin() as unit:
            dependant = await _dependant(desk, unit, caller, said.dependant)
    return accepted(desk, caller, said, Slot(desk.new_id(at), at), dependant)


async def _answered(desk: Desk, units: Units, claim: Claim | None) -> Answer | None:
    """What was answered to a request before; leaves its key as it was."""
    if claim is None:
        return None
    async with units.begin() as unit:
        return await unit.answers.known(claim, desk.now())


async def _dependant(desk: Desk, unit: Unit, caller: Caller, ident: str) -> Dependant:
    if caller.subject is None:
        raise NotVerified
    found = await unit.dependants.get(ident)
    if found is None or not speaks_for(found, caller.subject, desk.today(desk.now())):
        raise Refused([Fault("no_such_dependant", ("for",))])
    return found
