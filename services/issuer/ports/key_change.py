"""What deciding about keys needs of the outside."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol

from healthcode.two_officers import OfAuthority

KeyUse = Literal["credential", "lists"]
"""What the catalogue calls a key."""


class KeyAct(StrEnum):
    """What may be done with a key."""

    ROTATE = "rotate"
    REVOKE = "revoke"


class KeyChange(OfAuthority, frozen=True, kw_only=True):
    """A new key that signs from a time on, or a key of which all that it signed is void; by an authority's officers."""

    act: KeyAct
    usage: KeyUse
    key: str | None = None
    """Which is to be revoked, in hexadecimal."""
    begins_at: datetime | None = None


class KeyChangeBook(Protocol):
    """Changes within one transaction."""

    async def add(self, change: KeyChange) -> None:
        """Keep one that was proposed."""
        ...

    async def lock(self, ident: str) -> KeyChange | None:
        """One of them, kept from others."""
        ...

    async def settle(self, change: KeyChange) -> None:
        """Keep what was decided."""
        ...


class KeyChanges(Protocol):
    """What was proposed."""

    def begin(self) -> AbstractAsyncContextManager[KeyChangeBook]:
        """A transaction that commits when left without an error."""
        ...

    async def latest(self, limit: int) -> list[KeyChange]:
        """Newest first."""
        ...
