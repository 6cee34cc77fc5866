"""From what somebody says to an acceptance: who is meant, who vouches, which rules it breaks."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from healthcode.events import CheckInAccepted, DeclarationAccepted, TripDeclared
from healthcode.identity import InvalidIdNumber
from healthcode.values import Attestation
from services.declaration.domain.batch import Said
from services.declaration.domain.declaration import CheckIn, Declaration, check_in_faults, declaration_faults, felt
from services.declaration.domain.dependant import Dependant
from services.declaration.domain.fault import Fault, NotVerified, Path, Refused
from services.declaration.domain.people import COUNTER, WEIGHT, Caller, Document, Person, attest, merged
from services.declaration.domain.statement import Acceptance, Kind, Statable, Statement
from services.declaration.domain.trip import Trip, trip_faults
from services.declaration.handlers.desk import Desk
from services.declaration.ports import Unit

KINDS = {Declaration: Kind.DECLARATION, CheckIn: Kind.CHECK_IN, Trip: Kind.TRIP}


class Slot(msgspec.Struct, frozen=True):
    """The id and time that a statement gets, and its place in a batch."""

    id: str
    at: datetime
    batch: str | None = None
    line: int | None = None


def accepted(desk: Desk, caller: Caller, said: Said, slot: Slot, dependant: Dependant | None = None) -> Acceptance:
    """What accepting it writes. Raises Refused with all its faults, and NotVerified when it is unclear who is meant."""
    faults = _faults(said, desk.today(slot.at))
    subject = _subject(desk, caller, said, dependant, faults)
    if faults:
        raise Refused(faults)
    attestation = attest(caller, subject, guardian=dependant is not None and not dependant.self_declared)
    statement = Statement(
        id=slot.id,
        kind=KINDS[type(said)],
        subject=subject,
        declarer=caller.account,
        attestation=attestation,
        accepted_at=slot.at,
        batch=slot.batch,
        line=slot.line,
    )
    return Acceptance(statement, _person(desk, subject, said, attestation), _event(desk, said, statement))


async def write(unit: Unit, acceptances: Sequence[Acceptance]) -> None:
    """Write acceptances, set-wise: persons locked first, so that events of a person are published in order."""
    await unit.people.keep(merged([acceptance.person for acceptance in acceptances]))
    await unit.statements.add([acceptance.statement for acceptance in acceptances])
    await unit.outbox.publish([acceptance.event for acceptance in acceptances])


def subject_or_fault(desk: Desk, document: Document, path: Path, faults: list[Fault]) -> str:
    """The pseudonym of a document; of one whose number cannot be right, nothing, and a fault more."""
    try:
        return desk.subject_of(document.id_type, document.id_number)
    except InvalidIdNumber as error:
        faults.append(Fault(f"id_number_{error.reason}", (*path, "id_number")))
        return ""


def _faults(said: Said, today: date) -> list[Fault]:
    if isinstance(said, Declaration):
        return declaration_faults(said, today)
    return check_in_faults(said) if isinstance(said, CheckIn) else trip_faults(said, today)


def _subject(desk: Desk, caller: Caller, said: Said, dependant: Dependant | None, faults: list[Fault]) -> str:
    if isinstance(said, Declaration):
        subject = subject_or_fault(desk, said.basic.document, ("basic",), faults)
        if dependant is not None and subject != dependant.subject:
            faults.append(Fault("not_the_dependant", ("basic", "id_number")))
        return subject
    if said.person is not None:
        if dependant is not None:
            faults.append(Fault("person_and_for", ("person",)))
        return subject_or_fault(desk, said.person, ("person",), faults)
    if dependant is not None:
        return dependant.subject
    if COUNTER in caller.roles:
        faults.append(Fault("missing", ("person",)))
    if caller.subject is None and not faults:
        raise NotVerified
    return caller.subject or ""


def _person(desk: Desk, subject: str, said: Said, attestation: Attestation) -> Person:
    if not isinstance(said, Declaration):
        return Person(subject)
    basic = desk.vault.seal(subject, said.basic)
    return Person(subject, basic, WEIGHT[attestation], self_declared=attestation is Attestation.SELF)


def _event(desk: Desk, said: Said, statement: Statement) -> Statable:
    if isinstance(said, Declaration):
        return DeclarationAccepted(
            id=statement.id,
            subject=statement.subject,
            at=statement.accepted_at,
            attestation=statement.attestation,
            residence=said.basic.residence,
            temperature=said.health.temperature,
            symptoms=felt(said.health.symptoms),
            contact=said.health.contact,
            stays=said.health.stays,
        )
    if isinstance(said, CheckIn):
        return CheckInAccepted(
            id=statement.id,
            subject=statement.subject,
            at=statement.accepted_at,
            day=desk.today(statement.accepted_at),
            attestation=statement.attestation,
            temperature=said.health.temperature,
            symptoms=felt(said.health.symptoms),
        )
    return TripDeclared(
        id=statement.id,
        subject=statement.subject,
        at=statement.accepted_at,
        attestation=statement.attestation,
        destination=said.destination,
        area=said.area,
        since=said.since,
        until=said.until,
    )
