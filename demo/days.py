"""Simulated days: one after another, each only when all is quiet; who is on a streak checks in every day."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from typing import Final, TypeVar

from demo.clock import DemoClock
from demo.intake import Intake
from demo.population import Person
from demo.settings import CHINA, DECLARING, DemoError

TURN_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.01
AT_ONCE: Final = 48

T = TypeVar("T")
R = TypeVar("R")


class Days:
    """Turns the clock. Whoever sends something meanwhile takes a `turn`, so that days pass between and not within."""

    def __init__(self, clock: DemoClock, intake: Intake, quiet: Callable[[], Awaitable[None]]) -> None:
        self._clock = clock
        self._intake = intake
        self._quiet = quiet
        self._lock = asyncio.Lock()
        self.streaks: dict[str, Person] = {}
        """Who checks in every day, by account."""
        self.sent: Callable[[str], None] = _nothing

    @property
    def now(self) -> datetime:
        """The simulated moment."""
        return self._clock.now()

    @property
    def today(self) -> date:
        """The simulated day in China."""
        return self._clock.now().astimezone(CHINA).date()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """No day passes within."""
        async with self._lock:
            yield

    async def pass_one(self) -> None:
        """It is the same time tomorrow, and whoever is on a streak checks in. Call it within a turn."""
        await self._quiet()
        tomorrow = self.now + timedelta(days=1)
        await self._clock.turn(tomorrow)
        await asyncio.gather(*(self._follows(region, tomorrow) for region in DECLARING))
        await many(self._check_in, self.streaks.values())

    async def settle(self) -> None:
        """Wait until all is quiet."""
        await self._quiet()

    async def _check_in(self, person: Person) -> None:
        self.sent(await self._intake.check_in(person))

    async def _follows(self, region: str, tomorrow: datetime) -> None:
        """Wait until a region knows what time it is. Raises DemoError when it does not learn that."""
        try:
            async with asyncio.timeout(TURN_SECONDS):
                while await self._intake.time_of(region) < tomorrow:  # noqa: ASYNC110 - another process's clock
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            raise DemoError(f"Region {region} does not follow the demonstration's clock to {tomorrow}") from None


async def many(act: Callable[[T], Awaitable[R]], items: Iterable[T], at_once: int = AT_ONCE) -> list[R]:
    """Do something for each, so many at once; what the first failure raises is raised, and the others end."""
    waiting = enumerate(items)
    done: dict[int, R] = {}

    async def work() -> None:
        for number, item in waiting:
            done[number] = await act(item)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(work())
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [done[number] for number in sorted(done)]


def _nothing(_: str) -> None:
    """Nobody counts what was sent."""
