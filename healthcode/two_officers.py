"""Acts that take two officers: proposed by one, decided by another verified person, or forgotten in time."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, NamedTuple, TypeVar

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


class OfAuthority(Proposed, frozen=True, kw_only=True):
    """A proposal that the officers of one authority decide about."""

    authority: str


class Word(NamedTuple):
    """Who proposes, why and when, and under which id."""

    officer: Officer
    why: str
    now: datetime
    id: str

    def fields(self) -> dict[str, Any]:
        """What they are in a proposal."""
        return {
            "id": self.id,
            "why": self.why,
            "proposed_by": self.officer.sub,
            "proposed_person": self.officer.person,
            "proposed_at": self.now,
            "ends_at": self.now + OPEN_FOR,
        }


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
A = TypeVar("A", bound=OfAuthority)


def standing(proposal: P, now: datetime) -> P:
    """The proposal as it stands now: one that nobody decided about in time has expired."""
    if proposal.state is ProposalState.OPEN and now >= proposal.ends_at:
        return msgspec.structs.replace(proposal, state=ProposalState.EXPIRED)
    return proposal


def still_open(proposal: P, now: datetime) -> P:
    """The proposal, which can be decided about. Raises NotOpen."""
    found = standing(proposal, now)
    if found.state is not ProposalState.OPEN:
        raise NotOpen(found.state)
    return found


def open_to(proposal: A | None, ident: str, officer: Officer, now: datetime) -> A:
    """What a book holds under an id, for an officer of its authority. Raises UnknownProposal, NotOpen."""
    if proposal is None or proposal.authority != officer.authority:
        raise UnknownProposal(ident)
    return still_open(proposal, now)


def approved(proposal: P, officer: Officer, note: str | None, now: datetime) -> P:
    """What another person agreed to. Raises SamePerson."""
    if officer.person == proposal.proposed_person:
        raise SamePerson
    return _decided(proposal, ProposalState.APPROVED, officer, note, now)


def rejected(proposal: P, officer: Officer, note: str, now: datetime) -> P:
    """What was turned down, or taken back by who proposed it."""
    return _decided(proposal, ProposalState.REJECTED, officer, note, now)


def _decided(proposal: P, state: ProposalState, officer: Officer, note: str | None, now: datetime) -> P:
    return msgspec.structs.replace(proposal, state=state, decided_by=officer.sub, decided_at=now, note=note)
