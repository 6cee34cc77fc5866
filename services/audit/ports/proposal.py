"""What one officer proposes and another one decides about."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Protocol

import msgspec


class Officer(msgspec.Struct, frozen=True):
    """Who acts: an account, the verified person behind it, and the authority they act for."""

    sub: str
    person: str
    authority: str


class ProposalState(StrEnum):
    """How a proposal stands."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """An act that takes two officers. `body` is the act, as its kind writes it; `note` what the second one said."""

    id: str
    kind: str
    body: bytes
    why: str
    authority: str
    proposed_by: str
    proposed_person: str
    proposed_at: datetime
    ends_at: datetime
    state: ProposalState = ProposalState.OPEN
    decided_by: str | None = None
    decided_at: datetime | None = None
    note: str | None = None
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
