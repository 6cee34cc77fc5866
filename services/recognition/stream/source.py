"""A region and the one that serves it, or served it before: submissions go there, refusals and handovers come back."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, cast

from chassis.clock import Clock
from chassis.kafka.model import Record
from chassis.postgres.pool import Connection
from chassis.run import NATIONAL
from chassis.stream.decode import decode_event, decoder
from chassis.stream.model import Delivery, Rejected, StreamSpec
from healthcode.envelope import Encoded, encode, topic_name
from healthcode.events import Event, HandoverAnswered, PersonHandedOver, SourceRefused, SourceSubmitted
from healthcode.events.source import Submitted
from healthcode.region import Region
from services.recognition.domain.catalogue import Catalogue
from services.recognition.domain.message import Refusal, Signer
from services.recognition.domain.source import (
    FED,
    Route,
    Sourced,
    SourceMessage,
    believe_served,
    believe_server,
    between,
    fed,
)
from services.recognition.ports import Post

SERVICE: Final = "recognition"
BATCH: Final = 250

Store = Callable[[Connection], Post]


@dataclass(frozen=True)
class Carrier:
    """What messages are carried with: who speaks for this region, whom it believes, and when it is."""

    catalogue: Catalogue
    signer: Signer
    clock: Clock
    store: Store


def served_specs(carrier: Carrier, region: Region, ids: Callable[[], str]) -> list[StreamSpec]:
    """What a region consumes that serves others, is served, or takes its people over from who served them."""
    specs = []
    if region.hub and "audit" in region.services:
        specs += [
            _served(carrier, region.code, SourceSubmitted, "sources"),
            _outward(carrier, region.code, SourceRefused, "refused"),
            _outward(carrier, region.code, PersonHandedOver, "handed-over"),
            _served(carrier, region.code, HandoverAnswered, "answered"),
        ]
    if region.adopts is not None:
        route = Route(region.code, region.adopts, ids)
        specs += [_feed(carrier, route), _inward(carrier, route, SourceRefused, "refusals")]
    if region.succeeds is not None:
        route = Route(region.code, region.succeeds, ids)
        specs += [
            _inward(carrier, route, PersonHandedOver, "handovers"),
            _outward(carrier, region.code, HandoverAnswered, "answers"),
        ]
    return specs


def _feed(carrier: Carrier, route: Route) -> StreamSpec:
    """How what authorities of the region write goes on to the audit that serves it."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        now = carrier.clock.now()
        events = [fed(route, cast("Submitted", delivery.event), now) for delivery in deliveries]
        topic = between(route.origin, SourceSubmitted)
        wires = [encode(event, owner=route.origin, service=SERVICE, time=now, topic=topic) for event in events]
        messages = [SourceMessage(event, wire) for event, wire in zip(events, wires, strict=True)]
        await carrier.store(connection).to_nation([carrier.signer.sign(message) for message in messages])

    topics = [topic_name(route.origin, each.topic) for each in FED]
    return StreamSpec("feed", topics, handle, decoder(*FED), max_records=BATCH, at_limit="pause")


def _outward(carrier: Carrier, own: str, kind: type[Sourced], consumer: str) -> StreamSpec:
    """How something of this region's own goes between the regions; an answer of its own to itself stays here."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        signed = []
        for delivery in deliveries:
            event = cast("Sourced", delivery.event)
            if event.origin != own or event.destination == own:
                continue
            served = own if kind is HandoverAnswered else event.destination
            message = SourceMessage(event, _moved(delivery.record, between(served, kind)))
            signed.append(carrier.signer.sign(message))
        await carrier.store(connection).to_nation(signed)

    return StreamSpec(consumer, [topic_name(own, kind.topic)], handle, decoder(kind), max_records=BATCH)


def _served(carrier: Carrier, own: str, kind: type[Sourced], consumer: str) -> StreamSpec:
    """How the region that serves others takes what they say. One that sends rubbish stops its own topic alone."""

    def decode(record: Record) -> Event:
        return _believed(record, kind, lambda it: believe_served(it, carrier.catalogue, own, carrier.clock.now()))

    topics = [between(region, kind) for region in carrier.catalogue.regions() if region != own]
    home = topic_name(own, kind.topic)
    return StreamSpec(
        consumer, topics, _home(carrier, home), decode, lane=NATIONAL, max_records=BATCH, at_limit="pause"
    )


def _inward(carrier: Carrier, route: Route, kind: type[Sourced], consumer: str) -> StreamSpec:
    """How a region takes what the one says that serves it."""

    def decode(record: Record) -> Event:
        return _believed(record, kind, lambda it: believe_server(it, carrier.catalogue, route, carrier.clock.now()))

    home = topic_name(route.origin, kind.topic)
    topics = [between(route.origin, kind)]
    return StreamSpec(consumer, topics, _home(carrier, home), decode, lane=NATIONAL, max_records=BATCH)


def _home(carrier: Carrier, topic: str) -> Callable[[Connection, Sequence[Delivery]], Awaitable[None]]:
    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        await carrier.store(connection).to_region([_moved(delivery.record, topic) for delivery in deliveries])

    return handle


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
