"""Waiting for what other processes do: asked again and again, with a deadline."""

import time
from collections.abc import Callable
from typing import Final, TypeVar

SECONDS: Final = 60.0
PAUSE: Final = 0.05
T = TypeVar("T")


def eventually(what: str, ask: Callable[[], T | None], seconds: float = SECONDS) -> T:
    """What `ask` gives once that is neither None nor False; fails, and says what was waited for, when it never is."""
    deadline = time.monotonic() + seconds
    while True:
        found = ask()
        if found is not None and found is not False:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s in vain: {what}")
        time.sleep(PAUSE)
