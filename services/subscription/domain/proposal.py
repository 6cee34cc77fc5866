"""Terms that one officer proposes and another person approves."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from services.subscription.domain.client import Terms

OPEN_FOR: Final = timedelta(hours=72)


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
    """Terms for a client, laid before a second officer. `note` is what that one said."""

    id: str
    client: str
    terms: Terms
    why: str
    proposed_by: str
    proposed_person: str
    proposed_at: datetime
    ends_at: datetime
    state: ProposalState = ProposalState.OPEN
    decided_by: str | None = None
    decided_at: datetime | None = None
    note: str | None = None


def standing(proposal: Proposal, now: datetime) -> Proposal:
    """The proposal as it stands now: one that nobody decided about in time has expired."""
    if proposal.state is ProposalState.OPEN and now >= proposal.ends_at:
        return msgspec.structs.replace(proposal, state=ProposalState.EXPIRED)
    return proposal
