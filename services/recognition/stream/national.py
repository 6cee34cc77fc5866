"""The workers on the national broker: the hub's on its inbox, and each region's on what the hub tells it."""

from collections.abc import Callable, Sequence
from typing import Final, cast

from chassis import metrics
from chassis.clock import Clock
from chassis.kafka.model import Record
from chassis.postgres.pool import Connection
from chassis.run import NATIONAL
from chassis.stream.decode import decode_event
from chassis.stream.model import Delivery, Rejected, StreamSpec
from healthcode.envelope import Encoded, national_topic
from healthcode.events import Event, StatusReported, WatchEnded, WatchOpened
from services.recognition.domain.catalogue import Catalogue
from services.recognition.domain.guest import Host
from services.recognition.domain.message import INBOX, OUTBOX, Message, Refusal, Watched, believe_hub, believe_region
from services.recognition.handlers.guest import take_messages
from services.recognition.handlers.route import route_messages
from services.recognition.ports import GuestStore, RouteStore

READ: Final = (WatchOpened, StatusReported, WatchEnded)
# A signature takes 40 µs to make and 75 µs to check: a batch must not keep the event loop for long.
BATCH: Final = 250

STALE: Final = metrics.counter(
    "hc_recognition_stale_total", "Messages between regions that were repeated, overtaken or late", "part"
)


def hub_spec(region: str, catalogue: Catalogue, clock: Clock, store: Callable[[Connection], RouteStore]) -> StreamSpec:
    """How the hub consumes what one region writes. One that sends rubbish stops a partition of its own inbox."""

    def decode(record: Record) -> Event:
        return _believed(record, lambda message: believe_region(message, region, catalogue, clock.now()))

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        messages = [_message(delivery.record, delivery.event) for delivery in deliveries]
        try:
            stale = await route_messages(store(connection), messages)
        except Refusal as refusal:
            raise Rejected(refusal.code, refusal.detail) from None
        STALE.labels("hub").inc(stale)

    topic = national_topic(region, INBOX)
    return StreamSpec(f"hub-{region}", [topic], handle, decode, lane=NATIONAL, max_records=BATCH, at_limit="pause")


def guest_spec(host: Host, catalogue: Catalogue, clock: Clock, store: Callable[[Connection], GuestStore]) -> StreamSpec:
    """How a region consumes what the hub tells it."""

    def decode(record: Record) -> Event:
        return _believed(record, lambda message: believe_hub(message, catalogue, host.region, clock.now()))

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        messages = [cast("Watched", delivery.event) for delivery in deliveries]
        STALE.labels("guests").inc(await take_messages(store(connection), host, messages, clock.now()))

    topic = national_topic(host.region, OUTBOX)
    return StreamSpec("guests", [topic], handle, decode, lane=NATIONAL, max_records=BATCH)


def _believed(record: Record, check: Callable[[Message], None]) -> Event:
    """The event in a record that passes the check. Raises Rejected."""
    event = decode_event(record, READ)
    try:
        check(_message(record, event))
    except Refusal as refusal:
        raise Rejected(refusal.code, refusal.detail) from None
    return event


def _message(record: Record, event: Event) -> Message:
    wire = Encoded(record.topic, record.key or b"", record.value or b"", tuple(record.headers))
    return Message(cast("Watched", event), wire)
