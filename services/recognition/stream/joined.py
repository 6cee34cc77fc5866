"""What waits until the region is a member: before that the nation has no topics for it."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from chassis.pulse import Pulse
from chassis.run import NATIONAL
from chassis.stream.model import StreamSpec

LOOK_SECONDS: Final = 1.0
SEALS: Final = "sealed"
"""Reads at home, and has nobody to pass it on to."""


class Part(Protocol):
    """A component with a pulse."""

    pulse: Pulse

    async def run(self, stop: asyncio.Event) -> None:
        """See Component."""
        ...


class OnceMember:
    """Runs a component from when the region is a member on; until then it rests, and consumes nothing."""

    def __init__(self, part: Part, is_member: Callable[[], bool]) -> None:
        """`is_member`: as it stands."""
        self._part = part
        self._is_member = is_member
        self.pulse = part.pulse

    @property
    def specs(self) -> Sequence[StreamSpec]:
        """What is consumed now."""
        return specs_of(self._part) if self._is_member() else ()

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set. Raises what the component raises."""
        while not self._is_member():
            self.pulse.rest()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), LOOK_SECONDS)
            if stop.is_set():
                self.pulse.end()
                return
        await self._part.run(stop)


def waits(part: object) -> bool:
    """Whether a worker has nothing to do before the region is a member."""
    return any(spec.lane == NATIONAL or spec.consumer == SEALS for spec in specs_of(part))


def specs_of(part: object) -> Sequence[StreamSpec]:
    """What a component consumes; nothing where it consumes nothing."""
    found: Sequence[StreamSpec] = getattr(part, "specs", ())
    return found
