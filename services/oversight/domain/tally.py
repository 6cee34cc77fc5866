"""A batch of events added up."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from healthcode.values import Color
from services.oversight.domain.count import Dimension, Kind, Line, Seen
from services.oversight.domain.rhythm import hour_of
from services.oversight.domain.window import bucket_of


class Cell(NamedTuple):
    """Where something is counted."""

    bucket: datetime
    area: str
    color: str
    line: Line


@dataclass
class Tally:
    """What a batch adds: counts, how many more or fewer of an area have a color, and when sources were heard of."""

    cells: Counter[Cell] = field(default_factory=Counter)
    people: Counter[tuple[str, Color]] = field(default_factory=Counter)
    heard: dict[str, set[datetime]] = field(default_factory=dict)

    def add(self, seen: Seen, latest: datetime, lateness: timedelta) -> None:
        """Add one event; `latest` is the latest time seen in its partition before it, or its own."""
        late = latest - seen.at > lateness
        bucket = bucket_of(latest if late else seen.at)
        lines = (Line(Kind.LATE, Dimension.ALL, ""),) if late else seen.lines
        for line in lines:
            self.cells[Cell(bucket, seen.area, seen.color, line)] += 1
        for color, change in seen.people:
            self.people[seen.area, color] += change
        if seen.source is not None:
            self.heard.setdefault(seen.source, set()).add(hour_of(seen.at))

    @property
    def buckets(self) -> list[datetime]:
        """The buckets that it touches, in order."""
        return sorted({cell.bucket for cell in self.cells})

    @property
    def late(self) -> int:
        """How many came after their window was final."""
        return sum(count for cell, count in self.cells.items() if cell.line.kind is Kind.LATE)
