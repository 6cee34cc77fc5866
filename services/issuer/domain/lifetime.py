"""How long a code counts when nothing more is heard of a person."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Lifetime:
    """`days` without any finding let a code expire, on a midnight of `zone`."""

    days: int
    zone: ZoneInfo

    def ends(self, reviewed_at: datetime, until: datetime | None) -> datetime:
        """When a code expires that was reviewed then: never before `until`, which is when its rules end."""
        last = max(reviewed_at + timedelta(days=self.days), until or reviewed_at).astimezone(self.zone)
        return datetime.combine(last.date() + timedelta(days=1), time(), self.zone).astimezone(UTC)
