"""Way 1 at the destination: shared facts are opened, checked, and become facts of the guest, with their origin."""

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple, TypeAlias

import msgspec

from healthcode.events import FactReceipt, FactShared, ListingRecorded, StayRecorded, TestRecorded
from healthcode.records import Content, ListingRecord, Record, StayRecord, TestRecord, content_of, record_of
from services.recognition.domain.kinds import Kind
from services.recognition.domain.message import Refusal
from services.recognition.domain.sealing import NotForUs
from services.recognition.domain.sharing import digest_of, info_of

# How far away a time may be before it can only be a slip, and how far a clock may be ahead of ours.
PAST: Final = timedelta(days=3653)
AHEAD: Final = timedelta(minutes=5)


Recorded: TypeAlias = ListingRecorded | TestRecorded | StayRecorded
"""What a shared fact becomes where it is received."""


class Opened(FactShared, frozen=True, kw_only=True):
    """A message with the record in it; it goes no further than the worker that opened it."""

    record: Record
    content: Content
    digest: str


class Unopened(FactShared, frozen=True, kw_only=True):
    """A message whose record is of no use, and why: it is set aside, and its origin is told.

    The hub cannot see what is sealed, so a region that seals rubbish must not stop the others' messages.
    """

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Received:
    """A fact as the guest's dossier has it: `revision` is the origin's, `local` counts what was recorded here of it."""

    handle: str
    fact: str
    kind: str
    origin: str
    revision: int
    local: int
    withdrawn: bool
    at: datetime
    content: Content
    received_at: datetime

    @property
    def key(self) -> tuple[str, str]:
        """What there is one of."""
        return self.handle, self.fact


Opens = Callable[[list[bytes], bytes], bytes]
"""Opens what is sealed to this region: info, sealed. Raises NotForUs."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """The region that facts are shared with: `subjects` gives who a guest is in this region's own audit."""

    region: str
    kinds: Mapping[str, Kind]
    opens: Opens
    subjects: Callable[[str], str]
    ids: Callable[[], str]


class Taken(NamedTuple):
    """A received fact and the event that records it, both None where it was known; and the receipt."""

    received: Received | None
    event: Recorded | None
    receipt: FactReceipt


def read_fact(receiver: Receiver, event: FactShared, now: datetime) -> Opened | Unopened:
    """The message with the record in it, or with what is wrong with it."""
    try:
        return _opened(receiver, event, now)
    except Refusal as refusal:
        return refuse(event, refusal.code, refusal.detail)


def refuse(event: FactShared, code: str, detail: str) -> Unopened:
    """A message that is not taken."""
    values = {name: getattr(event, name) for name in FactShared.__struct_fields__}
    return Unopened(**values, code=code, detail=detail)


def _opened(receiver: Receiver, event: FactShared, now: datetime) -> Opened:
    """Raises Refusal for what does not open, or is no record of the national catalogue."""
    try:
        sealed = base64.b64decode(event.sealed, validate=True)
    except (binascii.Error, ValueError):
        raise Refusal("not-sealed", "what is sealed is no base64") from None
    info = info_of(event.origin, event.destination, event.handle, event.sequence)
    try:
        plaintext = receiver.opens(info, sealed)
    except NotForUs:
        raise Refusal("not-for-us", "it was sealed to another key, for another place, or was changed since") from None
    try:
        record = record_of(plaintext)
    except msgspec.DecodeError:
        raise Refusal("malformed-record", "what was sealed is no record") from None
    kind = receiver.kinds.get(record.kind)
    if kind is None:
        raise Refusal("unknown-kind", "the kind of the record is not in the national catalogue of kinds")
    try:
        content = content_of(record.kind, record.content)
    except msgspec.DecodeError:
        raise Refusal("malformed-record", f"the content is no {record.kind}") from None
    if kind.sieve(content) != content:
        raise Refusal("more-than-agreed", f"the content has fields of a {record.kind} that are not to be shared")
    _check(record, content, now)
    values = {name: getattr(event, name) for name in event.__struct_fields__}
    return Opened(**values, record=record, content=content, digest=digest_of(plaintext))


