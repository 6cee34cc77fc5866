"""Way 1 at the origin: facts are kept for whoever watches, told under each watch, and their receipts noted."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from healthcode.events import (
    DeclarationAccepted,
    FactReceipt,
    FactShared,
    HolderWanted,
    ListingRecorded,
    TestRecorded,
    WatchOpened,
)
from services.recognition.domain.home import Home
from services.recognition.domain.message import Between
from services.recognition.domain.shareable import facts_in
from services.recognition.domain.sharing import SHOWN, Settled, Share, Sharing, give_up, receive, settle
from services.recognition.ports import HomeStore
from services.recognition.ports.sharing import ShareBook


async def take_facts(
    homes: HomeStore,
    book: ShareBook,
    sharing: Sharing,
    events: Sequence[ListingRecorded | TestRecorded | DeclarationAccepted],
    now: datetime,
) -> None:
    """Keep first-hand facts of the kinds that this region shares, and tell those who watch."""
    facts = [fact for event in events for fact in facts_in(event) if fact.kind in sharing.shares.shared]
    if not facts:
        return
    before = await homes.lock([fact.subject for fact in facts])
    await book.keep(facts)
    await _share(homes, book, sharing, before, now)


async def take_receipts(book: ShareBook, receipts: Sequence[FactReceipt], now: datetime) -> int:
    """Note what has arrived; gives how many receipts answered nothing that is waited for. Raises Refusal."""
    shares = await book.answered([(each.handle, each.sequence) for each in receipts])
    noted: dict[tuple[str, int], Share] = {}
    for receipt in receipts:
        number = receipt.handle, receipt.sequence
        share = receive(noted.get(number, shares.get(number)), receipt, now)
        if share is not None:
            noted[number] = share
    await book.note(list(noted.values()))
    return len(receipts) - len(noted)


async def send_again(homes: HomeStore, book: ShareBook, sharing: Sharing, now: datetime, limit: int) -> bool:
    """Send what no receipt has come for once more; tells whether there may be more."""
    overdue = await book.overdue(now, limit)
    if not overdue:
        return False
    before = await homes.lock([share.subject for share in overdue])
    await _share(homes, book, sharing, before, now, again=True)
    still = await book.shared(sorted({share.handle for share in overdue}))
    await book.note([gone for share in still.values() for gone in give_up([share], before[share.subject], now)])
    return len(overdue) == limit


async def forget_facts(book: ShareBook, sharing: Sharing, now: datetime, limit: int) -> bool:
    """Forget facts that are too old to be shared, and shares that are no longer shown; tells whether there are more."""
    kinds = {kind.kind: now - kind.age for kind in sharing.shares.kinds.values()}
    return await book.purge(kinds, now - SHOWN, limit) >= limit


class SharingHomes:
    """A HomeStore that also tells whoever begins to watch a person what they may know of them."""

    def __init__(self, homes: HomeStore, book: ShareBook, sharing: Sharing, now: datetime) -> None:
        """`homes` and `book` are of one transaction."""
        self._homes = homes
        self._book = book
        self._sharing = sharing
        self._now = now

    async def lock(self, subjects: Sequence[str]) -> dict[str, Home]:
        """See HomeStore."""
        return await self._homes.lock(subjects)

    async def lock_known(self, subjects: Sequence[str]) -> dict[str, Home]:
        """See HomeStore."""
        return await self._homes.lock_known(subjects)

    async def watched_as(self, handles: Sequence[str]) -> dict[str, str]:
        """See HomeStore."""
        return await self._homes.watched_as(handles)

    async def over(self, now: datetime, limit: int) -> list[str]:
        """See HomeStore."""
        return await self._homes.over(now, limit)

    async def save(self, before: Mapping[str, Home], after: Mapping[str, Home], messages: Sequence[Between]) -> None:
        """See HomeStore."""
        opened = {message.handle for message in messages if isinstance(message, WatchOpened)}
        watched = {s: home for s, home in after.items() if any(w.handle in opened for w in home.watches.values())}
        settled = await _settled(self._book, self._sharing, watched, self._now) if opened else {}
        homes = {**after, **{subject: each.home for subject, each in settled.items()}}
        await self._homes.save(before, homes, [*messages, *_messages(settled)])

    async def count(self, region: str, hour: datetime, asked: int) -> int:
        """See HomeStore."""
        return await self._homes.count(region, hour, asked)

    async def seek(self, wanted: Sequence[HolderWanted]) -> None:
        """See HomeStore."""
        await self._homes.seek(wanted)


async def _share(
    homes: HomeStore,
    book: ShareBook,
    sharing: Sharing,
    before: Mapping[str, Home],
    now: datetime,
    *,
    again: bool = False,
) -> None:
    """Settle with people that are locked."""
    settled = await _settled(book, sharing, before, now, again=again)
    if settled:
        after = {subject: each.home for subject, each in settled.items()}
        await homes.save({subject: before[subject] for subject in settled}, after, _messages(settled))


async def _settled(
    book: ShareBook, sharing: Sharing, people: Mapping[str, Home], now: datetime, *, again: bool = False
) -> dict[str, Settled]:
    """What is to be told of those who are watched; it is written down already."""
    handles = {s: [w.handle for w in home.watches.values() if w.handle] for s, home in people.items()}
    watched = sorted(subject for subject, theirs in handles.items() if theirs)
    if not watched:
        return {}
    facts = await book.facts(watched)
    shared = await book.shared(sorted(handle for subject in watched for handle in handles[subject]))
    settled = {s: settle(sharing, people[s], facts.get(s, ()), shared, now, again=again) for s in watched}
    await book.write([share for each in settled.values() for share in each.shares])
    return settled


def _messages(settled: Mapping[str, Settled]) -> list[FactShared]:
    return [message for each in settled.values() for message in each.messages]
