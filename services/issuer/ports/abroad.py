"""Status lists of other regions."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol


class Wanted(NamedTuple):
    """A list that somebody asks about."""

    region: str
    list_id: str


class ListsAbroad(Protocol):
    """What other regions say of their credentials, as they signed it."""

    async def find(self, wanted: Wanted, now: datetime) -> bytes | None:
        """The signed list, if it is here; whether or not, it is asked about and will be fetched."""
        ...

    async def ask(self, wanted: Sequence[Wanted], now: datetime) -> None:
        """Say of lists that they will be asked about."""
        ...

    async def due(self, tried: datetime, asked: datetime, limit: int) -> list[Wanted]:
        """Up to `limit` lists that were asked about since `asked`, and not tried since `tried`."""
        ...

    async def tried(self, wanted: Wanted, now: datetime, data: bytes | None = None, version: int = 0) -> None:
        """A list was tried to be fetched; what came is kept unless what is here is newer."""
        ...

    async def forget(self, asked: datetime) -> int:
        """Forget the lists that nobody has asked about since then; gives how many."""
        ...
