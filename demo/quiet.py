"""Whether all that was set going has come to rest: simulated time moves on only then."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

import asyncpg

from chassis.clock import Clock
from chassis.documents import read_yaml
from chassis.kafka.model import TopicPartition
from demo.follower import Follower
from demo.settings import DemoError
from healthcode.region import region_from

POLL_SECONDS: Final = 0.05
LONGEST_SECONDS: Final = 300.0
AUDIT: Final = "audit"

WAITING: Final = """
SELECT (SELECT count(*) FROM {schema}.outbox) AS outbox, (SELECT count(*) FROM {schema}.parked_record) AS parked
"""
POSITIONS: Final = "SELECT topic, partition, next_offset FROM {schema}.stream_offset"
# What the audit will do by itself at this moment of simulated time.
DUE: Final = """
SELECT (SELECT count(*) FROM audit.timer WHERE due <= $1) + (SELECT count(*) FROM audit.storm WHERE state <> 'done')
"""


class Quiet:
    """Looks into the databases of the regions, as operators do, and compares with what the follower has read."""

    def __init__(
        self,
        connections: Mapping[str, asyncpg.Connection],
        schemas: Mapping[str, tuple[str, ...]],
        follower: Follower,
        clock: Clock,
    ) -> None:
        """`connections` and `schemas` by region."""
        self._connections = connections
        self._schemas = schemas
        self._follower = follower
        self._clock = clock

    async def __call__(self) -> None:
        """Wait until outboxes are empty, everything is consumed and no timer is due, twice in a row.

        Raises DemoError when that takes five minutes, and when a record was parked.
        """
        deadline = time.monotonic() + LONGEST_SECONDS
        still: Mapping[TopicPartition, int] | None = None
        while True:
            busy = await self.busy()
            seen = dict(self._follower.last)
            if busy is None and seen == still:
                return
            still = seen if busy is None else None
            if time.monotonic() > deadline:
                raise DemoError(f"The regions do not come to rest: after {LONGEST_SECONDS:.0f} s {busy}.")
            await asyncio.sleep(POLL_SECONDS)

    async def busy(self) -> str | None:
        """What is still going on, in words; None when nothing is."""
        for region, connection in self._connections.items():
            for schema in self._schemas[region]:
                row = await connection.fetchrow(WAITING.format(schema=schema))
                if row is not None and row["parked"]:
                    raise DemoError(f"Region {region}: {schema} has parked {row['parked']} records; see its log")
                if row is not None and row["outbox"]:
                    return f"{row['outbox']} events wait in the outbox of {schema} in region {region}"
            if AUDIT in self._schemas[region] and (due := await connection.fetchval(DUE, self._clock.now())):
                return f"{due} timers or storms are due in region {region}"
        if not await self._follower.at_end():
            return "the topics hold events that were not read yet"
        return await self._lag()

    async def _lag(self) -> str | None:
        last = dict(self._follower.last)
        for region, connection in self._connections.items():
            for schema in self._schemas[region]:
                for topic, partition, position in await connection.fetch(POSITIONS.format(schema=schema)):
                    end = last.get(TopicPartition(topic, partition), -1)
                    if end >= (position or 0):
                        return f"{schema} in region {region} has not read {topic} to its end"
        return None


@asynccontextmanager
async def quiet_of(
    databases: Mapping[str, str], regions: Path, follower: Follower, clock: Clock
) -> AsyncIterator[Quiet]:
    """With a connection to each region's database; `regions` is the folder of their data."""
    async with AsyncExitStack() as exits:
        connections: dict[str, asyncpg.Connection] = {}
        schemas: dict[str, tuple[str, ...]] = {}
        for region, url in databases.items():
            connections[region] = await asyncpg.connect(url)
            exits.push_async_callback(connections[region].close)
            schemas[region] = region_from(read_yaml(regions / region / "region.yaml")).services
        yield Quiet(connections, schemas, follower, clock)
