"""The timer: watches whose end has come are over, on every side that knows of them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

Step = Callable[[], Awaitable[bool]]
"""One batch in a transaction of its own; tells whether there may be more."""


class Timer:
    """Looks every `seconds` for what is over."""

    def __init__(self, steps: Sequence[Step], seconds: float) -> None:
        """`seconds`: of real time, whatever the clock says."""
        self._steps = steps
        self._seconds = seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; the batch in hand is finished."""
        while not stop.is_set():
            if await self.tick():
                continue
            try:
                await asyncio.wait_for(stop.wait(), self._seconds)
            except TimeoutError:
                continue

    async def tick(self) -> bool:
        """One batch of each kind; tells whether there may be more."""
        return any([await step() for step in self._steps])
