"""A region without a code of its own and the audit that serves it: submissions go there, refusals come back."""

from collections.abc import Callable, Sequence
from typing import Final, cast

from chassis.clock import Clock
from chassis.kafka.model import Record
from chassis.postgres.pool import Connection
from chassis.run import NATIONAL
from chassis.stream.decode import decode_event, decoder
from chassis.stream.model import Delivery, Rejected, StreamSpec
from healthcode.envelope import Encoded, encode, topic_name
from healthcode.events import Event, SourceRefused, SourceSubmitted
from healthcode.events.source import Submitted
from services.recognition.domain.catalogue import Catalogue
from services.recognition.domain.message import Refusal, Signer
from services.recognition.domain.source import (
    FED,
    Route,
    Sourced,
    SourceMessage,
    believe_refusal,
    believe_source,
    fed,
    refusals_topic,
    submissions_topic,
)
from services.recognition.ports import Post

SERVICE: Final = "recognition"
BATCH: Final = 250

Store = Callable[[Connection], Post]


def adopting_specs(route: Route, catalogue: Catalogue, signer: Signer, clock: Clock, store: Store) -> list[StreamSpec]:
    """What a region without a code of its own consumes: `route` leads to the region that serves it."""
    return [feed_spec(route, signer, clock, store), refusals_spec(route, catalogue, clock, store)]


def serving_specs(own: str, catalogue: Catalogue, signer: Signer, clock: Clock, store: Store) -> list[StreamSpec]:
    """What the region consumes whose audit serves those that adopt its code; nothing where none does."""
    if not catalogue.adopters(own):
        return []
    return [sources_spec(own, catalogue, clock, store), refused_spec(own, signer, store)]


def feed_spec(route: Route, signer: Signer, clock: Clock, store: Store) -> StreamSpec:
    """How what authorities of the region write goes on to the audit that serves it."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        now = clock.now()
        events = [fed(route, cast("Submitted", delivery.event), now) for delivery in deliveries]
        topic = submissions_topic(route.origin)
        wires = [encode(event, owner=route.origin, service=SERVICE, time=now, topic=topic) for event in events]
        signed = [signer.sign(SourceMessage(event, wire)) for event, wire in zip(events, wires, strict=True)]
        await store(connection).to_nation(signed)

    topics = [topic_name(route.origin, each.topic) for each in FED]
    return StreamSpec("feed", topics, handle, decoder(*FED), max_records=BATCH, at_limit="pause")


def sources_spec(own: str, catalogue: Catalogue, clock: Clock, store: Store) -> StreamSpec:
    """How the region that serves others takes what they feed it. One that sends rubbish stops its own topic alone."""

    def decode(record: Record) -> Event:
        return _believed(record, SourceSubmitted, lambda it: believe_source(it, catalogue, own, clock.now()))

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        topic = topic_name(own, SourceSubmitted.topic)
        await store(connection).to_region([_moved(delivery.record, topic) for delivery in deliveries])

    topics = [submissions_topic(region) for region in catalogue.adopters(own)]
    return StreamSpec("sources", topics, handle, decode, lane=NATIONAL, max_records=BATCH, at_limit="pause")


def refused_spec(own: str, signer: Signer, store: Store) -> StreamSpec:
    """How refusals of this region's audit go to the regions that had submitted what was refused."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        signed = []
        for delivery in deliveries:
            event = cast("SourceRefused", delivery.event)
            signed.append(signer.sign(SourceMessage(event, _moved(delivery.record, refusals_topic(event.destination)))))
        await store(connection).to_nation(signed)

    return StreamSpec("refused", [topic_name(own, SourceRefused.topic)], handle, decoder(SourceRefused))


def refusals_spec(route: Route, catalogue: Catalogue, clock: Clock, store: Store) -> StreamSpec:
    """How a region is told what was refused of its own."""

    def decode(record: Record) -> Event:
        return _believed(record, SourceRefused, lambda it: believe_refusal(it, catalogue, route, clock.now()))

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        home = topic_name(route.origin, SourceRefused.topic)
        await store(connection).to_region([_moved(delivery.record, home) for delivery in deliveries])

    return StreamSpec("refusals", [refusals_topic(route.origin)], handle, decode, lane=NATIONAL)


def _believed(record: Record, kind: type[Sourced], check: Callable[[SourceMessage], None]) -> Event:
    """The event in a record that passes the check. Raises Rejected."""
    event = cast("Sourced", decode_event(record, (kind,)))
    try:
        check(SourceMessage(event, _moved(record, record.topic)))
    except Refusal as refusal:
        raise Rejected(refusal.code, refusal.detail) from None
    return event


def _moved(record: Record, topic: str) -> Encoded:
    return Encoded(topic, record.key or b"", record.value or b"", tuple(record.headers))
