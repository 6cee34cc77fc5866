"""What every history of findings has to give back of what the worker wrote; run over the twin and over PostgreSQL."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from healthcode.events import Event, ReviewDue
from healthcode.values import Color
from services.audit.domain import kept
from services.audit.handlers.area import record_areas, withdraw_area
from services.audit.handlers.history import replay
from services.audit.handlers.review import Judge, review_events
from services.audit.ports.entry import AreaStore
from services.audit.ports.history import HistoryStore
from services.audit.ports.review import ReviewStore
from tests.twins.audit_behaviour import DAY, NOW, level
from tests.twins.audit_judge import declared, judge, listed


class Archive:
    """A worker's store, the intake of areas, and the history; the first two open a transaction."""

    def __init__(
        self,
        reviews: Callable[[], AbstractAsyncContextManager[ReviewStore]],
        areas: Callable[[], AbstractAsyncContextManager[AreaStore]],
        history: HistoryStore,
    ) -> None:
        self.reviews, self.areas, self.history = reviews, areas, history

    async def review(self, judge: Judge, events: Sequence[Event], now: datetime) -> None:
        async with self.reviews() as store:
            await review_events(store, judge, events, now)


def asked(subject: str, now: datetime, reference: int | None = None) -> ReviewDue:
    return ReviewDue(id="r1", subject=subject, cause="time", due=now, reference=reference)


class HistoryBehaviour:
    """Needs a fixture `archive`."""

    async def test_of_any_time_the_last_conclusion_by_then_is_given(self, archive: Archive) -> None:
        the_judge = judge()
        await archive.review(the_judge, [declared(), declared(2, "s2")], NOW)
        await archive.review(the_judge, [listed()], NOW + 2 * DAY)
        found = [await archive.history.at("s1", NOW + number * DAY) for number in (-1, 0, 1, 2, 30)]
        assert [each and (each.sequence, each.reviewed_at) for each in found] == [
            None, (1, NOW), (1, NOW), (2, NOW + 2 * DAY), (2, NOW + 2 * DAY),
        ]  # fmt: skip
        assert [kept(each.finding).color for each in found if each] == [
            Color.GREEN, Color.GREEN, Color.RED, Color.RED,
        ]  # fmt: skip
        assert await archive.history.at("nobody", NOW) is None

    async def test_a_finding_that_is_as_it_was_leaves_nothing(self, archive: Archive) -> None:
        the_judge = judge()
        await archive.review(the_judge, [declared()], NOW)
        await archive.review(the_judge, [asked("s1", NOW + DAY)], NOW + DAY)
        assert (await archive.history.count("s1"), await archive.history.count(None)) == (1, 1)

    async def test_pages_go_through_all_in_order(self, archive: Archive) -> None:
        the_judge = judge()
        await archive.review(the_judge, [declared(number, f"s{number}") for number in range(4)], NOW)
        await archive.review(the_judge, [declared(9, "s1")], NOW + DAY)
        first = await archive.history.page(None, ("", 0), 3)
        second = await archive.history.page(None, (first[-1].subject, first[-1].sequence), 3)
        assert [(each.subject, each.sequence) for each in first + second] == [
            ("s0", 1), ("s1", 1), ("s1", 2), ("s2", 1), ("s3", 1),
        ]  # fmt: skip
        assert [each.sequence for each in await archive.history.page("s1", ("", 0), 9)] == [1, 2]
        assert [each.sequence for each in await archive.history.latest("s1", None, 9)] == [2, 1]
        assert [each.sequence for each in await archive.history.latest("s1", 2, 9)] == [1]
        assert (await archive.history.count("s1"), await archive.history.count(None)) == (2, 5)

    async def test_a_series_with_areas_that_come_and_go_is_concluded_anew_the_same(self, archive: Archive) -> None:
        the_judge = judge()
        people = [declared(number, f"s{number}", area="330106") for number in range(3)]
        await archive.review(the_judge, people, NOW)
        async with archive.areas() as store:
            await record_areas(store, [level(valid_from=NOW - 9 * DAY)], NOW)
        await archive.review(the_judge, [asked(each.subject, NOW + DAY) for each in people], NOW + DAY)
        async with archive.areas() as store:
            await withdraw_area(store, "a1", "cdc-330100", NOW + 2 * DAY, "o1")
        await archive.review(the_judge, [asked("s0", NOW + 2 * DAY)], NOW + 2 * DAY)
        colors = [kept(each.finding).color for each in await archive.history.page("s0", ("", 0), 9)]
        assert colors == [Color.GREEN, Color.YELLOW, Color.GREEN]
        found = await replay(archive.history, the_judge, None)
        assert (found.looked_at, found.faults, found.next) == (7, [], None)
