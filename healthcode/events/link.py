"""Whether regions still hear from one another: a beat from each, and what the hub has heard of all."""

from datetime import datetime
from typing import ClassVar

from healthcode.events.base import Event


class LinkBeat(Event, frozen=True, kw_only=True):
    """A region is there: what it had told before is on its way to the hub. `sequence` ascends per region."""

    type: ClassVar[str] = "org.healthcode.link.beat.v1"
    topic: ClassVar[str] = "beats.v1"
    key_field: ClassVar[str] = "origin"

    origin: str
    destination: str
    sequence: int
    at: datetime


class LinksHeard(Event, frozen=True, kw_only=True):
    """The hub is there, and has not heard of each region for so many seconds, all by its own clock.

    Spans and no times, so that no clock is compared with another.
    """

    type: ClassVar[str] = "org.healthcode.links.heard.v1"
    topic: ClassVar[str] = "links.v1"
    key_field: ClassVar[str] = "destination"

    origin: str
    destination: str
    sequence: int
    silent: dict[str, float]
    at: datetime
