"""The destination: what the hub tells of people who are here."""

from collections.abc import Sequence
from datetime import datetime

from healthcode.events import GuestChanged
from services.recognition.domain.guest import Host, depart, leave, take_message
from services.recognition.domain.message import Watched
from services.recognition.ports import GuestStore
from services.recognition.ports.ask import AskStore


class NoGuest(LookupError):  # noqa: N818 - named for what is wrong
    """Nobody is a guest under this handle now."""


async def take_messages(store: GuestStore, host: Host, messages: Sequence[Watched], now: datetime) -> int:
    """Take messages in their order; gives how many were repeated, overtaken or late and changed nothing."""
    guests = await store.lock([message.handle for message in messages])
    touched = set()
    events: list[GuestChanged] = []
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
    await store.save([guests[handle] for handle in sorted(touched)], events)
    return stale


async def take_leave(guests: GuestStore, asks: AskStore, host: Host, handle: str, now: datetime) -> None:
    """A guest has left; told again, it is no guest's any more. Raises NoGuest."""
    known = await guests.lock([handle])
    left = depart(host, known.get(handle), now)
    if left is None:
        raise NoGuest
    (guest, event), message = left
    await guests.save([guest], [event] if event else [])
    await asks.close([handle])
    await asks.send([message])


async def end_guests(store: GuestStore, host: Host, now: datetime, limit: int) -> bool:
    """Forget guests whose watch is over, whether or not their home has said so; tells whether there may be more."""
    over = await store.lock_over(now, limit)
    left = [leave(host, guest, guest.sequence + 1, now, now) for guest in over.values() if not guest.ended]
    await store.forget(list(over.values()), [seen.event for seen in left if seen.event is not None])
    return len(over) == limit
