"""A guardian may show a code: the person agrees, or a counter saw both documents; either of the two ends it."""

from datetime import date, datetime, time, timedelta

import msgspec

from healthcode.events import GuardianshipChanged
from healthcode.identity import mask
from services.declaration.domain.dependant import Agreement, Basis, Dependant, agreement_faults, ended, shown_until
from services.declaration.domain.fault import Fault, NotFound, NotVerified, Refused
from services.declaration.domain.people import Caller, Document, Person
from services.declaration.handlers.acceptance import subject_or_fault
from services.declaration.handlers.desk import Desk
from services.declaration.ports import Unit


class Sighting(msgspec.Struct, frozen=True):
    """What a counter saw: both documents, and by what it shows that the one is the other's guardian."""

    guardian: Document
    dependant: Document
    evidence: str
    until: date


async def consent(desk: Desk, unit: Unit, caller: Caller, ident: str, until: date) -> Dependant:
    """The person agrees that a guardian shows their code. Raises NotFound unless it concerns them, Refused."""
    known = await _locked(unit, ident)
    if known is None or caller.subject != known.subject:
        raise NotFound
    return await _agreed(desk, unit, known, Agreement(Basis.CONSENT, until))


async def attest(desk: Desk, unit: Unit, ident: str, sighting: Sighting) -> Dependant:
    """A counter saw that it is true, of a child or of somebody without a login. Raises NotFound, Refused."""
    faults: list[Fault] = []
    guardian = subject_or_fault(desk, sighting.guardian, ("guardian",), faults)
    subject = subject_or_fault(desk, sighting.dependant, ("dependant",), faults)
    if faults:
        raise Refused(faults)
    known = await _locked(unit, ident)
    if known is None or (known.guardian, known.subject) != (guardian, subject):
        raise NotFound
    return await _agreed(desk, unit, known, Agreement(Basis.DOCUMENTS, sighting.until, sighting.evidence))


async def end(desk: Desk, unit: Unit, caller: Caller, ident: str) -> Dependant:
    """Either of the two has had enough. Raises NotFound for anybody else."""
    known = await _locked(unit, ident)
    if known is None or caller.subject not in (known.subject, known.guardian):
        raise NotFound
    return await changed(desk, unit, ended(known, desk.today(desk.now())))


async def guardians(desk: Desk, unit: Unit, caller: Caller) -> list[tuple[Dependant, str]]:
    """Who has registered the caller, ended ones too, each by their masked name. Raises NotVerified."""
    if caller.subject is None:
        raise NotVerified
    registrations = await unit.dependants.over(caller.subject)
    sealed = await unit.people.sealed(sorted({each.guardian for each in registrations}))
    names = {subject: mask(desk.vault.open(subject, what).name) for subject, what in sealed.items()}
    return [(each, names.get(each.guardian, "")) for each in registrations]


async def changed(desk: Desk, unit: Unit, dependant: Dependant) -> Dependant:
    """Write a registration down and tell who shows codes; the caller holds the person's lock."""
    stored = await unit.dependants.change(dependant)
    at = desk.now()
    last = shown_until(stored, desk.today(at))
    event = GuardianshipChanged(
        id=desk.new_id(at),
        subject=stored.subject,
        guardian=stored.guardian,
        guardianship=stored.id,
        until=None if last is None else _end_of(last, desk),
        incarnation=stored.incarnation,
        version=stored.version,
        at=at,
    )
    await unit.outbox.publish([event])
    return stored


async def _locked(unit: Unit, ident: str) -> Dependant | None:
    """The registration under its person's lock, by which what happens to it is published in order."""
    known = await unit.dependants.get(ident)
    if known is None:
        return None
    await unit.people.keep([Person(known.subject)])
    return await unit.dependants.get(ident)


async def _agreed(desk: Desk, unit: Unit, known: Dependant, agreement: Agreement) -> Dependant:
    faults = agreement_faults(known, agreement.until, desk.today(desk.now()))
    if faults:
        raise Refused(faults)
    return await changed(desk, unit, msgspec.structs.replace(known, agreement=agreement))


def _end_of(day: date, desk: Desk) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), desk.zone)
