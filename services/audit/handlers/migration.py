"""A region takes a code of its own: its people are handed over until they are all there, then their codes move.

Passes go over everybody, chunk by chunk, each in a transaction of its own, so that a kill repeats nothing. Who has
changed since they were handed over is handed over again. A code moves only when all that is known of the person is
known to be there.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from msgspec.structs import replace

from healthcode.events import DossierHandedOver, Event, HandoverAnswered, PersonMoved, TripDeclared
from healthcode.values import Attestation
from services.audit.domain import Dossier, kept
from services.audit.domain.days import calendar_day, day_number, moment
from services.audit.domain.facts import Listing as ListedFact
from services.audit.domain.facts import Test as TestedFact
from services.audit.domain.facts import Trip, pack_id, unpack_id
from services.audit.handlers.decision import event_of as decision_event
from services.audit.handlers.listing import event_of as listing_event
from services.audit.handlers.source import entry_of, source_of, within
from services.audit.handlers.test import event_of as result_event
from services.audit.ports.entry import Listing, Test
from services.audit.ports.migration import Candidate, Entries, HandedOver, Migration, MigrationStore

FOLLOWED: Final = timedelta(hours=24)
"""So long what still comes in for people who have moved is handed over behind them."""
MARGIN: Final = timedelta(minutes=5)
"""A review may be written so much later than the time in it says."""
DIGEST_BYTES: Final = 16


E = TypeVar("E", Listing, Test)
F = TypeVar("F", ListedFact, TestedFact)


class MigrationRuns(Exception):  # noqa: N818 - a state, not a fault
    """A migration of this region is not done yet."""


class NoMigration(LookupError):  # noqa: N818 - named for what is wrong
    """Nothing of this region was handed over."""


class NotReady(Exception):  # noqa: N818 - a state, not a fault
    """Somebody's handover is not answered, or was refused; or it is too late for it."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Mover:
    """Takes the open migration on, step by step."""

    def __init__(
        self,
        own: str,
        ready: Callable[[str], bool],
        ids: Callable[[], str],
        limit: int,
        pause: timedelta,
    ) -> None:
        """`ready`: whether a region has a code of its own by the catalogue; `pause`: between two passes."""
        self._own = own
        self._ready = ready
        self._ids = ids
        self._limit = limit
        self._pause = pause

    async def step(self, store: MigrationStore, now: datetime) -> bool:
        """One step; tells whether there may be more at once."""
        migration = await store.open()
        if migration is None or migration.next_at > now:
            return False
        cutting = migration.state == "cutting_over" and self._ready(migration.region)
        if cutting and migration.cut_over_at is None:
            migration = replace(migration, cut_over_at=now)
        if migration.cut_over_at and now >= migration.cut_over_at + FOLLOWED:
            await store.save(replace(migration, state="done", ended_at=now))
            return True
        people = await store.candidates(migration, self._limit)
        await self._pass(store, migration, people, now, cutting=cutting)
        if len(people) == self._limit:
            await store.save(replace(migration, at_subject=people[-1].subject))
            return True
        await store.save(
            replace(
                migration,
                at_subject="",
                passes=migration.passes + 1,
                since=migration.began_at - MARGIN,
                began_at=now + self._pause,
                next_at=now + self._pause,
            )
        )
        return False

    async def _pass(
        self, store: MigrationStore, migration: Migration, people: Sequence[Candidate], now: datetime, *, cutting: bool
    ) -> None:
        events: list[Event] = []
        again: list[tuple[Candidate, HandedOver]] = []
        for person in people:
            dossier = Dossier.decode(person.facts)
            resident = within(migration.region, dossier.residence)
            if not resident and person.handed is None:
                continue
            digest = hashlib.blake2b(person.facts, digest_size=DIGEST_BYTES).digest()
            known = person.handed
            if known is None or known.digest != digest:
                handle, sequence = (known.handle, known.sequence + 1) if known else (self._ids(), 1)
                base = known or HandedOver(subject=person.subject, handle=handle, sequence=0, digest=b"")
                again.append((person, replace(base, sequence=sequence, digest=digest)))
            elif cutting and resident and known.cut_at is None and _is_there(known):
                again.append((person, replace(known, sequence=known.sequence + 1, cut_at=now)))
        entries = await store.entries([person.subject for person, _ in again])
        for person, handed in again:
            mine = entries.get(person.subject, Entries())
            events.append(self._handover(migration, person, handed, mine, now))
            if handed.cut_at is not None:
                events.append(self._moved(migration, person.subject, now))
        await store.keep(migration.id, [handed for _, handed in again])
        await store.publish(events)

    def _moved(self, migration: Migration, subject: str, now: datetime) -> PersonMoved:
        return PersonMoved(id=self._ids(), subject=subject, region=migration.region, migration=migration.id, at=now)

    def _handover(
        self, migration: Migration, person: Candidate, handed: HandedOver, entries: Entries, now: datetime
    ) -> DossierHandedOver:
        dossier = Dossier.decode(person.facts)
        finding = kept(person.finding) if person.finding else None
        known = at_home(entries, migration.region)
        return DossierHandedOver(
            id=self._ids(),
            subject=person.subject,
            handle=handed.handle,
            sequence=handed.sequence,
            origin=self._own,
            destination=migration.region,
            facts=leaving(dossier, known, migration.region).encode(),
            color=person.color,
            rule=finding.hits[0].rule if finding and finding.hits else "",
            listings=tuple(replace(listing_event(each), subject="") for each in known.listings),
            tests=tuple(replace(result_event(each), subject="") for each in known.tests),
            decisions=tuple(replace(decision_event(each), subject="") for each in known.decisions),
            trips=_trips(dossier, now) if handed.cut_at is not None else (),
            moved=handed.cut_at is not None,
            at=now,
        )


