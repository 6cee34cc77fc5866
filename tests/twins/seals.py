"""Twins of what seals are kept in: the region's trees, and the nation's book."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from healthcode.envelope import Encoded
from services.audit.ports.history import Place, Recorded
from services.audit.ports.seal import Day, Part
from services.recognition.ports import Countersigned


def changed(day: Day, **changes: Any) -> Day:
    """The day with other fields."""
    fields = {name: getattr(day, name) for name in Day.__struct_fields__}
    return Day(**fields | changes)


@dataclass
class SealTwin:
    """Implements SealStore and Seals; `history` is what the worker has concluded."""

    history: list[Recorded] = field(default_factory=list)
    days: dict[date, Day] = field(default_factory=dict)
    parts: dict[date, list[Part]] = field(default_factory=dict)
    published: list[date] = field(default_factory=list)

    async def latest(self) -> Day | None:
        return self.days[max(self.days)] if self.days else None

    async def begin(self, day: date) -> None:
        self.days.setdefault(day, Day(day, 0, ("", 0)))

    async def findings(self, since: datetime, until: datetime, after: Place, limit: int) -> list[Recorded]:
        mine = [each for each in self.history if since <= each.reviewed_at < until]
        ordered = sorted(mine, key=lambda each: (each.subject, each.sequence))
        return [each for each in ordered if (each.subject, each.sequence) > after][:limit]

    async def grow(self, day: Day, part: Part) -> None:
        self.days[day.day] = day
        self.parts.setdefault(day.day, []).append(part)

    async def roots(self, day: date) -> list[bytes]:
        return [part.root for part in self.parts.get(day, [])]

    async def close(self, day: Day, sealed_at: datetime) -> None:
        del sealed_at
        self.days[day.day] = day
        self.published.append(day.day)

    async def countersigned(self, day: date, signed: bytes) -> None:
        if self.days[day].countersigned is None:
            self.days[day] = changed(self.days[day], countersigned=signed)

    async def page(self, before: date | None, limit: int) -> Sequence[Day]:
        mine = [each for each in self.days.values() if each.root is not None and (before is None or each.day < before)]
        return sorted(mine, key=lambda each: each.day, reverse=True)[:limit]

    async def sealed(self, day: date) -> Day | None:
        found = self.days.get(day)
        return found if found and found.root is not None else None

    async def last_of(self, subject: str, since: datetime, until: datetime) -> Recorded | None:
        mine = [each for each in self.history if each.subject == subject and since <= each.reviewed_at < until]
        return max(mine, key=lambda each: each.sequence, default=None)

    async def part_with(self, day: date, place: Place) -> Part | None:
        mine = [part for part in self.parts.get(day, []) if part.first <= place]
        return mine[-1] if mine else None


@dataclass
class SealBookTwin:
    """Implements SealBook."""

    book: dict[tuple[str, str], Countersigned] = field(default_factory=dict)
    national: list[Encoded] = field(default_factory=list)
    regional: list[Encoded] = field(default_factory=list)

    async def keep(self, region: str, day: str, signed: bytes, countersigned: bytes) -> Countersigned:
        return self.book.setdefault((region, day), Countersigned(signed, countersigned))

    async def to_nation(self, messages: Sequence[Encoded]) -> None:
        self.national += messages

    async def to_region(self, messages: Sequence[Encoded]) -> None:
        self.regional += messages
