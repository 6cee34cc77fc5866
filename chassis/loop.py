"""What time drives: steps, again at once while there is more to do, else after a pause."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

from chassis.pulse import SILENT_SECONDS, Pulse

Step = Callable[[], Awaitable[bool]]
"""One batch in a transaction of its own; tells whether there may be more."""


class Loop:
    """A component that repeats its steps until it is stopped; the batch in hand is finished."""

    def __init__(self, steps: Sequence[Step], seconds: float) -> None:
        """`seconds`: the pause when nothing is left to do; of real time, whatever the clock says."""
        self._steps = steps
        self._seconds = seconds
        self.pulse = Pulse()

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set. Raises what a step raises."""
        try:
            while not stop.is_set():
                more = await self.tick()
                self.pulse.beat()
                if not more:
                    await self._pause(stop)
        finally:
            self.pulse.end()

    async def _pause(self, stop: asyncio.Event) -> None:
        if self._seconds >= SILENT_SECONDS:
            self.pulse.rest()  # the next turn is further off than silence may last
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), self._seconds)

    async def tick(self) -> bool:
        """Each step once; tells whether there may be more."""
        return any([await step() for step in self._steps])


class Once:
    """A component that does something when it starts, then waits for the end."""

    def __init__(self, step: Callable[[], Awaitable[None]]) -> None:
        self._step = step
        self.pulse = Pulse()

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set. Raises what the step raises."""
        await self._step()
        self.pulse.rest()
        await stop.wait()
