"""People of this region who travel: their code, and the watches of other regions on them.

A `Home` is one person's; the functions take it as it was and give it as it is then, with the messages that tell so.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final, NamedTuple

from healthcode.events import CodeChanged, DeclarationConfirmed, StatusReported, TripDeclared, WatchEnded, WatchOpened
from healthcode.region import Watches
from healthcode.values import Attestation, Color, EvidenceClass, Purpose, Status
from services.recognition.domain.message import Between
from services.recognition.domain.translation import Translation

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
    """One region's interest in one person; without a handle it waits for the person's own word.

    `trip`: the id of the trip that was declared, or the name under which the region asked. `gone`: the person has left
    there; it stays until its end, so that what caused it opens no other when it is read again.
    """

    trip: str
    subject: str
    destination: str
    until: datetime
    purpose: str = Purpose.TRIP.value
    handle: str | None = None
    opened_at: datetime | None = None
    sequence: int = 0
    gone: bool = False

    def tells(self, now: datetime) -> bool:
        """Whether the region hears of the person."""
        return self.handle is not None and not self.gone and self.until > now


@dataclass(frozen=True, slots=True)
class Home:
    """One person: the code, and the watches by the trip or the ask that each is for."""

    code: HomeCode = field(default_factory=HomeCode)
    watches: Mapping[str, Watch] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Origin:
    """The region that watches are opened by: `serves` tells whether a region can be reported to now.

    `ids` makes ids of messages, `handles` random names of 128 bits; `watches` limits what others ask for.
    """

    region: str
    zone: tzinfo
    translation: Translation
    serves: Callable[[str, datetime], bool]
    ids: Callable[[], str]
    handles: Callable[[], str]
    watches: Watches = field(default_factory=Watches)


class Step(NamedTuple):
    """What an event made of a person, and what is to be told."""

    home: Home
    messages: list[Between]


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
    return open_watch(origin, home, watch, now)


def confirm(origin: Origin, home: Home, said: DeclarationConfirmed, now: datetime) -> Step:
    """The person's own word on a trip that somebody else declared; the latest counts."""
    watch = home.watches.get(said.declaration)
    if watch is None or watch.gone or said.agreed == (watch.handle is not None) or watch.until <= now:
        return Step(home, [])
    if said.agreed:
        return open_watch(origin, home, watch, now)
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
    if change.moved_to is not None:
        return _move(origin, home, now)
    messages: list[Between] = []
    for watch in list(home.watches.values()):
        if watch.tells(now):
            told = replace(watch, sequence=watch.sequence + 1)
            home = _with(home, told)
            messages.append(_report(origin, code, told, now))
    return Step(home, messages)


def leave(origin: Origin, home: Home, handle: str, destination: str, now: datetime) -> Step:
    """The destination says that the person has left: nothing more is told, and all are told that it is over."""
    watch = next((watch for watch in home.watches.values() if watch.handle == handle), None)
    if watch is None or watch.destination != destination or not watch.tells(now):
        return Step(home, [])
    return Step(_with(home, replace(watch, gone=True)), [_ended(origin, watch, now)])


def retell(origin: Origin, home: Home, trips: Collection[str], now: datetime) -> Step:
    """Open watches announced and told once more, for whom may have missed both; known ones take the status alone."""
    messages: list[Between] = []
    for watch in list(home.watches.values()):
        if watch.trip in trips and watch.tells(now):
            told = replace(watch, sequence=watch.sequence + 2)
            home = _with(home, told)
            announcement = _announcement(origin, replace(told, sequence=told.sequence - 1), now)
            messages += [announcement, _report(origin, home.code, told, now)]
    return Step(home, messages)


def _move(origin: Origin, home: Home, now: datetime) -> Step:
    """All watches end: the region that the code has moved to opens its own, under other names."""
    ended: list[Between] = [_ended(origin, watch, now) for watch in home.watches.values() if watch.handle is not None]
    return Step(replace(home, watches={}), ended)


def end_over(origin: Origin, home: Home, now: datetime) -> Step:
    """Watches whose end has come are forgotten, and those that were open are called off."""
    over = [watch for watch in home.watches.values() if watch.until <= now]
    kept = {trip: watch for trip, watch in home.watches.items() if watch.until > now}
    return Step(
        replace(home, watches=kept), [_ended(origin, watch, now) for watch in over if watch.handle and not watch.gone]
    )


def trip_end(trip: TripDeclared, zone: tzinfo) -> datetime:
    """The midnight after the last day of a trip, in the region's own time."""
    last = trip.until or max(trip.since, trip.at.astimezone(zone).date()) + OPEN_RETURN
    return _midnight_after(last, zone)


def _midnight_after(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)


def open_watch(origin: Origin, home: Home, watch: Watch, now: datetime, *, ask: str | None = None) -> Step:
    """The announcement, and the state of the code at once behind it; `ask`: what it answers."""
    handle = origin.handles()
    opened = replace(watch, handle=handle, opened_at=now, sequence=2)
    announcement = _announcement(origin, replace(opened, sequence=1), now, ask)
    return Step(_with(home, opened), [announcement, _report(origin, home.code, opened, now)])


def _announcement(origin: Origin, watch: Watch, now: datetime, ask: str | None = None) -> WatchOpened:
    return WatchOpened(
        id=origin.ids(),
        handle=watch.handle or "",
        origin=origin.region,
        destination=watch.destination,
        sequence=watch.sequence,
        purpose=watch.purpose,
        until=watch.until,
        ask=ask,
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
        color=code.color if known else None,
        rule=origin.translation.out_rule(code.color, code.evidence) if known else None,
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
