"""The history's twin behaves as the real one (tests/integration/test_audit_history.py)."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

import pytest

from services.audit.ports.entry import AreaLevel
from services.audit.ports.history import Level
from tests.twins.audit import AreaTwin, HistoryTwin, ReviewTwin
from tests.twins.audit_history_behaviour import Archive, HistoryBehaviour


class Levels(AreaTwin):
    """Also gives the worker its levels, and the history each revision with its number."""

    def __init__(self, reviews: ReviewTwin, history: HistoryTwin) -> None:
        super().__init__(reference=reviews.reference)
        self.reviews, self.history = reviews, history

    async def add(self, records: Sequence[AreaLevel]) -> None:
        await super().add(records)
        for each in records:
            place = each.entry, each.revision, each.area, each.level.value
            self.history.revisions.append(
                Level(*place, each.valid_from, each.valid_until, each.withdrawn, self.reference + 1)
            )

    async def raise_reference(self) -> int:
        self.reviews.reference = await super().raise_reference()
        standing = [each for each in self._highest() if not each.withdrawn]
        self.reviews.levels = [(each.area, each.level.value, each.valid_from, each.valid_until) for each in standing]
        return self.reviews.reference

    async def start_storm(self, area: str | None, cause: str, reference: int, now: datetime) -> None:
        """Nobody is asked here."""


@pytest.fixture
def archive() -> Archive:
    reviews = ReviewTwin()
    history = HistoryTwin(reviews.history)
    areas = Levels(reviews, history)

    @asynccontextmanager
    async def worker() -> AsyncIterator[ReviewTwin]:
        yield reviews

    @asynccontextmanager
    async def intake() -> AsyncIterator[Levels]:
        yield areas

    return Archive(worker, intake, history)


class TestTwin(HistoryBehaviour):
    """In memory."""
