"""Simulated time spans processes: the demonstration publishes its clock, every process follows."""

import asyncio
from typing import Final

from chassis.clock import SimulatedClock
from chassis.kafka.ports import Broker, Reader
from healthcode.envelope import EnvelopeError, decode
from healthcode.events import ClockSet

TOPIC: Final = "hc.clock.v1"
FIRST_SECONDS: Final = 60.0


class ClockFollower:
    """Sets a simulated clock by the latest message of the clock's topic."""

    def __init__(self, broker: Broker, clock: SimulatedClock) -> None:
        """`clock` knows no time until `first` has returned."""
        self._broker = broker
        self._clock = clock
        self._reader: Reader | None = None

    async def first(self) -> None:
        """Wait until the time is known. Raises TimeoutError after a minute."""
        self._reader = await self._broker.reader([TOPIC], start="beginning")
        async with asyncio.timeout(FIRST_SECONDS):
            while not (self._clock.is_set and await self._reader.at_end()):
                await self._follow(self._reader)

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until `stop`."""
        reader = self._reader or await self._broker.reader([TOPIC], start="beginning")
        try:
            while not stop.is_set():
                await self._follow(reader)
        finally:
            self._reader = None
            await reader.stop()

    async def _follow(self, reader: Reader) -> None:
        for records in (await reader.getmany(100, 0.2)).values():
            for record in records:
                try:
                    event = decode(record.headers, record.value, record.key)
                except EnvelopeError:
                    continue
                if isinstance(event, ClockSet):
                    self._clock.set(event.sim, event.wall)
