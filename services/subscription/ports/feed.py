"""People's codes as last heard of, what they let clients see, and the words that clients get."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import NamedTuple, Protocol

from healthcode.events import CodeShared, ConsentChanged
from services.subscription.domain import Client, Consent, Known

Name = Callable[[str, str], str]
"""From a client and a subject to that client's own name of it."""


class Locked(NamedTuple):
    """People's codes under their locks, and the incarnation that new versions get."""

    incarnation: int
    known: dict[str, Known]


class Feed(Protocol):
    """What concerns people, within one transaction. Who touches a person's consents holds the lock of the person."""

    async def lock(self, subjects: Sequence[str]) -> Locked:
        """Lock these people, in the same order everywhere; all are in the answer, known before or not."""
        ...

    async def consents(self, subjects: Sequence[str]) -> list[Consent]:
        """All consents of locked people, standing or not."""
        ...

    async def clients(self, ids: Sequence[str]) -> dict[str, Client]:
        """These clients, kept from changing until the end of the transaction."""
        ...

    async def save(
        self,
        known: Sequence[Known],
        consents: Sequence[Consent],
        events: Sequence[ConsentChanged | CodeShared],
        now: datetime,
        /,
    ) -> None:
        """Keep codes and consents, and publish the events, in their order."""
        ...

    async def over(self, now: datetime, limit: int) -> list[str]:
        """Up to `limit` people with a consent whose time has come or whose client is revoked; nothing is locked."""
        ...

    async def behind(self, now: datetime, limit: int) -> tuple[str | None, list[str]]:
        """A client that was told nothing for a while, if there is one; and up to `limit` of its people with news."""
        ...

    async def caught_up(self, client: str) -> None:
        """The client has been told everything."""
        ...

    async def page(self, subject: str) -> list[tuple[Consent, Client]]:
        """A person's standing consents and whom they are for, without locks."""
        ...


class Feeds(Protocol):
    """Opens transactions for those who come without one."""

    def begin(self) -> AbstractAsyncContextManager[Feed]:
        """A transaction that commits when left without an error."""
        ...
