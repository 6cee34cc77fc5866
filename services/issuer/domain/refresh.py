"""When devices come for fresh credentials: spread over hours by themselves, and over seconds when all come at once."""

import hashlib
import math
from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

EARLIEST: Final = 0.5
LATEST: Final = 0.9
"""Parts of a credential's life: one that is a day old at its end is refreshed between noon and nine of ten hours."""
HELD_SECONDS: Final = 0.25
"""So long one is held for one's turn, so that no burst keeps those waiting who only look."""
SOONEST_SECONDS: Final = 1.0
LONGEST_SECONDS: Final = 600


class Turn(NamedTuple):
    """Seconds to hold a request before it goes on; or after how many to come back, and then it does not go on."""

    hold: float = 0.0
    come_back: int = 0


def refresh_at(issued_at: datetime, expires_at: datetime, cti: bytes) -> datetime:
    """When its device is to come again, the same however often it asks: a time in that part of its life."""
    part = int.from_bytes(hashlib.sha256(cti).digest()[:8], "big") / 2**64
    return issued_at + (expires_at - issued_at) * (EARLIEST + (LATEST - EARLIEST) * part)


class Turns:
    """So many a second, one after another; who comes too early is held for a moment, or told a second of their own.

    After a mass recolor everybody's device comes within a minute: told the same second, they would come together again.
    """

    def __init__(self, per_second: float, monotonic: Callable[[], float]) -> None:
        """`monotonic`: seconds."""
        self._each = 1 / per_second
        self._monotonic = monotonic
        self._paid_until = self._told_until = float("-inf")

    def take(self) -> Turn:
        """The next turn; or when to come back: of no second more than may go on in it."""
        now = self._monotonic()
        paid = max(self._paid_until, now)
        if paid - now <= HELD_SECONDS:
            self._paid_until = paid + self._each
            return Turn(hold=paid - now)
        self._told_until = max(self._told_until, now + SOONEST_SECONDS) + self._each
        if self._told_until - now > LONGEST_SECONDS:
            self._told_until = now + SOONEST_SECONDS
        return Turn(come_back=max(1, math.ceil(self._told_until - now)))
