"""The destination: what the hub tells of people who are here."""

from collections.abc import Sequence
from datetime import datetime

from healthcode.events import GuestChanged
from services.recognition.domain.guest import Guest, Host, depart, leave, take_message
from services.recognition.domain.message import Watched
from services.recognition.domain.received import Opened, Unopened
from services.recognition.handlers.received import Desk
from services.recognition.ports import GuestStore
from services.recognition.ports.ask import Stay


class NoGuest(LookupError):  # noqa: N818 - named for what is wrong
    """Nobody is a guest under this handle now."""


async def take_messages(
    store: GuestStore, host: Host, messages: Sequence[Watched], now: datetime, desk: Desk | None = None
) -> int:
    """Take messages in their order; gives how many were repeated, overtaken or late and changed nothing.

    `desk` takes shared facts, where this region has an audit that judges by them.
    """
    guests = await store.lock([message.handle for message in messages])
    touched = set()
    events: list[GuestChanged] = []
    told: list[tuple[Guest, Opened | Unopened]] = []
    stale = 0
    for message in messages:
        seen = take_message(host, guests.get(message.handle), message, now)
        if seen is None:
            stale += 1
            continue
        guests[message.handle] = seen.guest
        touched.add(message.handle)
        if seen.event is not None:
            events.append(seen.event)
        if isinstance(message, Opened | Unopened):
            told.append((seen.guest, message))
    await store.save([guests[handle] for handle in sorted(touched)], events)
    if desk is not None:
        await desk.record(told, now)
        await desk.take_back([handle for handle in sorted(touched) if guests[handle].ended])
    return stale


async def take_leave(stay: Stay, host: Host, handle: str, now: datetime) -> None:
    """A guest has left; told again, it is no guest's any more. Raises NoGuest."""
    known = await stay.guests.lock([handle])
    left = depart(host, known.get(handle), now)
    if left is None:
        raise NoGuest
    (guest, event), message = left
    await stay.guests.save([guest], [event] if event else [])
    if stay.shared is not None:
        await stay.shared.take_back([handle])
    await stay.asks.close([handle])
    await stay.asks.send([message])


async def end_guests(store: GuestStore, host: Host, now: datetime, limit: int, desk: Desk | None = None) -> bool:
    """Forget guests whose watch is over, whether or not their home has said so; tells whether there may be more."""
    over = await store.lock_over(now, limit)
    left = [leave(host, guest, guest.sequence + 1, now, now) for guest in over.values() if not guest.ended]
    await store.forget(list(over.values()), [seen.event for seen in left if seen.event is not None])
    if desk is not None:
        await desk.take_back(sorted(over))
    return len(over) == limit
