"""Retention over stores in memory; the same suite runs over PostgreSQL (tests/integration/test_audit_retention.py)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chassis.documents import read_yaml
from healthcode.events import Event, ReviewDue
from services.audit.domain import PolicyAct
from services.audit.domain.retention import Retention, retention_from
from services.audit.handlers.retention import drop_past
from services.audit.handlers.review import Judge, review_events
from services.audit.ports.entry import Listing
from services.audit.ports.retention import Kind, Row, Sweep
from services.audit.ports.review import AreaRow
from tests.twins.audit import ReviewTwin
from tests.twins.audit_retention_behaviour import RetentionBehaviour


class AtticTwin:
    """Implements RetentionStore, and is filled by itself."""

    def __init__(self) -> None:
        self.reviews = ReviewTwin()
        self.listings: dict[tuple[str, int], Listing] = {}
        self.contested: set[str] = set()
        self.sweeps: dict[Kind, Sweep] = {}
        self.reviewed: dict[str, datetime] = {}
        self.due: list[str] = []

    async def review(self, judge: Judge, events: Sequence[Event], now: datetime) -> None:
        await review_events(self.reviews, judge, events, now)
        self.reviewed |= {event.key: now for event in events}

    async def enter(self, records: Sequence[Listing]) -> None:
        self.listings |= {(each.entry, each.revision): each for each in records}

    async def contest(self, fact: str) -> None:
        self.contested.add(fact)

    async def step(self, judge: Judge, retention: Any, kind: Kind, now: datetime, limit: int) -> bool:
        return await drop_past(self, judge, retention, kind, now, limit)

    async def ask(self, reviews: Sequence[ReviewDue]) -> None:
        self.due += [each.subject for each in reviews]

    async def asked(self) -> list[str]:
        due, self.due = sorted(self.due), []
        return due

    async def left(self, kind: Kind) -> list[tuple[str, int]]:
        if kind == "dossiers":
            return [(subject, held.sequence) for subject, held in sorted(self.reviews.dossiers.items())]
        if kind == "findings":
            return sorted((each.subject, each.sequence) for each in self.reviews.history)
        return sorted(self.listings)

    async def sweep(self, kind: Kind) -> Sweep | None:
        return self.sweeps.get(kind, Sweep(kind))

    async def passing(self, sweep: Sweep, before: datetime, limit: int) -> list[Row]:
        place = sweep.at_name, sweep.at_number
        ahead = [each for each in await self.left(sweep.kind) if each > place][:limit]
        return [Row(*each, *self._seen(sweep.kind, each, before)) for each in ahead]

    def _seen(self, kind: Kind, row: tuple[str, int], before: datetime) -> tuple[str, bool]:
        if kind == "dossiers":
            return row[0], self.reviewed[row[0]] < before
        if kind == "findings":
            mine = [each for each in self.reviews.history if each.subject == row[0]]
            return row[0], any(each.sequence > row[1] and each.reviewed_at < before for each in mine)
        listing = self.listings[row]
        later = [each for key, each in self.listings.items() if key[0] == row[0] and key[1] > row[1]]
        over = None if listing.valid_until is None else max(listing.valid_until, listing.recorded_at)
        over = listing.recorded_at if listing.withdrawn else over
        over = min((each.recorded_at for each in later), default=over)
        return listing.subject, over is not None and over < before

    async def reference(self) -> int:
        return self.reviews.reference

    async def policy_acts(self) -> list[PolicyAct]:
        return await self.reviews.policy_acts()

    async def areas(self) -> tuple[int, Iterable[AreaRow]]:
        return await self.reviews.areas()

    async def dossiers(self, subjects: Sequence[str]) -> list[bytes]:
        return [held.facts for subject, held in self.reviews.dossiers.items() if subject in subjects]

    async def drop(self, kind: Kind, rows: Sequence[Row]) -> int:
        gone = {(row.name, row.number) for row in rows if f"{row.name}.{row.number}" not in self.contested}
        if kind == "findings":
            kept = [each for each in self.reviews.history if (each.subject, each.sequence) not in gone]
            self.reviews.history[:] = kept
        else:
            self.listings = {key: each for key, each in self.listings.items() if key not in gone}
        return len(gone)

    async def save(self, sweep: Sweep) -> None:
        self.sweeps[sweep.kind] = sweep


@pytest.fixture
def attic() -> AtticTwin:
    return AtticTwin()


class TestTwin(RetentionBehaviour):
    """In memory."""


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"findings": 0}, "findings"),
        ({"finding": 30}, "finding"),
        ({"findings": 200, "listings": 190}, "write 200 or more"),
        ({"findings": 30, "tests": 60}, "write 180 or more"),
        ({"decisions": "long"}, "decisions"),
    ],
)
def test_days_that_cannot_be_are_refused_with_what_to_write(document: dict[str, object], says: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=says):
        retention_from(document)


@pytest.mark.parametrize("file", sorted(Path("regions").glob("*/retention.yaml")), ids=str)
def test_every_region_s_own_can_be_read(file: Path) -> None:
    assert isinstance(retention_from(read_yaml(file)), Retention)
