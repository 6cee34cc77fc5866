"""Either broker for a test: the twin, or the real one at an address."""

import gc
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis.kafka.ports import Broker
from chassis.kafka.real import KafkaBroker
from chassis.kafka.twin import TwinBroker


@asynccontextmanager
async def either_broker(bootstrap: str | None) -> AsyncIterator[Broker]:
    """The twin without an address; closed in the end.

    A test that kills what reads or writes may do so while it connects; aiokafka warns of that connection when it is
    collected, in whatever test that happens. So it is collected here.
    """
    broker: Broker = TwinBroker() if bootstrap is None else KafkaBroker(bootstrap, client_id="delivery")
    try:
        yield broker
    finally:
        await broker.close()
        if bootstrap is not None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResourceWarning)
                gc.collect()
