"""What authorities enter: listings, tests, decisions, areas' levels; of each entry the highest revision counts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

import msgspec

from healthcode.events import Event
from healthcode.values import Category, Color, IdType, Level, TestKind, TestResult

Pseudonymise = Callable[[IdType, str], str]
"""From the kind and number of a document to the subject; raises InvalidIdNumber."""


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with one field of an entry. `code` is stable and `params` fill its text; never the value."""

    code: str
    field: str
    params: Mapping[str, Any] = {}


class Refused(Exception):  # noqa: N818 - a verdict on an entry, not a fault of ours
    """An entry is not accepted; `faults` say why."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(", ".join(f"{fault.code} at {fault.field}" for fault in faults))
        self.faults = tuple(faults)


class UnknownEntry(LookupError):  # noqa: N818 - named for what is wrong
    """There is no such entry, or it is another authority's."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One revision of an entry. `source` is the authority that answers for it, `recorded_by` who sent it."""

    entry: str
    revision: int
    source: str
    evidence: str
    recorded_at: datetime
    recorded_by: str
    withdrawn: bool = False

    @property
    def owner(self) -> str:
        """What it is about: a subject or an area."""
        raise NotImplementedError

    @property
    def fact(self) -> str:
        """The id of this revision as a fact."""
        return f"{self.entry}.{self.revision}"


class Listing(Entry, frozen=True, kw_only=True):
    """A person is on a control list."""

    subject: str
    category: Category
    valid_from: datetime
    valid_until: datetime | None = None

    @property
    def owner(self) -> str:
        """The person."""
        return self.subject


class Test(Entry, frozen=True, kw_only=True):
    """A person was tested."""

    __test__ = False  # pytest takes the name for a test's

    subject: str
    kind: TestKind
    result: TestResult
    sampled_at: datetime

    @property
    def owner(self) -> str:
        """The person."""
        return self.subject


class AreaLevel(Entry, frozen=True, kw_only=True):
    """An area has a risk level over a time."""

    area: str
    level: Level
    valid_from: datetime
    valid_until: datetime | None = None

    @property
    def owner(self) -> str:
        """The area."""
        return self.area


class Decision(Entry, frozen=True, kw_only=True):
    """Two officers decided about a person: a color, or the ids of rules that do not count, with spaces between."""

    subject: str
    color: Color | None
    exempts: str
    reason: str
    valid_from: datetime
    valid_until: datetime

    @property
    def owner(self) -> str:
        """The person."""
        return self.subject


R = TypeVar("R", bound=Entry)


class EntryStore(Protocol[R]):
    """One transaction of an intake of one kind of entry."""

    async def lock(self, keys: Sequence[str]) -> None:
        """Keep others off these owners and entries until the end of the transaction."""
        ...

    async def revisions(self, entries: Sequence[str]) -> list[R]:
        """Every revision of these entries."""
        ...

    async def standing(self, owners: Sequence[str]) -> list[R]:
        """The highest revision of each entry about these owners."""
        ...

    async def add(self, records: Sequence[R]) -> None:
        """Add new revisions."""
        ...

    async def page(self, source: str | None, before: str | None, limit: int) -> list[R]:
        """The highest revisions of a source's entries (of all, without one), newest entry first, behind `before`."""
        ...

    async def publish(self, events: Sequence[Event]) -> None:
        """Publish when the transaction commits."""
        ...


class ReferenceStore(Protocol):
    """A change of the reference data, in a transaction of its own."""

    async def raise_reference(self) -> int:
        """Give the reference data its next number."""
        ...

    async def start_storm(self, area: str | None, cause: str, reference: int, now: datetime) -> None:
        """Have everybody looked at again who was in an area, or with None everybody."""
        ...


class AreaStore(EntryStore[AreaLevel], ReferenceStore, Protocol):
    """The intake of areas' levels, which changes the reference data."""