async def hand_over(store: MigrationStore, region: str, ident: str, now: datetime) -> Migration:
    """Begin to hand a region's people over. Raises MigrationRuns."""
    migration = Migration(id=ident, region=region, state="handing_over", began_at=now, next_at=now, started_at=now)
    if not await store.add(migration):
        raise MigrationRuns(region)
    return migration


async def cut_over(store: MigrationStore, region: str, now: datetime) -> Migration:
    """Have the codes move, as soon as the catalogue says that the region has one. Raises NoMigration, NotReady."""
    migration = await store.of(region)
    if migration is None:
        raise NoMigration(region)
    if migration.state != "handing_over":
        raise NotReady(migration.state)
    count = await store.count(migration.id)
    if not migration.passes or count.waiting or count.refused:
        raise NotReady(f"{count.waiting} waiting, {count.refused} refused, {migration.passes} passes")
    moved = replace(migration, state="cutting_over", next_at=now)
    await store.save(moved)
    return moved


async def take_answers(store: MigrationStore, answers: Sequence[HandoverAnswered]) -> None:
    """Write down what became of people who were handed over."""
    await store.answer(answers)


def at_home(entries: Entries, region: str) -> Entries:
    """Entries as they are known where they go: those of the region itself by the names and authorities it knows."""
    return entries._replace(
        listings=tuple(_own(each, region) for each in entries.listings),
        tests=tuple(_own(each, region) for each in entries.tests),
    )


def leaving(dossier: Dossier, entries: Entries, region: str) -> Dossier:
    """A dossier as it leaves, without the pseudonym; `entries` are those behind its facts, as they are known there."""
    return replace(
        dossier,
        subject="",
        listings=_named(dossier.listings, {each.entry: each.source for each in entries.listings}, region),
        tests=_named(dossier.tests, {each.entry: each.source for each in entries.tests}, region),
    )


def _own(record: E, region: str) -> E:
    if record.source != source_of(region):
        return record
    return replace(record, entry=record.entry.removeprefix(entry_of(region, "")), source=record.recorded_by)


def _named(facts: tuple[F, ...], sources: Mapping[str, str], region: str) -> tuple[F, ...]:
    named = []
    for fact in facts:
        entry = fact.entry.removeprefix(entry_of(region, ""))
        if fact.source == source_of(region) and entry in sources:
            ident = pack_id(f"{entry}.{fact.revision}")
            named.append(replace(fact, id=ident, entry=entry, source=sources[entry]))
        else:
            named.append(fact)
    return tuple(named)


def _is_there(person: HandedOver) -> bool:
    return person.answered == person.sequence and person.outcome == "taken"


def _trips(dossier: Dossier, now: datetime) -> tuple[TripDeclared, ...]:
    """Those that count and are not over, as they were declared."""
    today = day_number(now.date()) - 1
    return tuple(
        _trip(each)
        for each in dossier.trips
        if dossier.counts(each) and not each.place.abroad and (each.place.until is None or each.place.until >= today)
    )


def _trip(trip: Trip) -> TripDeclared:
    place = trip.place
    return TripDeclared(
        id=unpack_id(trip.id),
        subject="",
        at=moment(trip.at),
        attestation=Attestation.SELF if trip.by == Attestation.OTHER else Attestation(trip.by),
        destination=place.area[:2] + "0000",
        area=place.area,
        since=calendar_day(place.since),
        until=None if place.until is None else calendar_day(place.until),
    )
