"""Clients apply; officers let them in, hold them, and put them out; time ends what was granted."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from healthcode.two_officers import Officer, UnknownProposal, Word, approved, rejected, still_open
from services.subscription.domain import (
    LONGEST_GRANT,
    Application,
    Client,
    Proposal,
    Terms,
    applied,
    expired,
    granted,
    opened,
    revoked,
    suspended,
)
from services.subscription.ports import Act, Registries, Registry, Topics

Ids = Callable[[], str]
ITSELF: Final = "timer"


class UnknownClient(LookupError):  # noqa: N818 - named for what is wrong
    """There is no such client, or none that the caller may know of."""


class AppliedBefore(Exception):  # noqa: N818 - a state, not a fault
    """The account has a client already."""


class WrongEnd(ValueError):  # noqa: N818 - named for what is wrong
    """An end that lies in the past, or further off than may be granted."""


async def apply(
    registry: Registry, application: Application, account: str, by: str, now: datetime, new_id: str
) -> Client:
    """A client that waits for officers. Raises AppliedBefore."""
    client = applied(new_id, account, by, application, now)
    if not await registry.add(client, _act(client, "applied", by, now)):
        raise AppliedBefore
    return client


async def propose(
    registry: Registry, client: str, terms: Terms, why: str, officer: Officer, now: datetime, new_id: str
) -> Proposal:
    """Terms laid before another officer; nothing happens before one approves.

    Raises UnknownClient, NotNow, WrongEnd.
    """
    if not now < terms.expires_at <= now + LONGEST_GRANT:
        raise WrongEnd
    found = await locked(registry, client)
    granted(found, terms, now)
    proposal = Proposal(client=client, terms=terms, **Word(officer, why, now, new_id).fields())
    await registry.propose(proposal)
    return proposal


async def approve(
    registry: Registry, client: str, proposal: str, officer: Officer, note: str | None, now: datetime
) -> Proposal:
    """The client gets what was proposed.

    Raises UnknownClient, UnknownProposal, SamePerson, NotOpen, NotNow, WrongEnd.
    """
    found = await locked(registry, client)
    open_ = await _open(registry, client, proposal, now)
    settled = approved(open_, officer, note, now)
    if open_.terms.expires_at <= now:
        raise WrongEnd
    after = granted(found, open_.terms, now)
    why = f"{open_.why} · {open_.proposed_by}" if note is None else f"{open_.why} · {open_.proposed_by} · {note}"
    await registry.save(after, _act(after, "granted", officer.sub, now, officer.authority, why))
    await registry.settle(settled)
    return settled


async def reject(
    registry: Registry, client: str, proposal: str, officer: Officer, note: str, now: datetime
) -> Proposal:
    """Turn terms down; who proposed may take them back like this. Raises UnknownClient, UnknownProposal, NotOpen."""
    await locked(registry, client)
    settled = rejected(await _open(registry, client, proposal, now), officer, note, now)
    await registry.settle(settled)
    return settled


async def suspend(registry: Registry, client: str, officer: Officer, why: str, now: datetime) -> Client:
    """Let a client do nothing for now; one officer is enough to stop. Raises UnknownClient, NotNow."""
    after = suspended(await locked(registry, client), now)
    await registry.save(after, _act(after, "suspended", officer.sub, now, officer.authority, why))
    return after


async def revoke(registry: Registry, client: str, officer: Officer, why: str, now: datetime) -> Client:
    """Put a client out for good, or turn an application down. Raises UnknownClient, NotNow."""
    after = revoked(await locked(registry, client), now)
    await registry.save(after, _act(after, "revoked", officer.sub, now, officer.authority, why))
    return after


async def expire_due(registry: Registry, now: datetime, limit: int) -> bool:
    """End what has run out; tells whether there may be more."""
    over = await registry.lock_over(now, limit)
    for client in over:
        after = expired(client, now)
        await registry.save(after, _act(after, "expired", ITSELF, now))
    return len(over) == limit


async def open_granted(registries: Registries, topics: Topics, now: datetime, limit: int) -> bool:
    """Make the topics of those who were granted terms, then let them in; tells whether there may be more.

    The topic comes first: a word for a topic that is not there would hold up all words behind it.
    """
    async with registries.begin() as registry:
        waiting = await registry.unopened(limit)
    for client in waiting:
        await topics(client)
        async with registries.begin() as registry:
            found = await registry.lock(client)
            if found is not None and not found.is_open:
                after = opened(found, now)
                await registry.save(after, _act(after, "opened", ITSELF, now))
    return len(waiting) == limit


async def locked(registry: Registry, client: str) -> Client:
    """A client, kept from others. Raises UnknownClient."""
    found = await registry.lock(client)
    if found is None:
        raise UnknownClient
    return found


async def _open(registry: Registry, client: str, proposal: str, now: datetime) -> Proposal:
    found = await registry.proposal(client, proposal)
    if found is None:
        raise UnknownProposal
    return still_open(found, now)


def _act(
    client: Client, what: str, by: str, now: datetime, authority: str | None = None, why: str | None = None
) -> Act:
    return Act(
        client=client.id,
        at=now,
        what=what,
        by=by,
        authority=authority,
        why=why,
        state=client.state,
        version=client.version,
    )
