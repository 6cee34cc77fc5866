"""The workers for beats: the hub's on those of all regions, and each region's on what the hub has heard."""

from collections.abc import Callable, Sequence
from typing import cast

from chassis.clock import Clock
from chassis.kafka.model import Record
from chassis.postgres.pool import Connection
from chassis.run import NATIONAL
from chassis.stream.decode import decode_event
from chassis.stream.model import Delivery, Rejected, StreamSpec
from healthcode.envelope import Encoded, national_topic
from healthcode.events import Event, LinkBeat, LinksHeard
from services.recognition.domain.catalogue import Catalogue
from services.recognition.domain.link import LinkMessage, believe_beat, believe_links
from services.recognition.domain.message import Refusal, Signable
from services.recognition.handlers.link import take_beats, take_links
from services.recognition.ports import LinkBook

Store = Callable[[Connection], LinkBook]
Check = Callable[[Signable], None]


def beats_spec(region: str, catalogue: Catalogue, clock: Clock, store: Store) -> StreamSpec:
    """How the hub hears one region: by that region's own topic, and of itself alone."""

    def decode(record: Record) -> Event:
        return _believed(record, LinkBeat, lambda message: believe_beat(message, region, catalogue, clock.now()))

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        await take_beats(store(connection), [cast("LinkBeat", each.event) for each in deliveries], clock.now())

    topic = national_topic(region, LinkBeat.topic)
    return StreamSpec(f"beats-{region}", [topic], handle, decode, lane=NATIONAL, at_limit="pause")


def links_spec(region: str, catalogue: Catalogue, clock: Clock, store: Store) -> StreamSpec:
    """How a region hears the hub."""

    def decode(record: Record) -> Event:
        return _believed(record, LinksHeard, lambda message: believe_links(message, region, catalogue, clock.now()))

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        await take_links(store(connection), [cast("LinksHeard", each.event) for each in deliveries], clock.now())

    return StreamSpec("links", [national_topic(region, LinksHeard.topic)], handle, decode, lane=NATIONAL)


def _believed(record: Record, event_type: type[Event], check: Check) -> Event:
    event = decode_event(record, (event_type,))
    wire = Encoded(record.topic, record.key or b"", record.value or b"", tuple(record.headers))
    try:
        check(LinkMessage(cast("LinkBeat | LinksHeard", event), wire))
    except Refusal as refusal:
        raise Rejected(refusal.code, refusal.detail) from None
    return event
