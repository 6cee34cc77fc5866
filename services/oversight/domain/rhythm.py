"""How often a source is usually heard of, and since when it is silent."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from services.oversight.domain.thresholds import SilentSource

KEPT: Final = 20


class Rhythm(NamedTuple):
    """The last hours in which a source was heard of, oldest first.

    Hours, not moments: a source that sends a thousand entries at once every morning is one that is heard of daily.
    """

    hours: tuple[datetime, ...] = ()

    def heard(self, hours: Iterable[datetime]) -> "Rhythm":
        """With more hours, in whatever order they come."""
        return Rhythm(tuple(sorted({*self.hours, *hours})[-KEPT:]))

    def usual(self, rule: SilentSource) -> timedelta | None:
        """The middle one of the last intervals; None while there are too few to go by."""
        gaps = [later - earlier for earlier, later in pairwise(self.hours)]
        return sorted(gaps)[len(gaps) // 2] if len(gaps) >= rule.intervals else None

    def silent_since(self, now: datetime, rule: SilentSource) -> datetime | None:
        """The hour in which the source was last heard of, when that is too long ago."""
        usual = self.usual(rule)
        if usual is None or now - self.hours[-1] <= max(usual * rule.times, rule.least):
            return None
        return self.hours[-1]


def hour_of(at: datetime) -> datetime:
    """The beginning of the hour, in UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
