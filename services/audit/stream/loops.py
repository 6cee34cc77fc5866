"""What time drives: a step, again at once while there is more to do, else after a pause."""

import asyncio
from collections.abc import Awaitable, Callable

Step = Callable[[], Awaitable[bool]]
"""One step in a transaction of its own; tells whether there is more to do at once."""


class Loop:
    """Repeats a step until it is stopped; the step in hand is finished."""

    def __init__(self, step: Step, seconds: float) -> None:
        """`seconds`: the pause when nothing is left to do; of real time, whatever the clock says."""
        self._step = step
        self._seconds = seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set. Raises what the step raises."""
        while not stop.is_set():
            if await self._step():
                continue
            try:
                await asyncio.wait_for(stop.wait(), self._seconds)
            except TimeoutError:
                continue


class Once:
    """Does a step when it starts, then waits for the end."""

    def __init__(self, step: Callable[[], Awaitable[None]]) -> None:
        self._step = step

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set. Raises what the step raises."""
        await self._step()
        await stop.wait()
