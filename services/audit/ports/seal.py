"""What it takes to seal a day, and to prove that a finding is in it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

import msgspec

from services.audit.ports.history import Place, Recorded


class Day(msgspec.Struct, frozen=True):
    """A day's tree. `after`: how far it has come while `root` is None; `signed`: the region's seal."""

    day: date
    size: int
    after: Place
    root: bytes | None = None
    signed: bytes | None = None
    countersigned: bytes | None = None


class Part(msgspec.Struct, frozen=True):
    """Leaves of a tree, in order; the last part of a day may have fewer than the others."""

    number: int
    first: Place
    root: bytes
    leaves: tuple[bytes, ...]


class SealStore(Protocol):
    """The trees, within one transaction where it writes."""

    async def latest(self) -> Day | None:
        """The last day that was begun, locked until the transaction ends."""
        ...

    async def begin(self, day: date) -> None:
        """Begin a day; nothing happens where somebody has."""
        ...

    async def findings(self, since: datetime, until: datetime, after: Place, limit: int) -> list[Recorded]:
        """Findings of that time behind a place, in order."""
        ...

    async def grow(self, day: Day, part: Part) -> None:
        """Add a part; `day` is what the day has then come to."""
        ...

    async def roots(self, day: date) -> list[bytes]:
        """The roots of a day's parts, in order."""
        ...

    async def close(self, day: Day, sealed_at: datetime) -> None:
        """The root is known and signed: publish it."""
        ...

    async def countersigned(self, day: date, signed: bytes) -> None:
        """Keep what the nation has signed; the first counts."""
        ...


class Seals(Protocol):
    """Reads sealed days."""

    async def page(self, before: date | None, limit: int) -> Sequence[Day]:
        """Sealed days, the latest first."""
        ...

    async def sealed(self, day: date) -> Day | None:
        """A day, once it is sealed."""
        ...

    async def last_of(self, subject: str, since: datetime, until: datetime) -> Recorded | None:
        """A person's last finding of that time."""
        ...

    async def part_with(self, day: date, place: Place) -> Part | None:
        """The part in which a place lies, if it is in the tree."""
        ...

    async def roots(self, day: date) -> list[bytes]:
        """The roots of a day's parts, in order."""
        ...
