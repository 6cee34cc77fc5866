"""The findings of the past, each with what it was concluded from."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec


class Recorded(msgspec.Struct, frozen=True):
    """A finding on record. `facts` is the dossier, `reference` the number of the reference data, as both were then."""

    subject: str
    sequence: int
    reviewed_at: datetime
    reference: int
    facts: bytes
    finding: bytes


class Level(msgspec.Struct, frozen=True):
    """One revision of an area's level, and from which number of the reference data on it counts."""

    entry: str
    revision: int
    area: str
    level: str
    valid_from: datetime
    valid_until: datetime | None
    withdrawn: bool
    reference: int


Place = tuple[str, int]
"""Subject and sequence of a finding on record; in this order they are gone through."""

START: Place = ("", 0)


class HistoryStore(Protocol):
    """Reads the history, and changes nothing."""

    async def at(self, subject: str, time: datetime) -> Recorded | None:
        """What was concluded last of a person by a time, if it is on record."""
        ...

    async def latest(self, subject: str, before: int | None, limit: int) -> list[Recorded]:
        """What is on record of a person, the latest first, from before a sequence."""
        ...

    async def page(self, subject: str | None, after: Place, limit: int) -> list[Recorded]:
        """What is on record of a person (of all, without one), in order, behind a place."""
        ...

    async def count(self, subject: str | None) -> int:
        """How many findings are on record of a person, or of all."""
        ...

    async def levels(self) -> Sequence[Level]:
        """Every revision of every level."""
        ...
