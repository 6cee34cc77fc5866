"""A person lets a client see their code, and takes that back; time does it as well."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from healthcode.events import CodeShared, ConsentChanged
from healthcode.values import ClientState, Scope
from services.subscription.domain import LONGEST_CONSENT, Client, Consent, ended, given, shared
from services.subscription.handlers.client import UnknownClient
from services.subscription.ports import Feed, Name

Ids = Callable[[], str]
MOST_CONSENTS: Final = 100
"""Of one person at a time."""
SLACK: Final = timedelta(minutes=5)


class Agreed(NamedTuple):
    """What a person agrees to: `client` may see the code of `subject` until a time."""

    subject: str
    client: str
    until: datetime
    reference: str | None = None


class NoSuchConsent(LookupError):  # noqa: N818 - named for what is wrong
    """The person does not let that client see anything."""


class TooManyConsents(Exception):  # noqa: N818 - a limit, not a fault
    """The person lets as many clients see their code as one may."""


class WrongUntil(ValueError):  # noqa: N818 - named for what is wrong
    """An end in the past, or further off than a consent may last."""


async def give(feed: Feed, name: Name, agreed: Agreed, now: datetime, ids: Ids) -> tuple[Consent, Client]:
    """Let a client see a code until a time; it is told at once how that stands. Again: until another time.

    Raises UnknownClient, TooManyConsents, WrongUntil.
    """
    subject, client = agreed.subject, agreed.client
    if not now < agreed.until <= now + LONGEST_CONSENT + SLACK:
        raise WrongUntil
    locked = await feed.lock([subject])
    found = (await feed.clients([client])).get(client)
    if found is None or not (found.may(Scope.READ) or found.may(Scope.FOLLOW)):
        raise UnknownClient
    standing = {consent.client: consent for consent in await feed.consents([subject])}
    others = sum(each.stands(now) for each in standing.values() if each.client != client)
    if others >= MOST_CONSENTS:
        raise TooManyConsents
    consent = standing.get(client) or Consent(id=ids(), subject=subject, client=client, changed_at=now)
    consent, told = given(consent, agreed.until, agreed.reference, now, ids(), locked.incarnation)
    events: list[ConsentChanged | CodeShared] = [told]
    known = locked.known[subject]
    if found.may(Scope.FOLLOW) and known.place > consent.sent:
        consent, word = shared(consent, known, now, ids(), locked.incarnation, name(client, subject))
        events.append(word)
    await feed.save([], [consent], events, now)
    return consent, found


async def withdraw(feed: Feed, name: Name, subject: str, client: str, now: datetime, ids: Ids) -> None:
    """Let a client see nothing more; it is told that, and nothing else. Raises NoSuchConsent."""
    locked = await feed.lock([subject])
    clients = await feed.clients([client])
    consents = [c for c in await feed.consents([subject]) if c.client == client and c.until is not None]
    if not consents:
        raise NoSuchConsent
    await _end(feed, name, consents, clients, locked.incarnation, now, ids)


async def end_over(feed: Feed, name: Name, now: datetime, ids: Ids, limit: int) -> bool:
    """End the consents whose time has come, or whose client is revoked; tells whether there may be more."""
    subjects = await feed.over(now, limit)
    if not subjects:
        return False
    locked = await feed.lock(subjects)
    consents = [consent for consent in await feed.consents(subjects) if consent.until is not None]
    clients = await feed.clients(sorted({consent.client for consent in consents}))
    over = [c for c in consents if not c.stands(now) or clients[c.client].state is ClientState.REVOKED]
    await _end(feed, name, over, clients, locked.incarnation, now, ids)
    return len(subjects) == limit


async def _end(
    feed: Feed,
    name: Name,
    consents: list[Consent],
    clients: dict[str, Client],
    incarnation: int,
    now: datetime,
    ids: Ids,
) -> None:
    events: list[ConsentChanged | CodeShared] = []
    after: list[Consent] = []
    for before in consents:
        consent, told = ended(before, now, ids(), incarnation)
        events.append(told)
        if consent.is_owed_an_end and clients[consent.client].may(Scope.FOLLOW):
            consent, word = shared(consent, None, now, ids(), incarnation, name(consent.client, consent.subject))
            events.append(word)
        after.append(consent)
    await feed.save([], after, events, now)
