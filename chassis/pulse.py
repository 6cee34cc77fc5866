"""What a component tells about itself, so that a process can say whether it does its work."""

import math
import time
from typing import Final, Protocol, runtime_checkable

SILENT_SECONDS: Final = 120.0
"""A component that has said nothing for so long hangs: its turns take seconds at most."""
NOT_RUNNING: Final = "is not running"


class Pulse:
    """A component says at every turn that it works, or what keeps it from it."""

    def __init__(self) -> None:
        self._trouble: str | None = NOT_RUNNING
        self._until = math.inf

    def beat(self, trouble: str | None = None) -> None:
        """Another turn. `trouble`: what keeps the component from its work, in words that hold no data."""
        self._trouble = trouble
        self._until = time.monotonic() + SILENT_SECONDS

    def rest(self) -> None:
        """All is done; nothing more will be said."""
        self._trouble = None
        self._until = math.inf

    def end(self) -> None:
        """The component runs no more, or waits to be started again."""
        self._trouble = NOT_RUNNING
        self._until = math.inf

    def trouble(self) -> str | None:
        """What keeps the component from its work now; None when it does it, or stands by to."""
        if self._trouble is None and time.monotonic() > self._until:
            return f"has said nothing for {SILENT_SECONDS:.0f} s"
        return self._trouble


class TroubleError(Exception):
    """A component does not do its work; the text says why."""


@runtime_checkable
class Beating(Protocol):
    """A component that has a pulse."""

    pulse: Pulse


async def feel(component: Beating) -> None:
    """Raise TroubleError when a component does not do its work."""
    trouble = component.pulse.trouble()
    if trouble is not None:
        raise TroubleError(trouble)
