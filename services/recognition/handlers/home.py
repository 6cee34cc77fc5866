"""The origin: trips open watches, codes are reported under them, time ends them."""

from collections.abc import Sequence
from datetime import datetime

from healthcode.events import CodeChanged, DeclarationConfirmed, TripDeclared, WatchLeft
from services.recognition.domain.home import Origin, end_over, leave, take_event
from services.recognition.domain.message import Between
from services.recognition.ports import HomeStore


async def take_home_events(
    store: HomeStore,
    origin: Origin,
    events: Sequence[TripDeclared | DeclarationConfirmed | CodeChanged],
    now: datetime,
) -> None:
    """Take trips, confirmations and codes in their order, and tell the regions that watch."""
    before = await store.lock([event.subject for event in events])
    after = dict(before)
    messages: list[Between] = []
    for event in events:
        step = take_event(origin, after[event.subject], event, now)
        after[event.subject] = step.home
        messages += step.messages
    await store.save(before, after, messages)


async def take_departures(store: HomeStore, origin: Origin, left: Sequence[WatchLeft], now: datetime) -> None:
    """End the watches on who has left; one that is over, or another region's, is left as it is."""
    subjects = await store.watched_as([event.handle for event in left])
    before = await store.lock_known(list(subjects.values()))
    after = dict(before)
    messages: list[Between] = []
    for event in left:
        subject = subjects.get(event.handle)
        if subject in after:
            step = leave(origin, after[subject], event.handle, event.destination, now)
            after[subject] = step.home
            messages += step.messages
    await store.save(before, after, messages)


async def end_watches(store: HomeStore, origin: Origin, now: datetime, limit: int) -> bool:
    """End the watches that are over, of `limit` people at most; tells whether there may be more."""
    subjects = await store.over(now, limit)
    before = await store.lock(subjects)
    steps = {subject: end_over(origin, home, now) for subject, home in before.items()}
    messages = [message for step in steps.values() for message in step.messages]
    await store.save(before, {subject: step.home for subject, step in steps.items()}, messages)
    return len(subjects) == limit
