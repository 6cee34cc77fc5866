"""The end of a process: tasks and threads that a library leaves behind do not hold it.

All that is ours has ended by then. A task that swallows its cancellation would keep the event loop, and a thread the
interpreter, for as long as nobody kills them; and whoever told the process to end waits.
"""

import os
import threading
from typing import Final

import structlog

LEAVE_SECONDS: Final = 5.0

log = structlog.get_logger()


class Leaving:
    """Ends the process a while after `begin`, unless `done` finds that nothing is left."""

    def __init__(self) -> None:
        """Threads that run already are no concern of this."""
        self._before = set(threading.enumerate())
        self._timer: threading.Timer | None = None

    def begin(self, code: int) -> None:
        """All that is ours has ended; what is left has a few seconds. `code`: the process's exit code."""
        self._timer = threading.Timer(LEAVE_SECONDS, self._leave, [code])
        self._timer.daemon = True
        self._timer.start()

    def done(self) -> None:
        """The event loop is closed; the process ends by itself, if no thread holds it."""
        if self._timer is not None and not self._left():
            self._timer.cancel()

    def _left(self) -> list[str]:
        threads = set(threading.enumerate()) - self._before
        return sorted(thread.name for thread in threads if not thread.daemon)

    def _leave(self, code: int) -> None:
        log.error("left_behind", threads=self._left(), seconds=LEAVE_SECONDS)
        os._exit(code)
