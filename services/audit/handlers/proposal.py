"""Acts that take two officers: proposed by one, approved or rejected by another person, or forgotten in time."""

from datetime import datetime

import msgspec

from healthcode.two_officers import OPEN_FOR, NotOpen, Officer, ProposalState, SamePerson, UnknownProposal, standing
from services.audit.ports.proposal import Applies, Proposal, ProposalStore


async def propose(
    store: ProposalStore, kind: str, body: bytes, why: str, officer: Officer, now: datetime, new_id: str
) -> Proposal:
    """Lay an act before another officer of the same authority; nothing happens before one approves."""
    proposal = Proposal(
        id=new_id,
        kind=kind,
        body=body,
        why=why,
        authority=officer.authority,
        proposed_by=officer.sub,
        proposed_person=officer.person,
        proposed_at=now,
        ends_at=now + OPEN_FOR,
    )
    await store.add(proposal)
    return proposal


async def approve(
    store: ProposalStore, applies: Applies, proposal: str, officer: Officer, note: str | None, now: datetime
) -> Proposal:
    """Do what was proposed. Raises UnknownProposal, SamePerson, NotOpen; Refused when it no longer can be."""
    found = await _open(store, proposal, officer, now)
    outcome = await applies[found.kind](found, now)
    return await _settle(store, found, ProposalState.APPROVED, officer, note, now, outcome)


async def reject(store: ProposalStore, proposal: str, officer: Officer, note: str, now: datetime) -> Proposal:
    """Turn a proposal down; who proposed may take it back like this. Raises UnknownProposal, NotOpen."""
    found = await _open(store, proposal, officer, now, anybody=True)
    return await _settle(store, found, ProposalState.REJECTED, officer, note, now)


async def _open(
    store: ProposalStore, proposal: str, officer: Officer, now: datetime, *, anybody: bool = False
) -> Proposal:
    found = await store.lock(proposal)
    if found is None or found.authority != officer.authority:
        raise UnknownProposal(proposal)
    found = standing(found, now)
    if found.state is not ProposalState.OPEN:
        raise NotOpen(found.state)
    if not anybody and officer.person == found.proposed_person:
        raise SamePerson
    return found


async def _settle(
    store: ProposalStore,
    proposal: Proposal,
    state: ProposalState,
    officer: Officer,
    note: str | None,
    now: datetime,
    outcome: str | None = None,
) -> Proposal:
    settled = msgspec.structs.replace(
        proposal, state=state, decided_by=officer.sub, decided_at=now, note=note, outcome=outcome
    )
    await store.settle(settled)
    return settled
