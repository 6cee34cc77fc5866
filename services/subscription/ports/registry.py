"""Clients, what is proposed for them, and the record of all that was done."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

import msgspec

from healthcode.values import ClientState
from services.subscription.domain import Client, Proposal

Topics = Callable[[str], Awaitable[None]]
"""Makes what a client has of its own on the broker; again does no harm."""


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a client's record: who did what, why, and how the client stood afterwards."""

    client: str
    at: datetime
    what: str
    by: str
    authority: str | None = None
    why: str | None = None
    state: ClientState
    version: int


class Registry(Protocol):
    """Clients within one transaction."""

    async def add(self, client: Client, act: Act) -> bool:
        """Keep a new one; False when its account has one that is not revoked."""
        ...

    async def lock(self, client: str) -> Client | None:
        """One client, kept from others until the end of the transaction."""
        ...

    async def lock_over(self, now: datetime, limit: int) -> list[Client]:
        """Up to `limit` clients whose terms have run out and whom nobody else holds."""
        ...

    async def save(self, client: Client, act: Act) -> None:
        """Keep a locked client as it now stands, write the act down, and publish what the client may do."""
        ...

    async def propose(self, proposal: Proposal) -> None:
        """Keep a new proposal."""
        ...

    async def proposal(self, client: str, proposal: str) -> Proposal | None:
        """A client's proposal."""
        ...

    async def settle(self, proposal: Proposal) -> None:
        """Write how a proposal was decided."""
        ...

    async def proposals(self, client: str, limit: int) -> list[Proposal]:
        """The newest proposals for a client."""
        ...

    async def acts(self, client: str, limit: int) -> list[Act]:
        """The newest lines of a client's record."""
        ...

    async def page(self, after: str, limit: int) -> list[Client]:
        """Clients in the order of their ids, from behind `after` on."""
        ...

    async def of_account(self, account: str) -> Client | None:
        """The account's client that is not revoked, without a lock."""
        ...

    async def unopened(self, limit: int) -> list[str]:
        """Clients that wait for their topic."""
        ...


class Registries(Protocol):
    """Opens transactions for those who come without one."""

    def begin(self) -> AbstractAsyncContextManager[Registry]:
        """A transaction that commits when left without an error."""
        ...
