"""What the operators' routes stand on: one service's consumers, database and brokers."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager

from chassis.clock import Clock
from chassis.kafka.ports import Broker
from chassis.kafka.topics import Topics
from chassis.ops.letters import LetterBox
from chassis.postgres.pool import Connection, Pool
from chassis.stream.model import StreamSpec


class OpsDesk:
    """One service as its operators see it."""

    def __init__(
        self,
        service: str,
        specs: Callable[[], Iterable[StreamSpec]],
        *,
        pool: Pool,
        clock: Clock,
        broker_of: Callable[[int], Broker],
        topics: Topics,
    ) -> None:
        """`specs` gives what the service consumes now; `broker_of` the broker of a lane.

        `topics` says which of them may hold personal data.
        """
        self.service = service
        self._specs = specs
        self.pool = pool
        self.clock = clock
        self.broker_of = broker_of
        self.box = LetterBox(service, specs, broker_of)
        self._topics = topics

    @property
    def specs(self) -> Mapping[str, StreamSpec]:
        """What the service consumes now, by consumer."""
        return {spec.consumer: spec for spec in self._specs()}

    def personal(self, topic: str) -> bool:
        """Whether a topic may hold personal data; one that is not declared may."""
        return self._topics.personal(topic)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Connection]:
        """A transaction."""
        async with self.pool.acquire() as connection, connection.transaction():
            yield connection