def take_fact(receiver: Receiver, before: Received | None, event: Opened, now: datetime) -> Taken:
    """The fact after a message, and what answers it; one that is known already, or newer here, is answered alone."""
    receipt = receipt_for(receiver, event, now)
    record = event.record
    if before is not None and before.revision >= record.revision:
        return Taken(None, None, receipt)
    received = Received(
        handle=event.handle,
        fact=record.fact,
        kind=record.kind,
        origin=event.origin,
        revision=record.revision,
        local=before.local + 1 if before else 1,
        withdrawn=record.withdrawn,
        at=record.at,
        content=event.content,
        received_at=now,
    )
    return Taken(received, recorded(receiver, received), receipt)


def receipt_for(receiver: Receiver, event: Opened | Unopened, now: datetime) -> FactReceipt:
    """What answers a message."""
    digest, refused = (event.digest, None) if isinstance(event, Opened) else ("", event.code)
    return FactReceipt(
        id=receiver.ids(),
        handle=event.handle,
        origin=event.origin,
        destination=receiver.region,
        sequence=event.sequence,
        digest=digest,
        refused=refused,
        at=now,
    )


def forget(receiver: Receiver, received: Received) -> Recorded | None:
    """What takes a fact back when the watch is over; None where the origin has done so."""
    if received.withdrawn:
        return None
    return recorded(receiver, replace(received, withdrawn=True, local=received.local + 1))


def recorded(receiver: Receiver, received: Received) -> Recorded:
    """The fact as an event of this region's own `facts.v1`: `origin` says that it is not first-hand."""
    content = received.content
    subject, name = receiver.subjects(received.handle), f"{received.fact}.{received.local}"
    evidence = f"shared by {received.origin}"
    if isinstance(content, TestRecord):
        return TestRecorded(
            id=name,
            subject=subject,
            test=received.fact,
            revision=received.local,
            kind=content.kind,
            result=content.result,
            sampled_at=content.sampled_at,
            source=content.source or received.origin,
            evidence=evidence,
            recorded_at=received.at,
            withdrawn=received.withdrawn,
            origin=received.origin,
        )
    if isinstance(content, ListingRecord):
        return ListingRecorded(
            id=name,
            subject=subject,
            entry=received.fact,
            revision=received.local,
            category=content.category,
            source=content.source or received.origin,
            evidence=evidence,
            valid_from=content.valid_from,
            valid_until=content.valid_until,
            recorded_at=received.at,
            withdrawn=received.withdrawn,
            origin=received.origin,
        )
    return StayRecorded(
        id=name,
        subject=subject,
        stay=received.fact,
        revision=received.local,
        area=content.area,
        country=content.country,
        since=content.since,
        until=content.until,
        source=received.origin,
        recorded_at=received.at,
        withdrawn=received.withdrawn,
        origin=received.origin,
    )


def _check(record: Record, content: Content, now: datetime) -> None:
    """Times that can be, or whoever judges by them would be at a loss."""
    times = [record.at]
    if isinstance(content, TestRecord):
        times.append(content.sampled_at)
    elif isinstance(content, ListingRecord):
        times += [time for time in (content.valid_from, content.valid_until) if time is not None]
        if content.valid_until is not None and content.valid_until <= content.valid_from:
            raise Refusal("impossible-time", "valid_until is not after valid_from")
    elif isinstance(content, StayRecord):
        _check_stay(content)
    if record.at > now + AHEAD or not all(now - PAST < time < now + PAST for time in times):
        raise Refusal("impossible-time", "a time in the record is years away, or it was recorded in the future")


def _check_stay(stay: StayRecord) -> None:
    if stay.until < stay.since or not date(2000, 1, 1) <= stay.since <= date(2100, 1, 1) >= stay.until:
        raise Refusal("impossible-time", "the days of the stay are no stay")
    if (stay.area is None) == (stay.country == "CN"):
        raise Refusal("malformed-record", "a stay has an area of this country, or another country")
