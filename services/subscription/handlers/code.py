"""Changes of codes go to the clients that may see them; who was told nothing for a while catches up."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

from healthcode.events import CodeChanged, CodeShared
from healthcode.values import Scope
from services.subscription.domain import Consent, Known, newest, shared
from services.subscription.ports import Feed, Name
from services.subscription.ports.feed import Locked

Ids = Callable[[], str]


async def take_codes(feed: Feed, name: Name, codes: Sequence[CodeChanged], now: datetime, ids: Ids) -> int:
    """Remember codes and tell each change to every client that may see it; gives how many words that were.

    The clients' rows are held whatever they may do now, so that one that is just let in again sees what was
    not told to it.
    """
    locked = await feed.lock([code.subject for code in codes])
    known = locked.known
    news: list[Known] = []
    for code in codes:
        after = newest(known[code.subject], code)
        if after is not known[code.subject]:
            known[code.subject] = after
            news.append(after)
    followers = await _followers(feed, sorted({each.subject for each in news}), now)
    told, events = _words(news, followers, name, locked.incarnation, now, ids)
    await feed.save([known[subject] for subject in {each.subject: None for each in news}], told, events, now)
    return len(events)


async def catch_up(feed: Feed, name: Name, now: datetime, ids: Ids, limit: int) -> bool:
    """Tell a client that is behind what it missed: the latest of each person, or that it is over.

    Tells whether there may be more.
    """
    client, subjects = await feed.behind(now, limit)
    if client is None:
        return False
    if not subjects:
        await feed.caught_up(client)
        return True
    locked = await feed.lock(subjects)
    followers = await _followers(feed, sorted(locked.known), now)
    ends = await _ends(feed, name, client, locked, now, ids)
    mine = {subject: [c for c in found if c.client == client] for subject, found in followers.items()}
    missed = [k for k in locked.known.values() if any(k.place > c.sent for c in mine.get(k.subject, []))]
    told, events = _words(missed, mine, name, locked.incarnation, now, ids)
    over = [consent for consent, _ in ends]
    await feed.save([], [*told, *over], [*events, *(event for _, event in ends)], now)
    return True


async def _ends(
    feed: Feed, name: Name, client: str, locked: Locked, now: datetime, ids: Ids
) -> list[tuple[Consent, CodeShared]]:
    """The last words that a client is owed of locked people."""
    found = [c for c in await feed.consents(sorted(locked.known)) if c.client == client and c.is_owed_an_end]
    if not found or not (await feed.clients([client]))[client].may(Scope.FOLLOW):
        return []
    return [shared(c, None, now, ids(), locked.incarnation, name(client, c.subject)) for c in found]


async def _followers(feed: Feed, subjects: Sequence[str], now: datetime) -> dict[str, list[Consent]]:
    """The consents of locked people that let somebody be told now."""
    found = [consent for consent in await feed.consents(subjects) if consent.stands(now)] if subjects else []
    clients = await feed.clients(sorted({consent.client for consent in found})) if found else {}
    by_subject: dict[str, list[Consent]] = defaultdict(list)
    for consent in found:
        if clients[consent.client].may(Scope.FOLLOW):
            by_subject[consent.subject].append(consent)
    return by_subject


def _words(
    news: Sequence[Known],
    followers: dict[str, list[Consent]],
    name: Name,
    incarnation: int,
    now: datetime,
    ids: Ids,
) -> tuple[list[Consent], list[CodeShared]]:
    """Each piece of news for each follower of its person, in order; and the followers as they then stand."""
    after = {consent.id: consent for consents in followers.values() for consent in consents}
    told: dict[str, Consent] = {}
    events: list[CodeShared] = []
    for known in news:
        for follower in followers.get(known.subject, ()):
            its_name = name(follower.client, known.subject)
            consent, event = shared(after[follower.id], known, now, ids(), incarnation, its_name)
            after[follower.id] = told[follower.id] = consent
            events.append(event)
    return list(told.values()), events
