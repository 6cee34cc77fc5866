"""The worker: changes of codes in, words for clients out."""

from collections.abc import Callable, Sequence
from typing import Final

from chassis import metrics
from chassis.clock import Clock
from chassis.postgres.pool import Connection
from chassis.stream.decode import decoder
from chassis.stream.model import Committed, Delivery, StreamSpec
from healthcode.envelope import topic_name
from healthcode.events import CodeChanged, CodeConfirmed
from services.subscription.handlers.code import Ids, take_codes
from services.subscription.ports import Feed, Name

WORDS: Final = metrics.counter("hc_codes_shared_total", "Changes of codes that clients were told of")


def codes_spec(region: str, feed: Callable[[Connection], Feed], name: Name, clock: Clock, ids: Ids) -> StreamSpec:
    """How the worker consumes; `feed` gives what concerns people within the transaction of a batch."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> Committed | None:
        codes = [delivery.event for delivery in deliveries if isinstance(delivery.event, CodeChanged)]
        if not codes:
            return None
        words = await take_codes(feed(connection), name, codes, clock.now(), ids)
        return lambda: WORDS.inc(words)

    topic = topic_name(region, CodeChanged.topic)
    return StreamSpec("codes", (topic,), handle, decoder(CodeChanged, CodeConfirmed))
