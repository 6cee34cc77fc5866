"""What is behind in a process: its event loop, the queues for its pools' connections, its outboxes."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import structlog

from chassis import metrics
from chassis.backlog import Backlog, Limit, outbox_of
from chassis.http.admission import Strain
from chassis.postgres.errors import OUTAGES
from chassis.postgres.pool import Pool

LOOP_SECONDS: Final = 0.1
LOOKS: Final = 5  # a delay counts once so many looks in a row found it: one long step of a worker is none
PROBE_SECONDS: Final = 0.5
LONGEST_ACQUIRE: Final = 30.0
LATE_SECONDS: Final = 0.5
POOL_SECONDS: Final = 1.0
SHORTEST: Final = 5.0

log = structlog.get_logger()


@dataclass
class Seen:
    """What was last seen of a pool; `asked` is since when a connection is waited for, None when it is not."""

    backlog: Backlog = field(default_factory=Backlog)
    asked: float | None = None


class Pressure:
    """A component that looks at the process several times a second."""

    def __init__(
        self, pools: Mapping[str, Pool], limit: Limit, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """`pools` by their schema; `limit` of each one's outbox."""
        self._pools = pools
        self._limit = limit
        self._monotonic = monotonic
        self.delays: deque[float] = deque([0.0] * LOOKS, maxlen=LOOKS)
        self.seen = {name: Seen() for name in pools}

    def strain(self) -> Strain | None:
        """What is behind, if anything is, and for about how long."""
        delay = min(self.delays)
        if delay >= LATE_SECONDS:
            return Strain("loop", 4 * delay)
        for seen in self.seen.values():
            if seen.asked is not None and (waited := self._monotonic() - seen.asked) >= POOL_SECONDS:
                return Strain("pool", 2 * waited)
            if self._limit.exceeded(seen.backlog):
                return Strain("outbox", max(SHORTEST, seen.backlog.oldest - self._limit.seconds))
        return None

    async def run(self, stop: asyncio.Event) -> None:
        """Look until `stop` is set."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch_loop(stop))
            for name, pool in self._pools.items():
                group.create_task(self._watch_pool(name, pool, stop))

    async def _watch_loop(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            before = self._monotonic()
            await asyncio.sleep(LOOP_SECONDS)
            self.delays.append(self._monotonic() - before - LOOP_SECONDS)
            metrics.LOOP_DELAY_SECONDS.set(max(0.0, min(self.delays)))

    async def _watch_pool(self, name: str, pool: Pool, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self.look(name, pool)
            except OUTAGES as failure:  # each request finds that out for itself
                log.warning("outbox_not_seen", schema=name, error=type(failure).__name__)
            await asyncio.sleep(PROBE_SECONDS)

    async def look(self, name: str, pool: Pool) -> None:
        """Take a connection of a pool, as a request would, and look at the outbox by it."""
        seen = self.seen[name]
        seen.asked = asked = self._monotonic()
        try:
            async with pool.acquire(timeout=LONGEST_ACQUIRE) as connection:
                seen.asked = None
                metrics.POOL_WAIT_SECONDS.labels(name).set(self._monotonic() - asked)
                seen.backlog = await outbox_of(connection)(self._limit.rows)
        finally:
            seen.asked = None
