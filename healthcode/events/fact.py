"""What authorities know and decide: listings, tests, decisions by hand, areas."""

from datetime import date, datetime
from typing import ClassVar

from healthcode.events.base import Event
from healthcode.values import Category, Color, Level, TestKind, TestResult


class ListingRecorded(Event, frozen=True, kw_only=True):
    """An entry of a control list was added, changed or withdrawn.

    The highest `revision` of an `entry` counts, whatever the order of arrival. `id` names this revision as a fact;
    `origin` is the region that shared it, None for the region's own.
    """

    type: ClassVar[str] = "org.healthcode.listing.recorded.v1"
    topic: ClassVar[str] = "facts.v1"

    subject: str
    entry: str
    revision: int
    category: Category
    source: str
    evidence: str
    valid_from: datetime
    valid_until: datetime | None = None
    recorded_at: datetime
    withdrawn: bool = False
    origin: str | None = None


class TestRecorded(Event, frozen=True, kw_only=True):
    """A test was added, changed or withdrawn; the highest `revision` of a `test` counts. `origin` as in a listing."""

    __test__: ClassVar[bool] = False  # pytest takes the name for a test's
    type: ClassVar[str] = "org.healthcode.test.recorded.v1"
    topic: ClassVar[str] = "facts.v1"

    subject: str
    test: str
    revision: int
    kind: TestKind
    result: TestResult
    sampled_at: datetime
    source: str
    evidence: str
    recorded_at: datetime
    withdrawn: bool = False
    origin: str | None = None


class StayRecorded(Event, frozen=True, kw_only=True):
    """A guest's stay that the region of `origin` knows of, by days of its calendar; both days count.

    The highest `revision` of a `stay` counts. `area` is None for a stay in another country.
    """

    type: ClassVar[str] = "org.healthcode.stay.recorded.v1"
    topic: ClassVar[str] = "facts.v1"

    subject: str
    stay: str
    revision: int
    area: str | None = None
    country: str = "CN"
    since: date
    until: date
    source: str
    recorded_at: datetime
    withdrawn: bool = False
    origin: str


class DecisionRecorded(Event, frozen=True, kw_only=True):
    """Two officers decided about one person by hand, changed or withdrew it; the highest `revision` counts.

    Either `color`, yellow or red: the person is at least that; or `exempts`, ids of rules that do not count for them,
    `*` for every rule. `reason` is a key of the region's texts. It always has an end.
    """

    type: ClassVar[str] = "org.healthcode.decision.recorded.v1"
    topic: ClassVar[str] = "facts.v1"

    subject: str
    decision: str
    revision: int
    color: Color | None = None
    exempts: tuple[str, ...] = ()
    reason: str
    source: str
    evidence: str
    valid_from: datetime
    valid_until: datetime
    recorded_at: datetime
    withdrawn: bool = False


class AreaLevelRecorded(Event, frozen=True, kw_only=True):
    """An area's risk level over a time was set, changed or withdrawn; the highest `revision` of an `entry` counts.

    `reference` is the number of the reference data after this change; a finding says with which it was made.
    """

    type: ClassVar[str] = "org.healthcode.area.recorded.v1"
    topic: ClassVar[str] = "reference.v1"
    key_field: ClassVar[str] = "area"

    area: str
    entry: str
    revision: int
    level: Level
    source: str
    evidence: str
    valid_from: datetime
    valid_until: datetime | None = None
    recorded_at: datetime
    withdrawn: bool = False
    reference: int


class PolicyRecorded(Event, frozen=True, kw_only=True):
    """Two officers put a policy in force from a time on, in place of all that was to begin then or later.

    `change` is `activation` or `rollback`, to an earlier version; `pack` is the policy as it is written and `proposal`
    what they approved. `reference` as in an area's level.
    """

    type: ClassVar[str] = "org.healthcode.policy.recorded.v1"
    topic: ClassVar[str] = "reference.v1"
    key_field: ClassVar[str] = "policy"

    policy: str
    version: str
    change: str
    effective: datetime
    pack: str
    source: str
    proposal: str
    recorded_at: datetime
    reference: int


class ReviewDue(Event, frozen=True, kw_only=True):
    """One more look is due: by time, or since an area or a policy changed."""

    type: ClassVar[str] = "org.healthcode.review.due.v1"
    topic: ClassVar[str] = "reviews.v1"

    subject: str
    cause: str
    due: datetime
    reference: int | None = None
