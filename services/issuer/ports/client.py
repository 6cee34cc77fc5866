"""What is known of clients, and counted of them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from healthcode.events import ClientChanged, ConsentChanged
from services.issuer.domain.client import Grant


class ClientBook(Protocol):
    """What subscription says of clients, within one transaction."""

    async def keep(self, clients: Sequence[ClientChanged], consents: Sequence[ConsentChanged]) -> None:
        """Keep each, once in a call, unless what is known of it is newer."""
        ...


class Grants(Protocol):
    """What clients may do, and have done today."""

    async def of_account(self, account: str) -> Grant | None:
        """The account's client; of several the one that may do something, else the newest."""
        ...

    async def consented(self, client: str, subject: str) -> datetime | None:
        """Until when a person lets a client see their code; None where they do not."""
        ...

    async def take(self, client: str, day: date, wanted: int, most: int) -> int:
        """Take up to `wanted` answers of a client's day, of which there are `most`; gives how many there were left."""
        ...

    async def forget(self, before: date) -> int:
        """Forget the days before that; gives how many."""
        ...
