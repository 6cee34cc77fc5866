"""What regions tell each other through the hub, and what a region knows of its guests."""

from datetime import datetime
from typing import ClassVar

from healthcode.events.base import Event
from healthcode.values import Color, EvidenceClass, Status, Way


class WatchOpened(Event, frozen=True, kw_only=True):
    """The origin announces a person to the destination under a random handle, for a purpose, until an end.

    `ask`: what of the destination's it answers, where it was asked.
    """

    type: ClassVar[str] = "org.healthcode.watch.opened.v1"
    topic: ClassVar[str] = "inbox.v1"
    key_field: ClassVar[str] = "handle"

    handle: str
    origin: str
    destination: str
    sequence: int
    purpose: str
    until: datetime
    ask: str | None = None
    at: datetime


class StatusReported(Event, frozen=True, kw_only=True):
    """A watched person's national status; `sequence` ascends per handle. `code_at` is when the code changed.

    `color` is the one at home, `rule` the row of the origin's table that made it the status: for people to read.
    """

    type: ClassVar[str] = "org.healthcode.status.reported.v1"
    topic: ClassVar[str] = "inbox.v1"
    key_field: ClassVar[str] = "handle"

    handle: str
    origin: str
    destination: str
    sequence: int
    status: Status
    evidence: EvidenceClass
    since: datetime
    until: datetime | None = None
    color: Color | None = None
    rule: str | None = None
    code_at: datetime
    at: datetime


class WatchEnded(Event, frozen=True, kw_only=True):
    """The watch is over: the destination forgets what it knew under the handle."""

    type: ClassVar[str] = "org.healthcode.watch.ended.v1"
    topic: ClassVar[str] = "inbox.v1"
    key_field: ClassVar[str] = "handle"

    handle: str
    origin: str
    destination: str
    sequence: int
    at: datetime


class GuestChanged(Event, frozen=True, kw_only=True):
    """What a person from another region counts as here: color, national status, and the row that translated it.

    `home_color` and `home_rule` are those at home, as the origin told them.
    """

    type: ClassVar[str] = "org.healthcode.guest.changed.v1"
    topic: ClassVar[str] = "guests.v1"
    key_field: ClassVar[str] = "handle"

    handle: str
    origin: str
    destination: str
    sequence: int
    way: Way
    status: Status
    color: Color
    previous: Color
    evidence: EvidenceClass
    rule: str
    home_color: Color | None = None
    home_rule: str | None = None
    since: datetime
    until: datetime | None = None
    ended: bool = False
    code_at: datetime
    changed_at: datetime


class ClockSet(Event, frozen=True, kw_only=True):
    """The simulated time of a demonstration: it was `sim` at the real moment `wall`, and flows on from there."""

    type: ClassVar[str] = "org.healthcode.clock.set.v1"
    topic: ClassVar[str] = "clock.v1"
    key_field: ClassVar[str] = "clock"

    clock: str = "demo"
    sim: datetime
    wall: datetime
