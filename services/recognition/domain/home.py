"""People of this region who travel: their code, and the watches of other regions on them.

A `Home` is one person's; the functions take it as it was and give it as it is then, with the messages that tell so.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final, NamedTuple

from healthcode.events import CodeChanged, DeclarationConfirmed, StatusReported, TripDeclared, WatchEnded, WatchOpened
from healthcode.values import Attestation, Color, EvidenceClass, Status
from services.recognition.domain.message import Watched
from services.recognition.domain.translation import Translation

TRIP: Final = "trip"
# A trip whose return is open is watched so long; whoever stays longer declares again.
OPEN_RETURN: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class HomeCode:
    """A person's last code that rests on first-hand facts; with `version` 0 there has been none."""

    incarnation: int = 0
    version: int = 0
    color: Color = Color.PENDING
    evidence: EvidenceClass = EvidenceClass.NONE
    since: datetime | None = None
    until: datetime | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """One region's interest in one person, for one trip; without a handle it waits for the person's own word."""

    trip: str
    subject: str
    destination: str
    until: datetime
    purpose: str = TRIP
    handle: str | None = None
    opened_at: datetime | None = None
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Home:
    """One person: the code, and the watches by trip."""

    code: HomeCode = field(default_factory=HomeCode)
    watches: Mapping[str, Watch] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Origin:
    """The region that watches are opened by: `serves` tells whether a region can be reported to now.

    `ids` makes ids of messages, `handles` random names of 128 bits.
    """

    region: str
    zone: tzinfo
    translation: Translation
    serves: Callable[[str, datetime], bool]
    ids: Callable[[], str]
    handles: Callable[[], str]


class Step(NamedTuple):
    """What an event made of a person, and what is to be told."""

    home: Home
    messages: list[Watched]


def take_event(
    origin: Origin, home: Home, event: TripDeclared | DeclarationConfirmed | CodeChanged, now: datetime
) -> Step:
    """The person after the event; one that was seen before, is older or is no matter of ours changes nothing."""
    if isinstance(event, TripDeclared):
        return declare(origin, home, event, now)
    if isinstance(event, DeclarationConfirmed):
        return confirm(origin, home, event, now)
    return recolor(origin, home, event, now)


def declare(origin: Origin, home: Home, trip: TripDeclared, now: datetime) -> Step:
    """A trip into another region opens a watch; one that somebody else declared waits until the person confirms it."""
    until = trip_end(trip, origin.zone)
    known = trip.id in home.watches
    if known or trip.destination == origin.region or until <= now or not origin.serves(trip.destination, now):
        return Step(home, [])
    watch = Watch(trip.id, trip.subject, trip.destination, until)
    if trip.attestation is Attestation.OTHER:
        return Step(_with(home, watch), [])
    return _open(origin, home, watch, now)


def confirm(origin: Origin, home: Home, said: DeclarationConfirmed, now: datetime) -> Step:
    """The person's own word on a trip that somebody else declared; the latest counts."""
    watch = home.watches.get(said.declaration)
    if watch is None or said.agreed == (watch.handle is not None) or watch.until <= now:
        return Step(home, [])
    if said.agreed:
        return _open(origin, home, watch, now)
    waiting = replace(watch, handle=None, opened_at=None, sequence=0)
    return Step(_with(home, waiting), [_ended(origin, watch, now)])


def recolor(origin: Origin, home: Home, change: CodeChanged, now: datetime) -> Step:
    """A newer code goes to every region that watches.

    One that rests on facts received from another region is not passed on, or A would be red because B is red because
    A is red.
    """
    newer = (change.incarnation, change.version) > (home.code.incarnation, home.code.version)
    if not newer or not change.first_hand:
        return Step(home, [])
    code = HomeCode(
        incarnation=change.incarnation,
        version=change.version,
        color=change.color,
        evidence=change.evidence,
        since=change.since,
        until=change.until,
        changed_at=change.changed_at,
    )
    home = replace(home, code=code)
    messages: list[Watched] = []
    for watch in list(home.watches.values()):
        if watch.handle is not None and watch.until > now:
            told = replace(watch, sequence=watch.sequence + 1)
            home = _with(home, told)
            messages.append(_report(origin, code, told, now))
    return Step(home, messages)


def retell(origin: Origin, home: Home, trips: Collection[str], now: datetime) -> Step:
    """Open watches announced and told once more, for whom may have missed both; known ones take the status alone."""
    messages: list[Watched] = []
    for watch in list(home.watches.values()):
        if watch.trip in trips and watch.handle is not None and watch.until > now:
            told = replace(watch, sequence=watch.sequence + 2)
            home = _with(home, told)
            announcement = _announcement(origin, replace(told, sequence=told.sequence - 1), now)
            messages += [announcement, _report(origin, home.code, told, now)]
    return Step(home, messages)


def end_over(origin: Origin, home: Home, now: datetime) -> Step:
    """Watches whose end has come are forgotten, and those that were open are called off."""
    over = [watch for watch in home.watches.values() if watch.until <= now]
    kept = {trip: watch for trip, watch in home.watches.items() if watch.until > now}
    return Step(replace(home, watches=kept), [_ended(origin, watch, now) for watch in over if watch.handle])


def trip_end(trip: TripDeclared, zone: tzinfo) -> datetime:
    """The midnight after the last day of a trip, in the region's own time."""
    last = trip.until or max(trip.since, trip.at.astimezone(zone).date()) + OPEN_RETURN
    return _midnight_after(last, zone)


def _midnight_after(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)


def _open(origin: Origin, home: Home, watch: Watch, now: datetime) -> Step:
    """The announcement, and the state of the code at once behind it."""
    handle = origin.handles()
    opened = replace(watch, handle=handle, opened_at=now, sequence=2)
    announcement = _announcement(origin, replace(opened, sequence=1), now)
    return Step(_with(home, opened), [announcement, _report(origin, home.code, opened, now)])


def _announcement(origin: Origin, watch: Watch, now: datetime) -> WatchOpened:
    return WatchOpened(
        id=origin.ids(),
        handle=watch.handle or "",
        origin=origin.region,
        destination=watch.destination,
        sequence=watch.sequence,
        purpose=watch.purpose,
        until=watch.until,
        at=now,
    )


def _report(origin: Origin, code: HomeCode, watch: Watch, now: datetime) -> StatusReported:
    known = code.version > 0
    return StatusReported(
        id=origin.ids(),
        handle=watch.handle or "",
        origin=origin.region,
        destination=watch.destination,
        sequence=watch.sequence,
        status=origin.translation.to_national(code.color, code.evidence) if known else Status.UNKNOWN,
        evidence=code.evidence,
        since=code.since or now,
        until=code.until,
        code_at=code.changed_at or now,
        at=now,
    )


def _ended(origin: Origin, watch: Watch, now: datetime) -> WatchEnded:
    return WatchEnded(
        id=origin.ids(),
        handle=watch.handle or "",
        origin=origin.region,
        destination=watch.destination,
        sequence=watch.sequence + 1,
        at=now,
    )


def _with(home: Home, watch: Watch) -> Home:
    return replace(home, watches={**home.watches, watch.trip: watch})
