"""The worker that tells recognition whose a credential is."""

from collections.abc import Callable, Sequence

from chassis.clock import Clock
from chassis.postgres.pool import Connection
from chassis.stream.decode import decoder
from chassis.stream.model import Delivery, StreamSpec
from healthcode.envelope import topic_name
from healthcode.events import HolderFound, HolderWanted
from services.issuer.handlers.scan import find_holders
from services.issuer.ports.scan import Holders


def holders_spec(region: str, holders: Callable[[Connection], Holders], clock: Clock) -> StreamSpec:
    """How questions are consumed; the answers stand on the same topic and are our own."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        wanted = [each.event for each in deliveries if isinstance(each.event, HolderWanted)]
        if wanted:
            await find_holders(holders(connection), wanted, clock.now())

    topics = [topic_name(region, HolderWanted.topic)]
    return StreamSpec("holders", topics, handle, decoder(HolderWanted, HolderFound))
