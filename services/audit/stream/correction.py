"""The Kafka edge of corrections: what people contest, to whoever owns it."""

from collections.abc import Callable, Sequence
from typing import Final

from chassis.clock import Clock
from chassis.postgres.pool import Connection
from chassis.stream.decode import decoder
from chassis.stream.model import Delivery, StreamSpec
from healthcode.envelope import topic_name
from healthcode.events import CorrectionAsked, CorrectionAssigned, CorrectionEscalated, CorrectionSettled
from services.audit.handlers.correction import take_corrections
from services.audit.ports.correction import CorrectionStore

READ: Final = (CorrectionAsked, CorrectionAssigned, CorrectionEscalated, CorrectionSettled)


def correction_spec(
    region: str, store: Callable[[Connection], CorrectionStore], clock: Clock, new_id: Callable[[], str]
) -> StreamSpec:
    """The stream of corrections; their answers stand on the same topic and are our own."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        asked = [delivery.event for delivery in deliveries if isinstance(delivery.event, CorrectionAsked)]
        if asked:
            await take_corrections(store(connection), asked, clock.now(), new_id)

    topics = [topic_name(region, CorrectionAsked.topic)]
    return StreamSpec("corrections", topics, handle, decoder(*READ))
