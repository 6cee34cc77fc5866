"""A person of another region who is here: what the code of their home counts as."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from healthcode.events import FactShared, GuestChanged, StatusReported, WatchEnded, WatchLeft, WatchOpened
from healthcode.values import Color, EvidenceClass, Status, Way
from services.recognition.domain.message import Watched
from services.recognition.domain.translation import Translation


@dataclass(frozen=True, slots=True)
class Guest:
    """One watch as its destination sees it; an ended one keeps nothing but the number of its last message.

    `since` and `until` are those of the status, `code_at` is when the code changed at home, `watched_until` ends the
    watch. `reported` says whether a status has come yet. `home_color` and `home_rule` are what the home says of itself.
    """

    handle: str
    origin: str
    purpose: str
    watched_until: datetime
    sequence: int
    status: Status
    evidence: EvidenceClass
    color: Color
    rule: str
    since: datetime
    code_at: datetime
    changed_at: datetime
    until: datetime | None = None
    reported: bool = False
    ended: bool = False
    home_color: Color | None = None
    home_rule: str | None = None
    covered: str | None = None
    """Why the home's code does not count now, whatever it was told to be; `status` is what was told."""

    @property
    def shown(self) -> Status:
        """The status that counts."""
        return self.status if self.covered is None else Status.UNKNOWN


@dataclass(frozen=True, slots=True)
class Host:
    """The region that guests are in; `ids` makes ids of events."""

    region: str
    way: Way
    translation: Translation
    ids: Callable[[], str]


class Seen(NamedTuple):
    """A guest after a message, and the event if that changed what the guest counts as."""

    guest: Guest
    event: GuestChanged | None


def take_message(host: Host, guest: Guest | None, event: Watched, now: datetime) -> Seen | None:
    """The guest after a message; None for one that is repeated, overtaken, or of a watch that is over."""
    if guest is None:
        return _arrive(host, event, now) if isinstance(event, WatchOpened) and event.until > now else None
    if guest.ended or event.sequence <= guest.sequence or isinstance(event, WatchOpened):
        return None
    if isinstance(event, WatchEnded):
        return leave(host, guest, event.sequence, event.at, now)
    if isinstance(event, FactShared):
        return Seen(replace(guest, sequence=event.sequence), None)
    return _report(host, guest, event, now)


def cover(host: Host, guest: Guest, why: str | None, now: datetime) -> Seen | None:
    """The guest whose home does not count any more, or does again; None for one who is so already.

    What was told is kept, so that it stands again when the home does.
    """
    if guest.covered == why or guest.ended:
        return None
    after = replace(_known_as(host, replace(guest, covered=why), guest.status, guest.evidence), changed_at=now)
    return Seen(after, _changed(host, guest, after) if guest.reported else None)


def leave(host: Host, guest: Guest, sequence: int, code_at: datetime, now: datetime) -> Seen:
    """The guest after the end of the watch: what was known is forgotten."""
    gone = replace(
        _known_as(host, replace(guest, covered=None), Status.UNKNOWN, EvidenceClass.NONE),
        sequence=sequence,
        since=now,
        until=None,
        code_at=code_at,
        changed_at=now,
        ended=True,
        home_color=None,
        home_rule=None,
    )
    return Seen(gone, _changed(host, guest, gone))


def depart(host: Host, guest: Guest | None, now: datetime) -> tuple[Seen, WatchLeft] | None:
    """The guest has left: what was known is forgotten at once, and the home is told. None for who is no guest."""
    if guest is None or guest.ended or guest.watched_until <= now:
        return None
    told = WatchLeft(
        id=host.ids(), handle=guest.handle, origin=guest.origin, destination=host.region, sequence=1, at=now
    )
    return leave(host, guest, guest.sequence, now, now), told


def _arrive(host: Host, event: WatchOpened, now: datetime) -> Seen:
    """The status follows at once, so the announcement alone is no event."""
    local = host.translation.to_local(Status.UNKNOWN, EvidenceClass.NONE)
    guest = Guest(
        handle=event.handle,
        origin=event.origin,
        purpose=event.purpose,
        watched_until=event.until,
        sequence=event.sequence,
        status=Status.UNKNOWN,
        evidence=EvidenceClass.NONE,
        color=local.color,
        rule=local.rule,
        since=event.at,
        code_at=event.at,
        changed_at=now,
    )
    return Seen(guest, None)


def _report(host: Host, guest: Guest, event: StatusReported, now: datetime) -> Seen:
    told = replace(
        _known_as(host, guest, event.status, event.evidence),
        sequence=event.sequence,
        since=event.since,
        until=event.until,
        code_at=event.code_at,
        reported=True,
        home_color=event.color,
        home_rule=event.rule,
    )
    if guest.reported and _visible(guest) == _visible(told):
        return Seen(told, None)
    told = replace(told, changed_at=now)
    return Seen(told, _changed(host, guest, told))


def _known_as(host: Host, guest: Guest, status: Status, evidence: EvidenceClass) -> Guest:
    """The guest as told: translated, unless the home does not count."""
    if guest.covered is None:
        color, rule = host.translation.to_local(status, evidence)
    else:
        color, rule = host.translation.to_local(Status.UNKNOWN, EvidenceClass.NONE).color, guest.covered
    return replace(guest, status=status, evidence=evidence, color=color, rule=rule)


def _visible(guest: Guest) -> tuple[Color, Status, Color | None, datetime | None]:
    return guest.color, guest.shown, guest.home_color, guest.until


def _changed(host: Host, before: Guest, guest: Guest) -> GuestChanged:
    return GuestChanged(
        id=host.ids(),
        handle=guest.handle,
        origin=guest.origin,
        destination=host.region,
        sequence=guest.sequence,
        way=host.way,
        status=guest.shown,
        color=guest.color,
        previous=before.color,
        evidence=guest.evidence,
        rule=guest.rule,
        home_color=guest.home_color,
        home_rule=guest.home_rule,
        since=guest.since,
        until=guest.until,
        ended=guest.ended,
        code_at=guest.code_at,
        changed_at=guest.changed_at,
    )
