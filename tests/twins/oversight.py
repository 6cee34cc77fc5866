"""Oversight's books in memory, for tests of its handlers and routes."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from healthcode.events import AlarmChanged
from healthcode.values import AlarmState, Color
from services.oversight.domain.alarm import Alarm, Step
from services.oversight.domain.count import Kind, Line
from services.oversight.domain.rhythm import Rhythm
from services.oversight.domain.tally import Cell, Tally
from services.oversight.ports import AlarmCursor, CountRow, Place, Position, Query, Residents


@dataclass
class BooksTwin:
    """Implements Books and Views; a failure undoes nothing."""

    positions: dict[Place, Position] = field(default_factory=dict)
    cells: Counter[Cell] = field(default_factory=Counter)
    colors: Counter[tuple[str, Color]] = field(default_factory=Counter)
    hours: dict[str, Rhythm] = field(default_factory=dict)
    standing: dict[str, tuple[int, Alarm]] = field(default_factory=dict)
    published: list[AlarmChanged] = field(default_factory=list)
    changes: int = 0

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["BooksTwin"]:
        yield self

    async def lock(self, places: Collection[Place]) -> dict[Place, Position]:
        return {place: self.positions.get(place, Position()) for place in places}

    async def move(self, positions: Mapping[Place, Position]) -> None:
        self.positions.update(positions)

    async def add(self, tally: Tally) -> None:
        self.cells.update(tally.cells)
        self.colors.update(tally.people)

    async def sums(
        self, ends: Sequence[datetime], size: timedelta, kinds: Collection[Kind]
    ) -> dict[datetime, dict[Line, int]]:
        found: dict[datetime, dict[Line, int]] = {}
        for end in ends:
            for cell, n in self.cells.items():
                if end - size <= cell.bucket < end and cell.line.kind in kinds:
                    lines = found.setdefault(end, {})
                    lines[cell.line] = lines.get(cell.line, 0) + n
        return found

    async def people(self) -> int:
        return sum(n for (_, color), n in self.colors.items() if color is not Color.CANCELLED)

    async def rhythms(self, sources: Collection[str] | None = None) -> dict[str, Rhythm]:
        return {source: self.hours.get(source, Rhythm()) for source in (self.hours if sources is None else sources)}

    async def keep_rhythms(self, rhythms: Mapping[str, Rhythm]) -> None:
        self.hours.update(rhythms)

    async def open_alarms(self) -> list[Alarm]:
        alarms = [alarm for _, alarm in self.standing.values() if alarm.event.state is AlarmState.OPEN]
        return sorted(alarms, key=lambda alarm: (alarm.event.opened_at, alarm.event.alarm))

    async def keep(self, steps: Sequence[Step]) -> None:
        for step in steps:
            self.changes += 1
            self.standing[step.alarm.event.alarm] = self.changes, step.alarm
            if step.tell:
                self.published.append(step.alarm.event)

    async def forget(self, before: datetime) -> None:
        self.cells = Counter({cell: n for cell, n in self.cells.items() if cell.bucket >= before})
        self.standing = {
            name: (number, alarm)
            for name, (number, alarm) in self.standing.items()
            if alarm.event.state is AlarmState.OPEN or alarm.event.changed_at >= before
        }

    async def counts(self, query: Query) -> list[CountRow]:
        rows: Counter[tuple[datetime, str, str, str]] = Counter()
        for cell, n in self.cells.items():
            line = cell.line
            if (line.kind, line.dimension) == (query.kind, query.dimension) and _fits(cell, query):
                since = cell.bucket - (cell.bucket - query.origin) % query.size
                rows[since, cell.area if query.by_area else "", cell.color if query.by_color else "", line.value] += n
        wanted = sorted(row for row in rows.items() if query.after is None or row[0] > tuple(query.after))
        return [CountRow(*place, n) for place, n in wanted[: query.limit]]

    async def alarms(self, *, open_only: bool, after: AlarmCursor | None, limit: int) -> list[Alarm]:
        found = [alarm for _, alarm in self.standing.values() if not open_only or alarm.event.state is AlarmState.OPEN]
        found.sort(key=lambda alarm: (alarm.event.opened_at, alarm.event.alarm), reverse=True)
        return [a for a in found if after is None or (a.event.opened_at, a.event.alarm) < tuple(after)][:limit]

    async def news(self, after: int, limit: int, *, open_only: bool) -> list[tuple[int, Alarm]]:
        found = sorted((number, name) for name, (number, _) in self.standing.items() if number > after)
        alarms = [(number, self.standing[name][1]) for number, name in found]
        return [(n, a) for n, a in alarms if not open_only or a.event.state is AlarmState.OPEN][:limit]

    async def residents(self) -> list[Residents]:
        return [Residents(area, color, n) for (area, color), n in sorted(self.colors.items()) if n > 0]

    async def latest(self) -> datetime | None:
        return max((p.latest for p in self.positions.values() if p.latest is not None), default=None)


@dataclass
class TwinWorld:
    """The twin as a world of the behaviour's tests."""

    views: BooksTwin = field(default_factory=BooksTwin)

    def begin(self) -> AbstractAsyncContextManager[BooksTwin]:
        return self.views.begin()

    async def published(self) -> Sequence[AlarmChanged]:
        return self.views.published


def _fits(cell: Cell, query: Query) -> bool:
    within = query.since <= cell.bucket < query.until
    return within and query.area in (None, cell.area) and query.color in (None, cell.color)
