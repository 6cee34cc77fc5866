"""What one officer proposes and another one decides about."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol

from healthcode.two_officers import OfAuthority


class Proposal(OfAuthority, frozen=True, kw_only=True):
    """An act that takes two officers. `body` is the act, as its kind writes it; `outcome` the id of what came of it."""

    kind: str
    body: bytes
    outcome: str | None = None


Apply = Callable[[Proposal, datetime], Awaitable[str]]
"""Does what was proposed, in the transaction of the approval; gives the id of what came of it."""

Applies = Mapping[str, Apply]
"""By kind of act."""


class ProposalStore(Protocol):
    """Proposals within one transaction."""

    async def add(self, proposal: Proposal) -> None:
        """Add a new one."""
        ...

    async def lock(self, proposal: str) -> Proposal | None:
        """One proposal, kept from others until the end of the transaction."""
        ...

    async def settle(self, proposal: Proposal) -> None:
        """Write how it was decided."""
        ...

    async def page(self, authority: str, before: str | None, limit: int) -> list[Proposal]:
        """An authority's proposals, newest first, behind `before`."""
        ...
