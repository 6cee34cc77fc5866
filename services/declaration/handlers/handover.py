"""People whose region takes a code of its own: sealed to it here, taken in there under its own pseudonyms."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from healthcode.events import DossierHandedOver, Event, HandoverAnswered, PersonHandedOver
from healthcode.events.migration import HandoverOutcome
from healthcode.identity import InvalidIdNumber
from services.declaration.domain.dependant import Dependant
from services.declaration.domain.handover import Guardian, Parcel, packed, under, unpacked
from services.declaration.domain.people import Person, merged
from services.declaration.handlers.desk import Desk
from services.declaration.handlers.guardianship import changed
from services.declaration.ports import Seals, Unit


@dataclass(frozen=True, slots=True)
class Post:
    """What handovers are sent and taken in with; `region` is this one."""

    desk: Desk
    seals: Seals
    region: str

    def ident(self) -> str:
        """An id for an event."""
        return self.desk.new_id(self.desk.now())


async def send(post: Post, unit: Unit, dossiers: Sequence[DossierHandedOver]) -> None:
    """Seal each person with their dossier to their region; of whom nobody knows the document any more, say so.

    Raises LookupError for a region of which no intake key is known.
    """
    people = await unit.people.vouched(sorted({dossier.subject for dossier in dossiers}))
    guardians = await _guardians(post, unit, [dossier.subject for dossier in dossiers if dossier.moved])
    events: list[Event] = []
    for dossier in dossiers:
        person = people.get(dossier.subject)
        if person is None or person.basic is None:
            events.append(_answer(post, dossier, "unnamed", post.region))
            continue
        parcel = Parcel(
            basic=post.desk.vault.open(person.subject, person.basic),
            weight=person.weight,
            self_declared=person.self_declared,
            dossier=under(dossier, ""),
            guardians=guardians.get(dossier.subject, ()) if dossier.moved else (),
        )
        events.append(
            PersonHandedOver(
                id=post.ident(),
                handle=dossier.handle,
                sequence=dossier.sequence,
                origin=post.region,
                destination=dossier.destination,
                sealed=post.seals.seal(dossier.destination, packed(parcel)),
                at=post.desk.now(),
            )
        )
    await unit.outbox.publish(events)


async def receive(post: Post, unit: Unit, messages: Sequence[PersonHandedOver]) -> None:
    """Take people in; who cannot be is answered `refused`, and stays where they are.

    What was declared here since a person moved is not overwritten. Trips that are not over are told to whoever opens
    watches, once the code is this region's.
    """
    events: list[Event] = []
    arrived: list[tuple[str, Parcel]] = []
    for message in messages:
        try:
            parcel = unpacked(post.seals.open(message.sealed), message)
            document = parcel.basic.document
            arrived.append((post.desk.subject_of(document.id_type, document.id_number), parcel))
        except (InvalidIdNumber, ValueError):
            events.append(_answer(post, message, "refused", message.origin))
    known = await unit.people.sealed(sorted({subject for subject, _ in arrived}))
    await unit.people.keep(merged([_person(post, subject, parcel, known) for subject, parcel in arrived]))
    for subject, parcel in arrived:
        dossier = under(parcel.dossier, subject)
        events += [dossier, *dossier.trips]
    await unit.outbox.publish(events)
    for subject, parcel in arrived:
        await _register(post, unit, subject, parcel.guardians)


async def _guardians(post: Post, unit: Unit, subjects: Sequence[str]) -> Mapping[str, tuple[Guardian, ...]]:
    """Who has registered these people and still speaks for them, where their document is known."""
    if not subjects:
        return {}
    today = post.desk.today(post.desk.now())
    standing = [each for each in await unit.dependants.over_all(sorted(set(subjects))) if each.until >= today]
    sealed = await unit.people.sealed(sorted({each.guardian for each in standing}))
    found: dict[str, tuple[Guardian, ...]] = {}
    for each in standing:
        if each.guardian not in sealed:
            continue
        guardian = Guardian(
            document=post.desk.vault.open(each.guardian, sealed[each.guardian]).document,
            id=each.id,
            relation=each.relation,
            until=each.until,
            registered_at=each.registered_at,
            basic=None if each.basic is None else post.desk.vault.open(each.subject, each.basic),
            agreement=each.agreement,
        )
        found[each.subject] = (*found.get(each.subject, ()), guardian)
    return found


async def _register(post: Post, unit: Unit, subject: str, guardians: Sequence[Guardian]) -> None:
    """Registrations that are not here yet, with what was agreed; what became of one here since stands."""
    if not guardians:
        return
    known = {each.guardian for each in await unit.dependants.over(subject)}
    for each in guardians:
        guardian = post.desk.subject_of(each.document.id_type, each.document.id_number)
        if guardian in known:
            continue
        stored = await unit.dependants.put(
            Dependant(
                id=each.id,
                guardian=guardian,
                subject=subject,
                relation=each.relation,
                until=each.until,
                registered_at=each.registered_at,
                basic=None if each.basic is None else post.desk.vault.seal(subject, each.basic),
            )
        )
        if each.agreement is not None:
            await changed(post.desk, unit, msgspec.structs.replace(stored, agreement=each.agreement))


def _person(post: Post, subject: str, parcel: Parcel, known: Container[str]) -> Person:
    if parcel.dossier.moved and subject in known:
        return Person(subject)
    basic = post.desk.vault.seal(subject, parcel.basic)
    return Person(subject, basic, parcel.weight, self_declared=parcel.self_declared)


def _answer(
    post: Post, about: DossierHandedOver | PersonHandedOver, outcome: HandoverOutcome, destination: str
) -> HandoverAnswered:
    return HandoverAnswered(
        id=post.ident(),
        handle=about.handle,
        sequence=about.sequence,
        origin=post.region,
        destination=destination,
        outcome=outcome,
        at=post.desk.now(),
    )
