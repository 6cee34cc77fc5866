"""Acts that take two officers: proposed by one, approved or rejected by another person, or forgotten in time."""

from datetime import datetime

import msgspec

from healthcode.two_officers import Officer, Word, approved, open_to, rejected
from services.audit.ports.proposal import Applies, Proposal, ProposalStore


async def propose(
    store: ProposalStore, kind: str, body: bytes, why: str, officer: Officer, now: datetime, new_id: str
) -> Proposal:
    """Lay an act before another officer of the same authority; nothing happens before one approves."""
    word = Word(officer, why, now, new_id)
    proposal = Proposal(kind=kind, body=body, authority=officer.authority, **word.fields())
    await store.add(proposal)
    return proposal


async def approve(
    store: ProposalStore, applies: Applies, proposal: str, officer: Officer, note: str | None, now: datetime
) -> Proposal:
    """Do what was proposed. Raises UnknownProposal, SamePerson, NotOpen; Refused when it no longer can be."""
    found = open_to(await store.lock(proposal), proposal, officer, now)
    agreed = approved(found, officer, note, now)
    settled = msgspec.structs.replace(agreed, outcome=await applies[found.kind](found, now))
    await store.settle(settled)
    return settled


async def reject(store: ProposalStore, proposal: str, officer: Officer, note: str, now: datetime) -> Proposal:
    """Turn a proposal down; who proposed may take it back like this. Raises UnknownProposal, NotOpen."""
    settled = rejected(open_to(await store.lock(proposal), proposal, officer, now), officer, note, now)
    await store.settle(settled)
    return settled
