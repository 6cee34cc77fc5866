"""What it takes to drop what is past a region's retention: sweeps that pass everything in chunks, over and over."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

import msgspec

from healthcode.events import ReviewDue
from services.audit.ports.review import AreaReader

Kind: TypeAlias = Literal["dossiers", "findings", "listings", "tests", "decisions"]


class Sweep(msgspec.Struct, frozen=True):
    """How far the sweep of a kind is: behind a name and a number; `passed_at`: when it was last through."""

    kind: Kind
    at_name: str = ""
    at_number: int = 0
    dropped: int = 0
    passed_at: datetime | None = None


class Row(msgspec.Struct, frozen=True):
    """A row that a sweep passes: a dossier or finding by subject and sequence, a revision by entry and number.

    `past`: its days are over.
    """

    name: str
    number: int
    subject: str
    past: bool


class RetentionStore(AreaReader, Protocol):
    """One transaction of the sweep."""

    async def sweep(self, kind: Kind) -> Sweep | None:
        """How far it is, locked; None while another process holds it."""
        ...

    async def passing(self, sweep: Sweep, before: datetime, limit: int) -> list[Row]:
        """The next rows in order; past are those whose time was over before an instant."""
        ...

    async def reference(self) -> int:
        """The number of the reference data."""
        ...

    async def dossiers(self, subjects: Sequence[str]) -> list[bytes]:
        """The dossiers of some people."""
        ...

    async def drop(self, kind: Kind, rows: Sequence[Row]) -> int:
        """Drop rows, but for those that somebody contests just now; gives how many went."""
        ...

    async def ask(self, reviews: Sequence[ReviewDue]) -> None:
        """Publish when the transaction commits."""
        ...

    async def save(self, sweep: Sweep) -> None:
        """Store a sweep's progress."""
        ...
