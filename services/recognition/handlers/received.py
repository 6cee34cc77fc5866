"""Way 1 at the destination: shared facts become facts of the guest, and are taken back when the watch is over."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from services.recognition.domain.guest import Guest
from services.recognition.domain.received import (
    Opened,
    Received,
    Receiver,
    Taken,
    Unopened,
    forget,
    receipt_for,
    refuse,
    take_fact,
)
from services.recognition.ports.sharing import ReceivedBook


@dataclass
class Desk:
    """Who takes what other regions share, within one transaction that holds the guests' locks.

    What it does not take is in `refused` then.
    """

    book: ReceivedBook
    receiver: Receiver
    refused: list[Unopened] = field(default_factory=list)

    async def record(self, told: Sequence[tuple[Guest, Opened | Unopened]], now: datetime) -> None:
        """Record what was told of guests, in its order, and answer each message."""
        if not told:
            return
        known = await self.book.received(sorted({event.handle for _, event in told}))
        news: dict[tuple[str, str], Received] = {}
        taken: list[Taken] = []
        for guest, message in told:
            event = self._allowed(guest, message)
            if isinstance(event, Unopened):
                self.refused.append(event)
                taken.append(Taken(None, None, receipt_for(self.receiver, event, now)))
                continue
            key = event.handle, event.record.fact
            taken.append(take_fact(self.receiver, news.get(key, known.get(key)), event, now))
            if (received := taken[-1].received) is not None:
                news[key] = received
        events = [each.event for each in taken if each.event is not None]
        await self.book.write(list(news.values()), events, [each.receipt for each in taken])

    async def take_back(self, handles: Sequence[str]) -> None:
        """Forget what was told under these handles."""
        if handles:
            known = await self.book.received(handles)
            events = [event for each in known.values() if (event := forget(self.receiver, each)) is not None]
            await self.book.forget(handles, events)

    def _allowed(self, guest: Guest, event: Opened | Unopened) -> Opened | Unopened:
        """The message, unless its kind is not to be shared for what the guest is watched for."""
        if isinstance(event, Unopened) or guest.purpose in self.receiver.kinds[event.record.kind].purposes:
            return event
        detail = f"a {event.record.kind} is not shared for the purpose of this watch"
        return refuse(event, "wrong-purpose", detail)
