"""Declarations, check-ins and trips, one at a time; their confirmation and their receipts."""

from collections.abc import Sequence

from healthcode.events import DeclarationConfirmed
from healthcode.values import Attestation
from services.declaration.domain.batch import Said
from services.declaration.domain.dependant import Dependant, speaks_for
from services.declaration.domain.fault import Fault, NotFound, NothingToConfirm, NotVerified, Refused
from services.declaration.domain.people import Caller, Person
from services.declaration.domain.statement import Acceptance, Cause, Kind, Receipt, Statement, confirmable, readable
from services.declaration.handlers.acceptance import Slot, accepted, write
from services.declaration.handlers.desk import Desk
from services.declaration.ports import Unit


async def state(desk: Desk, unit: Unit, caller: Caller, said: Said) -> Statement:
    """Accept a declaration, a check-in or a trip.

    A second check-in of a day corrects the first: both are accepted, the later counts. Raises Refused, NotVerified.
    """
    at = desk.now()
    dependant = await _dependant(desk, unit, caller, said.dependant) if said.dependant is not None else None
    acceptance = accepted(desk, caller, said, Slot(desk.new_id(at), at), dependant)
    await write(unit, [acceptance])
    return acceptance.statement


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


async def _dependant(desk: Desk, unit: Unit, caller: Caller, ident: str) -> Dependant:
    if caller.subject is None:
        raise NotVerified
    found = await unit.dependants.get(ident)
    if found is None or not speaks_for(found, caller.subject, desk.today(desk.now())):
        raise Refused([Fault("no_such_dependant", ("for",))])
    return found
