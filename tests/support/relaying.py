"""A relay's world for tests of delivery: an outbox to write, relays under supervision, and what a reader sees."""

import asyncio
from collections.abc import Sequence

from chassis import outbox
from chassis.kafka.ports import Broker
from chassis.points import Points
from chassis.postgres.pool import Connection, Pool
from chassis.relay import Relay, RelaySpec
from healthcode.envelope import Encoded
from tests.support.supervised import SECONDS, Supervised


class Lanes(Supervised):
    """One lane of one schema, on topics of their own."""

    def __init__(self, pool: Pool, broker: Broker, suffix: str = "") -> None:
        """`suffix` makes the names unique on a broker that others use too."""
        super().__init__(pool)
        self.broker = broker
        self.topic = f"codes.v1{suffix}"
        self.spec = RelaySpec("svc", 0, f"relay-under-test{suffix}", f"relay.v1{suffix}")

    async def append(self, connection: Connection, key: str, *values: str) -> None:
        """In the transaction of that connection."""
        messages = [Encoded(self.topic, key.encode(), value.encode(), ()) for value in values]
        await outbox.append(connection, "svc", messages)

    async def write(self, key: str, values: Sequence[str]) -> None:
        """One transaction."""
        async with self.pool.acquire() as connection, connection.transaction():
            await self.append(connection, key, *values)

    def start(self, points: Points | None = None) -> asyncio.Task[None]:
        """One more relay, restarted as in a process."""
        relay = Relay(self.spec, broker=self.broker, pool=self.pool, points=points)
        return self.run("relay", relay)

    async def until_empty(self, seconds: float = SECONDS) -> None:
        """Wait until nothing is left to publish."""
        await self.until("SELECT count(*) FROM outbox", 0, seconds)

    async def published(self) -> list[str]:
        """What a read_committed reader sees, in order per partition."""
        reader = await self.broker.reader([self.topic])
        seen: list[str] = []
        while not await reader.at_end():
            for records in (await reader.getmany(1000, 0.1)).values():
                seen += [(record.value or b"").decode() for record in records]
        await reader.stop()
        return seen
