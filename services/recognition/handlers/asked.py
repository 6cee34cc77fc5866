"""The origin: other regions ask about its people, by credentials that its issuer knows, or by documents."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from healthcode.events import HolderFound, HolderWanted, WatchAsked
from healthcode.identity import InvalidIdNumber
from services.recognition.domain.asked import Asker, answer, asker_of, fits, refuse, wanted
from services.recognition.domain.home import Home, Origin
from services.recognition.domain.message import Between, Refusal
from services.recognition.domain.sought import ByCredential, ByDocument, Sought
from services.recognition.ports import HomeStore, Pseudonymise


@dataclass(frozen=True, slots=True)
class Asked:
    """The region that is asked: `open_ask` gives whom an ask is about, and raises Refusal for what it cannot read."""

    origin: Origin
    open_ask: Callable[[WatchAsked], Sought]
    pseudonymise: Pseudonymise


async def take_asks(store: HomeStore, asked: Asked, events: Sequence[WatchAsked], now: datetime) -> None:
    """Answer asks by a document; those by a credential go to the issuer first."""
    seek: list[HolderWanted] = []
    people: list[tuple[str | None, Asker]] = []
    registrations: dict[str, list[tuple[str | None, Asker]]] = defaultdict(list)
    for event in events:
        sought = _sought(asked, event)
        if isinstance(sought, ByCredential):
            seek.append(wanted(event, sought, now))
        elif sought is None:
            people.append((None, asker_of(event)))
        else:
            registrations[event.destination].append((_subject(asked, sought), asker_of(event)))
    for region in sorted(registrations):
        people += await _within_bounds(store, asked.origin, region, registrations[region], now)
    await store.seek(seek)
    known = await store.lock_known([subject for subject, _ in people if subject is not None])
    await _answer(store, asked.origin, known, people, now)


async def _within_bounds(
    store: HomeStore, origin: Origin, region: str, people: list[tuple[str | None, Asker]], now: datetime
) -> list[tuple[str | None, Asker]]:
    """As many as a region may still ask about in this hour; the others are refused as if nobody knew them."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    before = await store.count(region, hour, len(people)) - len(people)
    left = max(0, origin.watches.registrations_per_hour - before)
    return people[:left] + [(None, asker) for _, asker in people[left:]]


async def take_holders(store: HomeStore, origin: Origin, found: Sequence[HolderFound], now: datetime) -> None:
    """Answer asks by a credential, whose holders the issuer has found, or not."""
    known = await store.lock([each.subject for each in found if each.subject is not None])
    await _answer(store, origin, known, [(each.subject, asker_of(each)) for each in found], now)


async def _answer(
    store: HomeStore,
    origin: Origin,
    before: dict[str, Home],
    people: Sequence[tuple[str | None, Asker]],
    now: datetime,
) -> None:
    after = dict(before)
    messages: list[Between] = []
    for subject, asker in people:
        if subject is None or subject not in after:
            messages.append(refuse(origin, asker, now))
            continue
        step = answer(origin, after[subject], subject, asker, now)
        after[subject] = step.home
        messages += step.messages
    await store.save(before, after, messages)


def _sought(asked: Asked, event: WatchAsked) -> Sought | None:
    """None for what cannot be read: it is answered with a no, or whoever sends rubbish could stop our reading."""
    try:
        sought = asked.open_ask(event)
    except Refusal:
        return None
    return sought if fits(event, sought) else None


def _subject(asked: Asked, sought: ByDocument) -> str | None:
    """None for a number that is none: it is answered like that of a stranger."""
    try:
        return asked.pseudonymise(sought.id_type, sought.id_number)
    except InvalidIdNumber:
        return None
