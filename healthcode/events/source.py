"""What a region without a code of its own feeds into the audit that serves its people, and what that audit refuses."""

from datetime import datetime
from typing import ClassVar

import msgspec

from healthcode.events.base import Event
from healthcode.events.intake import AreaLevelSubmitted, ListingSubmitted, TestSubmitted

Submitted = ListingSubmitted | TestSubmitted | AreaLevelSubmitted


class SourceSubmitted(Event, frozen=True, kw_only=True):
    """One submission of an authority of `origin`, for the audit of `destination`; one of the three is set.

    The person in it is sealed to the intake key of `destination`. `sequence` is the revision of the entry.
    """

    type: ClassVar[str] = "org.healthcode.source.submitted.v1"
    topic: ClassVar[str] = "sources.v1"
    key_field: ClassVar[str] = "entry"

    origin: str
    destination: str
    entry: str
    sequence: int
    listing: ListingSubmitted | None = None
    test: TestSubmitted | None = None
    area: AreaLevelSubmitted | None = None
    at: datetime

    @property
    def submitted(self) -> Submitted | None:
        """What was submitted; None where it says nothing, or more than one thing."""
        found = [each for each in (self.listing, self.test, self.area) if each is not None]
        return found[0] if len(found) == 1 else None


class SourceFault(msgspec.Struct, frozen=True):
    """What is wrong: a stable code, and the field."""

    code: str
    field: str


class SourceRefused(Event, frozen=True, kw_only=True):
    """A submission was not accepted, and changed nothing. `origin` says so to `destination`, which had sent it.

    `kind` is `listing`, `test` or `area`, empty where it was none; `submission` the id of the refused event.
    """

    type: ClassVar[str] = "org.healthcode.source.refused.v1"
    topic: ClassVar[str] = "source-refusals.v1"
    key_field: ClassVar[str] = "entry"

    origin: str
    destination: str
    entry: str
    sequence: int
    kind: str
    submission: str
    faults: tuple[SourceFault, ...]
    at: datetime
