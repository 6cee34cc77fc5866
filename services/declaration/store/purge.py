"""Takes away answers that nobody may ask for again."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from chassis.http import idempotency
from chassis.postgres.pool import Pool

EVERY_SECONDS: Final = 600.0


class Purge:
    """A component that purges idempotency keys after their day."""

    def __init__(self, pool: Pool, now: Callable[[], datetime]) -> None:
        self._pool = pool
        self._now = now

    async def run(self, stop: asyncio.Event) -> None:
        """Purge at once and then every ten minutes, until `stop`."""
        while not stop.is_set():
            async with self._pool.acquire() as connection:
                await idempotency.purge(connection, self._now() - idempotency.KEPT)
            try:
                await asyncio.wait_for(stop.wait(), EVERY_SECONDS)
            except TimeoutError:
                continue
