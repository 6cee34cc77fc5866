"""Acts that take two officers: proposed by one, decided by another verified person, or forgotten in time."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, TypeVar

import msgspec

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


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """What every proposal has, whatever it is about. `note` is what the second officer said."""

    id: str
    why: str
    proposed_by: str
    proposed_person: str
    proposed_at: datetime
    ends_at: datetime
    state: ProposalState = ProposalState.OPEN
    decided_by: str | None = None
    decided_at: datetime | None = None
    note: str | None = None


class UnknownProposal(LookupError):  # noqa: N818 - named for what is wrong
    """There is no such proposal, or none that the caller may decide about."""


class SamePerson(Exception):  # noqa: N818 - named for what is wrong
    """Who proposed may not decide, whatever account they use."""


class NotOpen(Exception):  # noqa: N818 - a state, not a fault
    """The proposal is decided already, or its time is over."""

    def __init__(self, state: ProposalState) -> None:
        """`state`: how it stands instead."""
        super().__init__(state.value)
        self.state = state


P = TypeVar("P", bound=Proposed)


def standing(proposal: P, now: datetime) -> P:
    """The proposal as it stands now: one that nobody decided about in time has expired."""
    if proposal.state is ProposalState.OPEN and now >= proposal.ends_at:
        return msgspec.structs.replace(proposal, state=ProposalState.EXPIRED)
    return proposal
