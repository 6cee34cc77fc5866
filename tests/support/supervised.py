"""What runs under supervision in a test of delivery: started, ended, killed, waited for by what the database holds."""

import asyncio
from typing import Final

from chassis.postgres.errors import OUTAGES
from chassis.postgres.pool import Pool
from chassis.run import Component, supervise

SECONDS: Final = 30


class Supervised:
    """Parts over one database, each restarted as in a process."""

    def __init__(self, pool: Pool) -> None:
        """`pool` is what `until` asks."""
        self.pool = pool
        self.stop = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []

    def run(self, name: str, part: Component) -> asyncio.Task[None]:
        """One more part."""
        task = asyncio.create_task(supervise(name, part, self.stop))
        self.tasks.append(task)
        return task

    async def end(self) -> None:
        """Stop all parts; raises what one of them ended with. Others may be started then."""
        self.stop.set()
        tasks, self.tasks = self.tasks, []
        async with asyncio.timeout(SECONDS):
            for task in tasks:
                if not task.cancelled():
                    await task
        self.stop.clear()

    async def kill(self) -> None:
        """End all parts wherever they are."""
        for task in self.tasks:
            task.cancel()
        if self.tasks:
            await asyncio.wait(self.tasks)

    async def until(self, query: str, wanted: object, seconds: float = SECONDS) -> None:
        """Wait for what a query gives."""
        async with asyncio.timeout(seconds):
            while await self._value(query) != wanted:
                await asyncio.sleep(0.01)

    async def _value(self, query: str) -> object:
        try:
            return await self.pool.fetchval(query)
        except OUTAGES:
            return None  # the test has ended this connection
