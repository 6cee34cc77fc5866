"""What a review needs: the dossiers it locks, the reference data it reads, and the places for its outcome."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeAlias

import msgspec

from healthcode.events import FindingConcluded
from services.audit.domain import PolicyAct

AreaRow: TypeAlias = tuple[str, str, datetime, datetime | None]
"""Area, level, valid from and until."""


class Held(msgspec.Struct, frozen=True, gc=False):
    """A locked dossier. `facts` are empty and `reference` is 0 for a person of whom nothing was known before."""

    subject: str
    facts: bytes
    sequence: int
    digest: str
    reference: int
    due: datetime | None


class Standing(msgspec.Struct, frozen=True, gc=False):
    """What the database says of itself: the number of its reference data, and its incarnation."""

    reference: int
    incarnation: int


class Kept(msgspec.Struct, frozen=True, gc=False):
    """What is kept of a review, beside its dossier: what it concluded, when, and with which reference data."""

    reviewed_at: datetime
    reference: int
    finding: bytes


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """What a review leaves behind.

    `rearm`: the person's timer is not what `due` says. `concluded`: the finding to publish, if any. `areas`: where the
    events say that the person stayed. `awaited`: the person acted, and waits for the finding. `kept`: what goes to the
    history, where the finding is another than before.
    """

    subject: str
    facts: bytes
    sequence: int
    digest: str
    color: str
    due: datetime | None
    rearm: bool
    concluded: FindingConcluded | None
    areas: frozenset[str]
    awaited: bool = True
    kept: Kept | None = None


class AreaReader(Protocol):
    """Reads the reference data: the areas' levels, and the policies that officers put in force."""

    async def areas(self) -> tuple[int, Iterable[AreaRow]]:
        """The areas' levels that count, with the number of the reference data that they belong to."""
        ...

    async def policy_acts(self) -> list[PolicyAct]:
        """What officers put in force, in the order of its recording; no older than areas that were read before."""
        ...


class ReviewStore(AreaReader, Protocol):
    """One transaction of the worker."""

    async def lock(self, subjects: Sequence[str]) -> list[Held]:
        """Lock the dossiers of `subjects`, which ascend; make those that are missing."""
        ...

    async def standing(self) -> Standing:
        """The present standing, read after the locks."""
        ...

    async def write(self, outcomes: Sequence[Outcome], reference: int, now: datetime) -> None:
        """Write dossiers, timers, stays, findings and their history, all set-wise."""
        ...
