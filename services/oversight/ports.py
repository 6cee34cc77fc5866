"""What the handlers need of the outside."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

import msgspec

from services.oversight.domain.alarm import Alarm, Step
from services.oversight.domain.count import Dimension, Kind, Line, Seen
from services.oversight.domain.rhythm import Rhythm
from services.oversight.domain.tally import Tally


class Place(NamedTuple):
    """A partition of a topic."""

    topic: str
    partition: int


class Position(NamedTuple):
    """Up to where a partition is counted: the next offset, and the latest event time in it."""

    next_offset: int = 0
    latest: datetime | None = None


class Arrival(NamedTuple):
    """A record that came, and what is counted of it, if anything."""

    place: Place
    offset: int
    seen: Seen | None


class Books(Protocol):
    """What is counted, and the alarms, within one transaction."""

    async def lock(self, places: Collection[Place]) -> dict[Place, Position]:
        """Lock these partitions' positions, in order; those never counted stand at the beginning."""
        ...

    async def move(self, positions: Mapping[Place, Position]) -> None:
        """Keep positions that are locked."""
        ...

    async def add(self, tally: Tally) -> None:
        """Add up what a batch brings."""
        ...

    async def sums(
        self, ends: Sequence[datetime], size: timedelta, kinds: Collection[Kind]
    ) -> dict[datetime, dict[Line, int]]:
        """What the windows of a size hold, by their ends; a window without anything is absent."""
        ...

    async def people(self) -> int:
        """How many people have a code that is not cancelled."""
        ...

    async def rhythms(self, sources: Collection[str] | None = None) -> dict[str, Rhythm]:
        """When these sources, or all, were heard of."""
        ...

    async def keep_rhythms(self, rhythms: Mapping[str, Rhythm]) -> None:
        """Keep what was changed."""
        ...

    async def open_alarms(self) -> list[Alarm]:
        """Those that are open, locked against everybody else who opens or clears."""
        ...

    async def keep(self, steps: Sequence[Step]) -> None:
        """Keep alarms, and publish those steps that are to be told."""
        ...

    async def forget(self, before: datetime) -> None:
        """Drop counts and cleared alarms from before a moment."""
        ...


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Which counts are asked for: of a kind, in a span, by windows of a size, and by what.

    Windows begin at `origin` plus whole sizes. `after` is the last row of the page before.
    """

    kind: Kind
    since: datetime
    until: datetime
    size: timedelta
    origin: datetime
    by_area: bool = False
    by_color: bool = False
    dimension: Dimension = Dimension.ALL
    area: str | None = None
    color: str | None = None
    after: tuple[datetime, str, str, str] | None = None
    limit: int = 100


class CountRow(NamedTuple):
    """A count; `area` and `color` are empty where they were not asked for."""

    since: datetime
    area: str
    color: str
    value: str
    n: int


class Residents(NamedTuple):
    """How many people of a prefecture have a color now; `area` is empty where nobody says."""

    area: str
    color: str
    people: int


class AlarmCursor(NamedTuple):
    """Where a page of alarms ends."""

    opened_at: datetime
    alarm: str


class Views(Protocol):
    """Looking, outside any transaction."""

    async def counts(self, query: Query) -> list[CountRow]:
        """Counts in the order of window, area, color, value."""
        ...

    async def alarms(self, *, open_only: bool, after: AlarmCursor | None, limit: int) -> list[Alarm]:
        """Alarms, latest first."""
        ...

    async def news(self, after: int, limit: int, *, open_only: bool) -> list[tuple[int, Alarm]]:
        """Alarms, or those that are open, that changed after a number, each with its own number, as they stand."""
        ...

    async def residents(self) -> list[Residents]:
        """How many people have which color, by prefecture of residence."""
        ...

    async def latest(self) -> datetime | None:
        """The latest event time that was counted; None before the first."""
        ...
