"""What a client of the region may do with codes."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import NamedTuple

import msgspec

from healthcode.values import ClientState, Scope


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A client as subscription says it stands; what is newer has the greater (`incarnation`, `version`)."""

    client: str
    account: str
    incarnation: int
    version: int
    state: ClientState
    scopes: frozenset[Scope]
    per_day: int
    per_second: int
    expires_at: datetime | None

    def is_good(self, now: datetime) -> bool:
        """Whether the client may do anything; what has run out does not count, whoever has noticed yet."""
        return self.state is ClientState.ACTIVE and self.expires_at is not None and now < self.expires_at


class Day(NamedTuple):
    """A day of the region, and the seconds that are left of it."""

    date: date
    left: int


def day_at(now: datetime, zone: tzinfo) -> Day:
    """The day of the region at a time."""
    here = now.astimezone(zone)
    midnight = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    # in UTC: within one zone a difference is the wall clock's, which a change of summer time makes an hour wrong
    return Day(here.date(), max(1, round((midnight.astimezone(UTC) - now.astimezone(UTC)).total_seconds())))
