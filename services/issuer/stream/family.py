"""The worker: guardianships in."""

from collections.abc import Callable, Sequence

from chassis.clock import Clock
from chassis.postgres.pool import Connection
from chassis.stream.decode import decoder
from chassis.stream.model import Delivery, StreamSpec
from healthcode.envelope import topic_name
from healthcode.events import GuardianshipChanged
from services.issuer.handlers.family import take_guardianships
from services.issuer.ports import Family


def family_spec(region: str, family_over: Callable[[Connection], Family], clock: Clock) -> StreamSpec:
    """How guardianships are consumed; `family_over` gives them within the transaction of a batch."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        events = [each.event for each in deliveries if isinstance(each.event, GuardianshipChanged)]
        await take_guardianships(family_over(connection), events, clock.now())

    topics = [topic_name(region, GuardianshipChanged.topic)]
    return StreamSpec("guardianships", topics, handle, decoder(GuardianshipChanged))
