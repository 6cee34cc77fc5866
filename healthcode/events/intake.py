"""What outsiders write to the `-in` topics: the person in it is a JWE to the region's intake key."""

from datetime import datetime
from typing import ClassVar

from healthcode.events.base import Event
from healthcode.values import Category, Level, TestKind, TestResult


class ListingSubmitted(Event, frozen=True, kw_only=True):
    """An authority submits an entry. `person` is a compact JWE of `{"id_type", "id_number"}`."""

    type: ClassVar[str] = "org.healthcode.listing.submitted.v1"
    topic: ClassVar[str] = "lists-in.v1"
    key_field: ClassVar[str] = "entry"

    entry: str
    revision: int = 1
    person: str
    category: Category
    source: str
    evidence: str
    valid_from: datetime
    valid_until: datetime | None = None
    withdrawn: bool = False


class TestSubmitted(Event, frozen=True, kw_only=True):
    """A laboratory submits a result. `person` as in ListingSubmitted."""

    __test__: ClassVar[bool] = False  # pytest takes the name for a test's
    type: ClassVar[str] = "org.healthcode.test.submitted.v1"
    topic: ClassVar[str] = "tests-in.v1"
    key_field: ClassVar[str] = "test"

    test: str
    revision: int = 1
    person: str
    kind: TestKind
    result: TestResult
    sampled_at: datetime
    source: str
    evidence: str
    withdrawn: bool = False


class AreaLevelSubmitted(Event, frozen=True, kw_only=True):
    """An authority submits an area's level."""

    type: ClassVar[str] = "org.healthcode.area.submitted.v1"
    topic: ClassVar[str] = "areas-in.v1"
    key_field: ClassVar[str] = "area"

    area: str
    entry: str
    revision: int = 1
    level: Level
    source: str
    evidence: str
    valid_from: datetime
    valid_until: datetime | None = None
    withdrawn: bool = False
