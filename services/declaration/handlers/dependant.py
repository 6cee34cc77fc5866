"""A guardian registers dependants and lists them."""

from healthcode.identity import mask
from healthcode.values import Attestation
from services.declaration.domain.dependant import MOST_DEPENDANTS, Dependant, Registering, registering_faults
from services.declaration.domain.fault import Fault, NotVerified, Refused, TooManyDependants
from services.declaration.domain.people import WEIGHT, Caller, Person, merged
from services.declaration.handlers.acceptance import subject_or_fault
from services.declaration.handlers.desk import Desk
from services.declaration.handlers.guardianship import changed
from services.declaration.ports import Unit


async def register(desk: Desk, unit: Unit, caller: Caller, registering: Registering) -> Dependant:
    """Register a dependant, or renew a registration. Raises Refused, NotVerified, TooManyDependants."""
    if caller.subject is None:
        raise NotVerified
    at = desk.now()
    faults = registering_faults(registering, desk.today(at))
    subject = subject_or_fault(desk, registering.basic.document, ("basic",), faults)
    if subject == caller.subject:
        faults.append(Fault("own_document", ("basic", "id_number")))
    if faults:
        raise Refused(faults)
    basic = desk.vault.seal(subject, registering.basic)
    await unit.people.keep(merged([Person(caller.subject), Person(subject, basic, WEIGHT[Attestation.GUARDIAN])]))
    known = await unit.dependants.of(caller.subject)
    if len(known) >= MOST_DEPENDANTS and all(dependant.subject != subject for dependant in known):
        raise TooManyDependants
    stored = await unit.dependants.put(
        Dependant(
            id=desk.new_id(at),
            guardian=caller.subject,
            subject=subject,
            relation=registering.relation,
            until=registering.until,
            registered_at=at,
            basic=basic,
        )
    )
    # what was agreed before holds on, within the new end
    return await changed(desk, unit, stored) if stored.agreement else stored


async def registered(desk: Desk, unit: Unit, caller: Caller) -> list[tuple[Dependant, str]]:
    """The caller's registrations, ended ones too, each with the name that they gave, masked. Raises NotVerified."""
    if caller.subject is None:
        raise NotVerified
    known = await unit.dependants.of(caller.subject)
    return [
        (dependant, mask(desk.vault.open(dependant.subject, dependant.basic).name) if dependant.basic else "")
        for dependant in known
    ]
