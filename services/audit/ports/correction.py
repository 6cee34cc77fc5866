"""What it takes to answer people who contest a fact."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from healthcode.events import Event
from healthcode.values import CorrectionCategory
from services.audit.ports.finding import FactOrigin

DESK = ""
"""The region's own desk: it answers for what no authority entered."""


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """A contested fact; `kind` is that of the fact, `statement` where the person or nobody known stated it."""

    id: str
    subject: str
    category: CorrectionCategory
    fact: str
    kind: str
    owner: str
    asked_at: datetime
    due: datetime
    escalated_at: datetime | None = None
    outcome: Literal["upheld", "rejected"] | None = None
    explanation: str | None = None
    settled_by: str | None = None
    settled_at: datetime | None = None


class Step(msgspec.Struct, frozen=True):
    """Something that was done about a correction."""

    correction: str
    step: Literal["asked", "escalated", "settled", "withdrawn", "proposed"]
    by: str
    note: str
    at: datetime


class CorrectionStore(Protocol):
    """Corrections within one transaction."""

    async def origins(self, facts: Sequence[str]) -> list[FactOrigin]:
        """Those of the facts that an authority entered."""
        ...

    async def add(self, corrections: Sequence[Correction]) -> list[Correction]:
        """Add those that are new; gives them."""
        ...

    async def lock(self, correction: str) -> Correction | None:
        """One correction, kept from others until the end of the transaction."""
        ...

    async def lock_overdue(self, now: datetime, limit: int) -> list[Correction]:
        """Open ones whose time is over and that were not escalated yet, kept from others."""
        ...

    async def save(self, corrections: Sequence[Correction]) -> None:
        """Write how they stand."""
        ...

    async def note(self, steps: Sequence[Step]) -> None:
        """Keep what was done."""
        ...

    async def steps(self, correction: str) -> list[Step]:
        """What was done about one, oldest first."""
        ...

    async def inbox(self, owners: Sequence[str], *, escalated: bool, after: str | None, limit: int) -> list[Correction]:
        """Open ones of these owners, and with `escalated` those of all owners that are; least time first."""
        ...

    async def publish(self, events: Sequence[Event]) -> None:
        """Publish when the transaction commits."""
        ...
