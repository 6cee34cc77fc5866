"""What the handlers need: the foreign source, and the connector's own book."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from healthcode.events import ListingSubmitted
from services.connector.domain import Draft, Known, Row


class Away(Exception):  # noqa: N818 - a state that passes
    """The source does not answer, or not in time; the text quotes nothing of its data."""


class Unusable(Exception):  # noqa: N818 - a state that somebody has to end
    """The source answers, and what the definition asks for cannot be had from it: a column, a table, a right."""


class Superseded(Exception):  # noqa: N818 - names the state
    """Another process pulls for this connector now: nothing of this page is written."""


class Source(Protocol):
    """A foreign list. Another kind of source is another class with these three, and a line in bootstrap.py."""

    async def changed(self, mark: str | None, overlap: float, after: Row | None, limit: int) -> list[Row]:
        """Rows in the order of (watermark, key): behind `after`, or from `overlap` below `mark`, or from the first.

        Raises Away, Unusable.
        """
        ...

    async def all(self, after: str | None, limit: int) -> list[Row]:
        """Rows in the order of their keys, behind a key. Raises Away, Unusable."""
        ...

    async def close(self) -> None:
        """Let go of it."""
        ...


class State(msgspec.Struct, frozen=True, kw_only=True):
    """How far a connector is.

    `epoch` is its owner's. `mark`: the highest watermark taken. `sweep` numbers the looks at all rows; while one is
    under way `sweep_after` is the last key seen by it. `held` says why it waits for an officer, `allowed` how many
    faults an officer has seen, `gone_allowed` which sweep may withdraw however many.
    """

    connector: str
    epoch: int = 0
    mark: str | None = None
    sweep: int = 0
    sweeping: bool = False
    sweep_after: str | None = None
    swept_at: datetime | None = None
    pulled_at: datetime | None = None
    held: str | None = None
    allowed: int = 0
    gone_allowed: int = 0


class Counts(msgspec.Struct, frozen=True):
    """Entries that stand, entries that the sweep under way has not met, rows that cannot be read."""

    standing: int
    unmet: int
    faults: int


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """All that one page changes, written in one transaction."""

    met: Sequence[str] = ()
    known: Sequence[Known] = ()
    events: Sequence[ListingSubmitted] = ()
    faults: Mapping[str, tuple[str, str]] = {}
    mended: Sequence[str] = ()


class Book(Protocol):
    """The connector's own memory."""

    async def claim(self, connector: str) -> State:
        """Own the connector from now on."""
        ...

    async def state(self, connector: str) -> State:
        """How far it is; an officer releases what is held."""
        ...

    async def known(self, connector: str, keys: Sequence[str]) -> dict[str, Known]:
        """What was submitted for these keys."""
        ...

    async def unmet(self, state: State, limit: int) -> list[Known]:
        """Entries that stand and that the sweep has not met."""
        ...

    async def counts(self, state: State) -> Counts:
        """How many there are."""
        ...

    async def write(self, state: State, page: Page, now: datetime) -> State:
        """Write a page and the state behind it, and give that state. Raises Superseded."""
        ...


class Hand(Protocol):
    """What the handlers do with a person's number: hide it, and compare it."""

    def seal(self, draft: Draft) -> str:
        """The person, readable for the region's intake alone."""
        ...

    def digests(self, draft: Draft) -> tuple[bytes, bytes]:
        """Of the person, and of all that the row says; useless without the region's key."""
        ...
