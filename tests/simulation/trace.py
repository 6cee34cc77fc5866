"""What happened, in the order in which it did: kept for a failing seed, formatted only when somebody reads it."""

import asyncio
from collections import deque
from collections.abc import Callable, MutableMapping
from typing import Any, Final, NamedTuple

import structlog

from tests.simulation.loop import PROCESS

KEPT: Final = 4000


class Happened(NamedTuple):
    """One line: seconds of the simulation, who, what, and more of it."""

    at: float
    who: str
    what: str
    more: tuple[tuple[str, Any], ...]


class Trace:
    """The last of what happened. With `tell`, each line is also told at once."""

    def __init__(self, tell: Callable[[Happened], None] | None = None) -> None:
        self.lines: deque[Happened] = deque(maxlen=KEPT)
        self._tell = tell

    def note(self, what: str, who: str | None = None, **more: Any) -> None:
        """Write a line; without `who`, of the process that runs now."""
        process = PROCESS.get()
        name = who or (process.name if process else "world")
        happened = Happened(asyncio.get_running_loop().time(), name, what, tuple(more.items()))
        self.lines.append(happened)
        if self._tell is not None:
            self._tell(happened)

    def listen(self) -> None:
        """Take the log of the parts in."""

        def take(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> Any:
            event = line.pop("event")
            self.note(event, **{name: value for name, value in line.items() if name != "topics"})
            raise structlog.DropEvent

        structlog.configure(processors=[take], cache_logger_on_first_use=False)


def readable(happened: Happened) -> str:
    """One line for people."""
    more = " ".join(f"{name}={_short(value)}" for name, value in happened.more)
    return f"{happened.at:9.4f}  {happened.who:<22} {happened.what:<24} {more}"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 110 else text[:107] + "..."
