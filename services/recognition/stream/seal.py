"""Seals: from the region to the nation, under the nation's signature, and home."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Final

from chassis.clock import Clock
from chassis.kafka.model import Record
from chassis.postgres.pool import Connection
from chassis.run import NATIONAL
from chassis.stream.decode import decode_event, decoder
from chassis.stream.model import Delivery, Rejected, StreamSpec
from healthcode.envelope import Encoded, encode, national_topic, topic_name
from healthcode.events import DaySealed, Event, SealCountersigned
from services.recognition.domain.message import Refusal
from services.recognition.handlers.seal import Notary, countersign_seal
from services.recognition.ports import SealBook

NATION: Final = "national"
SERVICE: Final = "recognition"


Store = Callable[[Connection], SealBook]


def sealed_spec(region: str, store: Store) -> StreamSpec:
    """How a region's seals go on to the nation, as they are: they carry their own signature."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        messages = [_moved(delivery.record, national_topic(region, DaySealed.topic)) for delivery in deliveries]
        await store(connection).to_nation(messages)

    return StreamSpec("sealed", [topic_name(region, DaySealed.topic)], handle, decoder(DaySealed))


def notary_spec(region: str, notary: Notary, clock: Clock, store: Store) -> StreamSpec:
    """How the nation countersigns what one region seals. One that sends rubbish stops its own topic alone."""

    def decode(record: Record) -> Event:
        event = decode_event(record, (DaySealed,))
        if event.key != region:
            raise Rejected("another-inbox", "a region sends its seals by its own topic, and nobody else does")
        return event

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        now = clock.now()
        for delivery in deliveries:
            if isinstance(event := delivery.event, DaySealed):
                signed = await _countersigned(store(connection), notary, event, clock)
                text = base64.b64encode(signed).decode()
                answer = SealCountersigned(
                    id=f"{event.id}.seen", region=event.region, day=event.day, countersigned=text, at=now
                )
                await store(connection).to_nation([encode(answer, owner=NATION, service=SERVICE, time=now)])

    topic = national_topic(region, DaySealed.topic)
    return StreamSpec(f"notary-{region}", [topic], handle, decode, lane=NATIONAL, at_limit="pause")


def countersigned_spec(region: str, store: Store) -> StreamSpec:
    """How a region takes home what the nation has signed of its own."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        home = topic_name(region, SealCountersigned.topic)
        messages = [_moved(each.record, home) for each in deliveries if each.event.key == region]
        if messages:
            await store(connection).to_region(messages)

    topic = topic_name(NATION, SealCountersigned.topic)
    return StreamSpec("countersigned", [topic], handle, decoder(SealCountersigned), lane=NATIONAL)


async def _countersigned(book: SealBook, notary: Notary, event: DaySealed, clock: Clock) -> bytes:
    try:
        return await countersign_seal(
            book, notary, event.region, base64.b64decode(event.signed, validate=True), clock.now()
        )
    except binascii.Error:
        raise Rejected("not-a-seal", "the seal is no base64") from None
    except Refusal as refusal:
        raise Rejected(refusal.code, refusal.detail) from None


def _moved(record: Record, topic: str) -> Encoded:
    return Encoded(topic, record.key or b"", record.value or b"", tuple(record.headers))
