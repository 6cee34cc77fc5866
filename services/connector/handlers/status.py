"""How a connector is, for officers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import msgspec

from services.connector.domain import Definition
from services.connector.ports import Book


class OpenBook(Book, Protocol):
    """A book that officers look into."""

    async def faults(self, connector: str, after: str, limit: int) -> Sequence[Mapping[str, Any]]:
        """A page of the rows that cannot be read, by key."""
        ...

    async def release(self, connector: str, reason: str, by: str, now: datetime) -> bool:
        """Let a held connector go on, and write down who did; False when it was not held."""
        ...


class Office(NamedTuple):
    """One connector, for officers."""

    definition: Definition
    book: OpenBook


async def status_of(office: Office) -> dict[str, Any]:
    """The state, with what it holds."""
    state = await office.book.state(office.definition.connector)
    counts = await office.book.counts(state)
    return {**msgspec.structs.asdict(state), **msgspec.structs.asdict(counts), "source": office.definition.source}


async def fault_page(office: Office, after: str, limit: int) -> Sequence[Mapping[str, Any]]:
    """Rows that cannot be read, behind a key."""
    return await office.book.faults(office.definition.connector, after, limit)


async def let_go(office: Office, reason: str, by: str, now: datetime) -> bool:
    """Let a held connector go on; False when it was not held."""
    return await office.book.release(office.definition.connector, reason, by, now)
