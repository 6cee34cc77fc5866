"""What it takes to hand a region's people over to it, and to take them in there."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

import msgspec

from healthcode.events import DossierHandedOver, Event, HandoverAnswered
from services.audit.ports.entry import Decision, Listing, Test

MigrationState = Literal["handing_over", "cutting_over", "done"]


class Migration(msgspec.Struct, frozen=True, kw_only=True):
    """A region that takes a code of its own, and how far that is.

    A pass goes over everybody; `passes` of them came to their end, the present one began at `began_at` and is behind
    `at_subject`, the last one began at `since`, and the next begins at `next_at`.
    """

    id: str
    region: str
    state: MigrationState
    at_subject: str = ""
    passes: int = 0
    began_at: datetime
    since: datetime | None = None
    next_at: datetime
    started_at: datetime
    cut_over_at: datetime | None = None
    ended_at: datetime | None = None


class HandedOver(msgspec.Struct, frozen=True, kw_only=True):
    """One person of a migration: `sequence` times handed over, last with facts of this digest.

    What became of the `answered` one is `outcome`; at `cut_at` the code moved.
    """

    subject: str
    handle: str
    sequence: int
    digest: bytes
    answered: int = 0
    outcome: str | None = None
    cut_at: datetime | None = None


class Candidate(NamedTuple):
    """Somebody whom a pass looks at: their facts, what they have now, and how far they are in the migration."""

    subject: str
    facts: bytes
    color: str
    finding: bytes | None
    handed: HandedOver | None


class Entries(NamedTuple):
    """The highest revisions of what authorities entered about one person."""

    listings: tuple[Listing, ...] = ()
    tests: tuple[Test, ...] = ()
    decisions: tuple[Decision, ...] = ()


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many people a migration has handed over, and what became of them."""

    handed_over: int
    taken: int
    unnamed: int
    refused: int
    waiting: int
    """Not answered yet, or handed over anew since."""
    moved: int


class MigrationStore(Protocol):
    """One transaction of a migration."""

    async def open(self) -> Migration | None:
        """One that is not done, locked; None while another process has it."""
        ...

    async def of(self, region: str) -> Migration | None:
        """The latest of a region, locked."""
        ...

    async def add(self, migration: Migration) -> bool:
        """Begin one; False when one of that region is not done."""
        ...

    async def save(self, migration: Migration) -> None:
        """Write how far it is."""
        ...

    async def candidates(self, migration: Migration, limit: int) -> list[Candidate]:
        """The next people of the pass, in the order of subjects."""
        ...

    async def entries(self, subjects: Sequence[str]) -> Mapping[str, Entries]:
        """What authorities entered about these people."""
        ...

    async def keep(self, migration: str, people: Sequence[HandedOver]) -> None:
        """Write how far people are."""
        ...

    async def answer(self, answers: Sequence[HandoverAnswered]) -> None:
        """Write down what became of people; what is older than the last answer changes nothing."""
        ...

    async def count(self, migration: str) -> Count:
        """How far its people are."""
        ...

    async def publish(self, events: Sequence[Event]) -> None:
        """Publish when the transaction commits."""
        ...


class Compared(NamedTuple):
    """So many people, by what they had where they came from and what they have here, with the rules that say so."""

    before: str
    after: str
    rule_before: str
    people: int


class ArrivalStore(Protocol):
    """People who arrive, within one transaction."""

    async def take(self, arrivals: Sequence[DossierHandedOver]) -> None:
        """Keep what came with them, and the entries behind their facts; what is older changes nothing."""
        ...

    async def publish(self, events: Sequence[Event]) -> None:
        """Publish when the transaction commits."""
        ...
