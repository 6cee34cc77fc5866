"""What outsiders submit by Kafka: a bad record becomes a dead letter, too many pause their own partition only."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import cast

import msgspec

from chassis.clock import Clock
from chassis.kafka.model import Record
from chassis.postgres.pool import Connection
from chassis.stream.decode import decode_event
from chassis.stream.model import Delivery, Rejected, StreamSpec
from healthcode.envelope import topic_name
from healthcode.events import AreaLevelSubmitted, Event, ListingSubmitted, TestSubmitted
from services.audit.handlers.area import record_areas
from services.audit.handlers.listing import record_listings
from services.audit.handlers.source import PREFIX
from services.audit.handlers.test import record_tests
from services.audit.ports.entry import AreaLevel, AreaStore, Entry, EntryStore, Listing, Refused, Test
from services.audit.stream.person import PersonReader

BY = "kafka"


def listing_spec(
    region: str, clock: Clock, reader: PersonReader, store: Callable[[Connection], EntryStore[Listing]]
) -> StreamSpec:
    """The stream of submitted list entries."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        now = clock.now()
        drafts = [_listing(cast("ListingSubmitted", delivery.event), now) for delivery in deliveries]
        _accept(await record_listings(store(connection), drafts, now))

    return _spec(region, "lists-in", handle, partial(_decode_sealed, reader, ListingSubmitted))


def test_spec(
    region: str, clock: Clock, reader: PersonReader, store: Callable[[Connection], EntryStore[Test]]
) -> StreamSpec:
    """The stream of submitted test results."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        now = clock.now()
        drafts = [_test(cast("TestSubmitted", delivery.event), now) for delivery in deliveries]
        _accept(await record_tests(store(connection), drafts, now))

    return _spec(region, "tests-in", handle, partial(_decode_sealed, reader, TestSubmitted))


def area_spec(region: str, clock: Clock, store: Callable[[Connection], AreaStore]) -> StreamSpec:
    """The stream of submitted levels of areas."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        now = clock.now()
        drafts = [_area(cast("AreaLevelSubmitted", delivery.event), now) for delivery in deliveries]
        _accept(await record_areas(store(connection), drafts, now))

    return _spec(region, "areas-in", handle, partial(_decode_timed, AreaLevelSubmitted))


def _spec(
    region: str,
    consumer: str,
    handle: Callable[[Connection, Sequence[Delivery]], Awaitable[None]],
    decode: Callable[[Record], Event],
) -> StreamSpec:
    topic = topic_name(region, f"{consumer}.v1")
    return StreamSpec(consumer, [topic], handle, decode, max_records=500, at_limit="pause")


def _accept(verdicts: Sequence[Entry | Refused]) -> None:
    """All or none of a batch: the worker halves a batch that raises until it has found the record."""
    for verdict in verdicts:
        if isinstance(verdict, Refused):
            raise Rejected(verdict.faults[0].code.replace("_", "-"), str(verdict))


def _decode_timed(kind: type[Event], record: Record) -> Event:
    """The event; every time in it names its zone."""
    event = decode_event(record, (kind,))
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if isinstance(value, datetime) and value.tzinfo is None:
            raise Rejected("no-time-zone", f"{name} names no time zone")
    if str(getattr(event, "source", "")).startswith(PREFIX):
        raise Rejected("reserved-source", f"a source that begins with {PREFIX} is a region, which feeds this elsewhere")
    return event


def _decode_sealed(reader: PersonReader, kind: type[ListingSubmitted | TestSubmitted], record: Record) -> Event:
    """The event with the subject in place of the sealed person: the number goes no further than this."""
    event = cast("ListingSubmitted | TestSubmitted", _decode_timed(kind, record))
    return msgspec.structs.replace(event, person=reader.subject(event.person))


def _listing(event: ListingSubmitted, now: datetime) -> Listing:
    return Listing(
        entry=event.entry,
        revision=event.revision,
        subject=event.person,
        category=event.category,
        source=event.source,
        evidence=event.evidence,
        valid_from=event.valid_from,
        valid_until=event.valid_until,
        recorded_at=now,
        recorded_by=BY,
        withdrawn=event.withdrawn,
    )


def _test(event: TestSubmitted, now: datetime) -> Test:
    return Test(
        entry=event.test,
        revision=event.revision,
        subject=event.person,
        kind=event.kind,
        result=event.result,
        sampled_at=event.sampled_at,
        source=event.source,
        evidence=event.evidence,
        recorded_at=now,
        recorded_by=BY,
        withdrawn=event.withdrawn,
    )


def _area(event: AreaLevelSubmitted, now: datetime) -> AreaLevel:
    return AreaLevel(
        entry=event.entry,
        revision=event.revision,
        area=event.area,
        level=event.level,
        source=event.source,
        evidence=event.evidence,
        valid_from=event.valid_from,
        valid_until=event.valid_until,
        recorded_at=now,
        recorded_by=BY,
        withdrawn=event.withdrawn,
    )
