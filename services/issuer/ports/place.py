"""Places, passes, and proofs that were shown before."""

from datetime import datetime
from typing import Protocol

from services.issuer.domain.place import Kept, Pass, Place, Search


class PlaceBook(Protocol):
    """Places that have a code."""

    async def add(self, place: Place) -> None:
        """Keep a new one."""
        ...

    async def find(self, place: str) -> Place | None:
        """One place, closed or not."""
        ...

    async def close(self, place: str, owner: str, now: datetime) -> Place | None:
        """Close an owner's place; again changes nothing. None where the owner has none of that id."""
        ...


class Passes(Protocol):
    """Who was let in where."""

    async def record(self, what: Pass) -> None:
        """Write down that somebody was let in."""
        ...

    async def of_person(self, subject: str, before: int | None, limit: int) -> list[Kept]:
        """A person's passes, latest first, from below the number `before` on."""
        ...

    async def at_place(self, place: str, since: datetime, limit: int) -> list[Kept]:
        """The latest passes of a place."""
        ...

    async def search(self, search: Search, limit: int) -> list[Kept]:
        """What an officer looks for, latest first; the search is written down first, in the same transaction."""
        ...

    async def searches(self, subject: str, limit: int) -> list[Search]:
        """Who searched for a person, or at a place while they passed it; latest first."""
        ...

    async def is_repeated(self, digest: bytes, now: datetime) -> bool:
        """Whether a proof was shown before; from now on it was."""
        ...

    async def forget(self, passes: datetime, proofs: datetime, limit: int) -> int:
        """Forget up to `limit` passes and searches, and proofs, of before these times; gives how many passes."""
        ...
