"""The Kafka edge of seals: what the nation has countersigned."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import date

from chassis.postgres.pool import Connection
from chassis.stream.decode import decoder
from chassis.stream.model import Delivery, Rejected, StreamSpec
from healthcode.envelope import topic_name
from healthcode.events import SealCountersigned
from services.audit.ports.seal import SealStore


def countersigned_spec(region: str, store: Callable[[Connection], SealStore]) -> StreamSpec:
    """How countersigned seals come home."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            if isinstance(event := delivery.event, SealCountersigned) and event.region == region:
                await store(connection).countersigned(*_read(event))

    topics = [topic_name(region, SealCountersigned.topic)]
    return StreamSpec("countersigned", topics, handle, decoder(SealCountersigned))


def _read(event: SealCountersigned) -> tuple[date, bytes]:
    try:
        return date.fromisoformat(event.day), base64.b64decode(event.countersigned, validate=True)
    except (ValueError, binascii.Error):
        raise Rejected("malformed", "a day that is none, or a signature that is no base64") from None
