"""Way 1 at the origin: which facts about a person under a watch are shared, which were, and what of it was received.

`settle` looks at what there is to share and what was shared, and makes up the difference: it may be called whenever
anything has changed, and again.
"""

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from healthcode.events import FactReceipt, FactShared
from healthcode.pseudonym import inner_minute, outer_minute
from healthcode.records import Content, Record, content_bytes, record_bytes
from services.recognition.domain.home import Home, Watch
from services.recognition.domain.kinds import Shares
from services.recognition.domain.message import Refusal
from services.recognition.domain.shareable import Fact

INFO: Final = b"hc-fact-1"
# A receipt that stays away is asked for by sending once more, each time after twice as long; after the last one ops
# see that it is missing, and nothing more is sent.
PATIENCE: Final = timedelta(minutes=10)
TRIES: Final = 6
# What was shared is shown to the person so long.
SHOWN: Final = timedelta(days=366)

Seal = Callable[[str, list[bytes], bytes, datetime], bytes | None]
"""Seals for a region: destination, info, plaintext, now; None for a region that nothing can be sealed to now."""


@dataclass(frozen=True, slots=True)
class Share:
    """A fact as it was told under a watch. `fact` is its name there, `sequence` the number of the last message.

    `next_at` is when it is sent once more for want of a receipt; None when there is one, or no more hope of it.
    `refused`: why the destination did not take it.
    """

    handle: str
    kind: str
    entry: str
    subject: str
    destination: str
    purpose: str
    fact: str
    revision: int
    withdrawn: bool
    sequence: int
    digest: str
    tries: int
    shared_at: datetime
    sent_at: datetime
    next_at: datetime | None
    received_at: datetime | None = None
    refused: str | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What there is one share of."""
        return self.handle, self.kind, self.entry


@dataclass(frozen=True, slots=True)
class Sharing:
    """The region that shares; `ids` makes ids of messages, `names` random names of 128 bits."""

    region: str
    shares: Shares
    seal: Seal
    ids: Callable[[], str]
    names: Callable[[], str]


class Settled(NamedTuple):
    """The person with the watches counted on, what was shared anew, and the messages that tell it."""

    home: Home
    shares: list[Share]
    messages: list[FactShared]


Shared = Mapping[tuple[str, str, str], Share]


def settle(
    sharing: Sharing, home: Home, facts: Iterable[Fact], shared: Shared, now: datetime, *, again: bool = False
) -> Settled:
    """Tell every region that watches what it may know and has not been told; with `again`, what is overdue once more.

    A correction of what was told is told whatever the region's rules have become since.
    """
    watches = dict(home.watches)
    told: list[Share] = []
    messages: list[FactShared] = []
    known = sorted(facts, key=lambda fact: (fact.at, fact.kind, fact.entry))
    for watch in (each for each in home.watches.values() if each.tells(now)):
        for fact in known:
            before = shared.get((watch.handle or "", fact.kind, fact.entry))
            if not _news(sharing, watch, fact, before, now) and not (again and _overdue(before, now)):
                continue
            told_now = _tell(sharing, watches[watch.trip], fact, before, now)
            if told_now is not None:
                told.append(told_now[0])
                messages.append(told_now[1])
                watches[watch.trip] = replace(watches[watch.trip], sequence=told_now[1].sequence)
    return Settled(replace(home, watches=watches) if messages else home, told, messages)


def receive(share: Share | None, receipt: FactReceipt, now: datetime) -> Share | None:
    """The share with its receipt; None for one that answers nothing, or an older message.

    Raises Refusal for a receipt by somebody who has not opened what was sent.
    """
    if share is None or share.sequence != receipt.sequence or share.received_at is not None:
        return None
    if share.destination == receipt.destination and receipt.refused is not None:
        return replace(share, refused=receipt.refused)
    if (share.destination, share.digest) != (receipt.destination, receipt.digest):
        raise Refusal("wrong-receipt", "the receipt is not for what was sent there")
    return replace(share, received_at=now, refused=None, next_at=None)


def give_up(shares: Iterable[Share], home: Home, now: datetime) -> list[Share]:
    """Overdue shares that nothing can be sent for any more: the watch is over."""
    live = {watch.handle for watch in home.watches.values() if watch.tells(now)}
    return [replace(each, next_at=None) for each in shares if _overdue(each, now) and each.handle not in live]


def info_of(origin: str, destination: str, handle: str, sequence: int) -> list[bytes]:
    """What a sealed record is bound to."""
    return [INFO, origin.encode(), destination.encode(), handle.encode(), str(sequence).encode()]


def digest_of(plaintext: bytes) -> str:
    """What a receipt proves that it was opened by."""
    return hashlib.sha256(plaintext).hexdigest()


def _news(sharing: Sharing, watch: Watch, fact: Fact, before: Share | None, now: datetime) -> bool:
    if before is not None:
        return fact.revision > before.revision
    return (
        not fact.withdrawn
        and sharing.shares.allows(fact.kind, watch.destination, watch.purpose)
        and fact.at > now - sharing.shares.kinds[fact.kind].age
    )


def _overdue(share: Share | None, now: datetime) -> bool:
    return share is not None and share.next_at is not None and share.next_at <= now


def _tell(
    sharing: Sharing, watch: Watch, fact: Fact, before: Share | None, now: datetime
) -> tuple[Share, FactShared] | None:
    """The share and the message; None where nothing can be sealed to the destination."""
    handle, sequence = watch.handle or "", watch.sequence + 1
    name = before.fact if before else sharing.names()
    plaintext = record_bytes(_record(sharing, name, fact))
    info = info_of(sharing.region, watch.destination, handle, sequence)
    sealed = sharing.seal(watch.destination, info, plaintext, now)
    if sealed is None:
        return None
    tries = before.tries + 1 if before and before.revision == fact.revision else 1
    share = Share(
        handle=handle,
        kind=fact.kind,
        entry=fact.entry,
        subject=fact.subject,
        destination=watch.destination,
        purpose=watch.purpose,
        fact=name,
        revision=fact.revision,
        withdrawn=fact.withdrawn,
        sequence=sequence,
        digest=digest_of(plaintext),
        tries=tries,
        shared_at=before.shared_at if before else now,
        sent_at=now,
        next_at=now + PATIENCE * 2 ** (tries - 1) if tries < TRIES else None,
    )
    message = FactShared(
        id=sharing.ids(),
        handle=handle,
        origin=sharing.region,
        destination=watch.destination,
        sequence=sequence,
        sealed=base64.b64encode(sealed).decode(),
        at=now,
    )
    return share, message


def _record(sharing: Sharing, name: str, fact: Fact) -> Record:
    return Record(
        kind=fact.kind,
        fact=name,
        revision=fact.revision,
        at=inner_minute(fact.at),
        withdrawn=fact.withdrawn,
        content=msgspec.Raw(content_bytes(_by_minutes(sharing.shares.kinds[fact.kind].sieve(fact.content)))),
    )


def _by_minutes(content: Content) -> Content:
    """Times by the minute: down to the microsecond, two destinations would know by them that it is one person."""
    minutes = {}
    for name in content.__struct_fields__:
        if isinstance(value := getattr(content, name), datetime):
            minutes[name] = outer_minute(value) if name == "valid_until" else inner_minute(value)
    return msgspec.structs.replace(content, **minutes)
