"""The workers on the national broker: the hub's on its inbox, and each region's on what the hub tells it.

A region is a destination, an origin or both: each part takes what is for it.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, NamedTuple, cast

from chassis import metrics
from chassis.clock import Clock
from chassis.kafka.model import Record
from chassis.postgres.pool import Connection
from chassis.run import NATIONAL
from chassis.stream.decode import decode_event
from chassis.stream.model import Delivery, Rejected, StreamSpec
from healthcode.envelope import Encoded, national_topic
from healthcode.events import (
    CorrectionAnswered,
    CorrectionPassed,
    Event,
    FactReceipt,
    FactShared,
    StatusReported,
    WatchAsked,
    WatchEnded,
    WatchLeft,
    WatchOpened,
    WatchRefused,
)
from services.recognition.domain.catalogue import Catalogue
from services.recognition.domain.guest import Host
from services.recognition.domain.home import Origin
from services.recognition.domain.message import (
    INBOX,
    OUTBOX,
    Between,
    Message,
    Refusal,
    Watched,
    believe_hub,
    believe_region,
)
from services.recognition.handlers.ask import take_answers
from services.recognition.handlers.asked import Asked, take_asks
from services.recognition.handlers.guest import take_messages
from services.recognition.handlers.home import take_departures
from services.recognition.handlers.route import route_messages
from services.recognition.ports import GuestStore, HomeStore, RouteStore
from services.recognition.ports.ask import AskStore
from services.recognition.stream.sharing import Abroad, AtHome, letters, opened

OF_GUESTS: Final = (WatchOpened, StatusReported, WatchEnded, FactShared)
READ: Final = (
    *OF_GUESTS, WatchAsked, WatchRefused, WatchLeft, FactReceipt, CorrectionPassed, CorrectionAnswered
)  # fmt: skip
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


class Part(NamedTuple):
    """What one part of a region takes of what the hub tells it."""

    kinds: tuple[type[Event], ...]
    take: Callable[[Connection, Sequence[Delivery]], Awaitable[None]]


def told_spec(region: str, catalogue: Catalogue, clock: Clock, parts: Sequence[Part]) -> StreamSpec:
    """How a region consumes what the hub tells it."""

    def decode(record: Record) -> Event:
        return _believed(record, lambda message: believe_hub(message, catalogue, region, clock.now()))

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        for kinds, take in parts:
            if ours := [delivery for delivery in deliveries if isinstance(delivery.event, kinds)]:
                await take(connection, ours)

    topic = national_topic(region, OUTBOX)
    return StreamSpec("guests", [topic], handle, decode, lane=NATIONAL, max_records=BATCH)


def guest_part(
    host: Host, clock: Clock, store: Callable[[Connection], GuestStore], abroad: Abroad | None = None
) -> Part:
    """The destination's: what its guests count as, and (`abroad`, where there is an audit) what is shared of them."""

    async def take(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        now, guests = clock.now(), store(connection)
        desk = abroad.desk(connection) if abroad else None
        messages = opened(abroad, [cast("Watched", delivery.event) for delivery in deliveries], now)
        STALE.labels("guests").inc(await take_messages(guests, host, messages, now, desk))
        if desk and desk.refused:
            await desk.book.set_aside(letters(desk.refused, deliveries))

    return Part(OF_GUESTS, take)


def answer_part(store: Callable[[Connection], AskStore]) -> Part:
    """The destination's: what became of its asks."""

    async def take(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        answers = [cast("WatchOpened | WatchRefused", delivery.event) for delivery in deliveries]
        await take_answers(store(connection), answers)

    return Part((WatchOpened, WatchRefused), take)


def asked_part(asked: Asked, clock: Clock, store: Callable[[Connection], HomeStore]) -> Part:
    """The origin's: what others ask of its people."""

    async def take(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        asks = [cast("WatchAsked", delivery.event) for delivery in deliveries]
        await take_asks(store(connection), asked, asks, clock.now())

    return Part((WatchAsked,), take)


def left_part(origin: Origin, clock: Clock, store: Callable[[Connection], HomeStore]) -> Part:
    """The origin's: who has left a region that watched them."""

    async def take(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        left = [cast("WatchLeft", delivery.event) for delivery in deliveries]
        await take_departures(store(connection), origin, left, clock.now())

    return Part((WatchLeft,), take)


def receipt_part(at_home: AtHome) -> Part:
    """The origin's: what has arrived of what it shares."""

    async def take(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        try:
            late = await at_home.receipts(connection, [cast("FactReceipt", each.event) for each in deliveries])
        except Refusal as refusal:
            raise Rejected(refusal.code, refusal.detail) from None
        STALE.labels("receipts").inc(late)

    return Part((FactReceipt,), take)


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
    return Message(cast("Between", event), wire)
