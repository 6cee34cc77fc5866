"""A region takes a code of its own: what the nation hands over of its people, and how that is answered."""

from datetime import datetime
from typing import ClassVar, Final, Literal

from healthcode.events.base import Event
from healthcode.events.declaration import TripDeclared
from healthcode.events.fact import DecisionRecorded, ListingRecorded, TestRecorded

ARRIVALS: Final = "arrivals.v1"
"""The second home of dossiers that are handed over: where they arrive."""

HandoverOutcome = Literal["taken", "unnamed", "refused"]


class DossierHandedOver(Event, frozen=True, kw_only=True):
    """All facts of one person, for the audit of `destination`; a finding is not among them.

    It lies on `handovers.v1` where it is handed over, under the subject there; where it arrives, on `arrivals.v1` under
    the destination's own. `handle` is a random name of the person for this migration and `sequence` ascends under it;
    what comes later holds all that came before. `facts` is the dossier in the audit's own form without a subject; the
    entries are the highest revisions behind it. `color` and `rule` are what the person had, to compare. With `moved`
    the code is the destination's from now on, and `trips` are those that are not over.
    """

    type: ClassVar[str] = "org.healthcode.dossier.handed-over.v1"
    topic: ClassVar[str] = "handovers.v1"

    subject: str
    handle: str
    sequence: int
    origin: str
    destination: str
    facts: bytes
    color: str
    rule: str
    listings: tuple[ListingRecorded, ...] = ()
    tests: tuple[TestRecorded, ...] = ()
    decisions: tuple[DecisionRecorded, ...] = ()
    trips: tuple[TripDeclared, ...] = ()
    moved: bool = False
    at: datetime


class PersonHandedOver(Event, frozen=True, kw_only=True):
    """One person on the way: name, document and dossier, sealed to the intake key of `destination` (compact JWE)."""

    type: ClassVar[str] = "org.healthcode.person.handed-over.v1"
    topic: ClassVar[str] = "sealed-handovers.v1"
    key_field: ClassVar[str] = "handle"

    handle: str
    sequence: int
    origin: str
    destination: str
    sealed: str
    at: datetime


class HandoverAnswered(Event, frozen=True, kw_only=True):
    """What became of a person who was handed over; `origin` answers.

    `taken`: all of it is durable there. `unnamed`: nobody knows the document any more, so nothing was sent. `refused`:
    it could not be opened or its document cannot be right.
    """

    type: ClassVar[str] = "org.healthcode.handover.answered.v1"
    topic: ClassVar[str] = "handover-answers.v1"
    key_field: ClassVar[str] = "handle"

    handle: str
    sequence: int
    origin: str
    destination: str
    outcome: HandoverOutcome
    at: datetime


class PersonMoved(Event, frozen=True, kw_only=True):
    """A person's code is another region's from now on: the one here ends."""

    type: ClassVar[str] = "org.healthcode.person.moved.v1"
    topic: ClassVar[str] = "moved.v1"

    subject: str
    region: str
    migration: str
    at: datetime
