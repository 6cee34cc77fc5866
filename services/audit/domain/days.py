"""Time as the domain counts it: instants are whole seconds since 1970 in UTC, days are numbered days of a time zone."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final

NEVER: Final = 1 << 60
"""Later than any instant."""

DAY: Final = 86_400
_EPOCH: Final = date(1970, 1, 1).toordinal()
# Zones change their offset at full quarters of an hour, so one offset is true for a quarter.
_QUARTER: Final = 900
_CACHED: Final = 65_536


def instant(moment: datetime) -> int:
    """The second that an aware moment lies in."""
    return int(moment.timestamp() // 1)


def moment(at: int) -> datetime:
    """The aware moment (UTC) of an instant."""
    return datetime.fromtimestamp(at, UTC)


def moment_or_none(at: int) -> datetime | None:
    """As `moment`; None for NEVER."""
    return None if at >= NEVER else datetime.fromtimestamp(at, UTC)


def day_number(day: date) -> int:
    """The number of a calendar day."""
    return day.toordinal() - _EPOCH


def calendar_day(number: int) -> date:
    """The calendar day of a number."""
    return date.fromordinal(number + _EPOCH)


class Days:
    """The days of one time zone."""

    def __init__(self, timezone: tzinfo) -> None:
        @lru_cache(maxsize=_CACHED)
        def offset(quarter: int) -> int:
            local = datetime.fromtimestamp(quarter * _QUARTER, timezone)
            return int((local.utcoffset() or timedelta()).total_seconds())

        @lru_cache(maxsize=_CACHED)
        def start(number: int) -> int:
            day = calendar_day(number)
            return instant(datetime(day.year, day.month, day.day, tzinfo=timezone))

        self._offset = offset
        self.start = start
        """The first instant of a day, by its number."""

    def of(self, at: int) -> int:
        """The number of the day that an instant lies in."""
        return (at + self._offset(at // _QUARTER)) // DAY

    def later(self, at: int, days: int) -> int:
        """The same time of day some days later; NEVER stays NEVER."""
        if at >= NEVER:
            return NEVER
        then = at + days * DAY
        return then + self._offset(at // _QUARTER) - self._offset(then // _QUARTER)


@lru_cache(maxsize=64)
def days_of(timezone: tzinfo) -> Days:
    """The days of a zone, made once."""
    return Days(timezone)
