"""What the worker records is enough to conclude every finding anew."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthcode.events import Event, ReviewDue
from services.audit.domain import Areas, PolicySet, kept
from services.audit.handlers.history import Past, replay
from services.audit.handlers.review import Judge, review_events
from services.audit.ports.history import Level
from services.audit.ports.review import Standing
from tests.twins.audit import HistoryTwin, ReviewTwin
from tests.twins.audit_behaviour import DAY, NOW
from tests.twins.audit_judge import declared, ids, judge, listed
from tests.unit.audit.domain import strategies as some
from tests.unit.audit.domain.making import SUBJECT, ZONE


def a_level(entry: str, revision: int, reference: int, *, withdrawn: bool = False, area: str = "420106") -> Level:
    return Level(entry, revision, area, "high", NOW - 30 * DAY, None, withdrawn, reference)


async def of(twin: ReviewTwin, levels: Sequence[Level] = ()) -> HistoryTwin:
    return HistoryTwin(twin.history, list(levels))


async def test_only_a_finding_that_changed_is_recorded() -> None:
    twin, the_judge = ReviewTwin(), judge()
    await review_events(twin, the_judge, [declared()], NOW)
    asked = ReviewDue(id="r1", subject="s1", cause="time", due=NOW + DAY)
    await review_events(twin, the_judge, [asked], NOW + DAY)
    await review_events(twin, the_judge, [listed()], NOW + 2 * DAY)
    assert [(each.sequence, each.reviewed_at) for each in twin.history] == [(1, NOW), (2, NOW + 2 * DAY)]
    assert [kept(each.finding).color for each in twin.history] == ["green", "red"]


class Racing(ReviewTwin):
    """A level is entered between the two questions of a batch: which number is it, and what are the areas."""

    async def standing(self) -> Standing:
        return Standing(self.reference - 1, 1)


async def test_the_number_on_record_is_that_of_the_areas_it_was_judged_by() -> None:
    twin, the_judge = Racing(reference=5), judge()
    twin.levels = [("420106", "high", NOW - 30 * DAY, None)]
    await review_events(twin, the_judge, [declared(area="420106")], NOW)
    assert (twin.history[0].reference, twin.dossiers["s1"].reference) == (5, 4), "the dossier is looked at once more"
    levels = [a_level("a1", 1, 5)]
    assert (await replay(await of(twin, levels), the_judge, None)).faults == []
    assert kept(twin.history[0].finding).color == "yellow"


async def test_a_replay_goes_on_where_it_was_and_names_nobody_who_is_equal() -> None:
    twin, the_judge = ReviewTwin(), judge()
    for number in range(5):
        await review_events(twin, the_judge, [declared(number, f"s{number}")], NOW)
    store = await of(twin)
    first = await replay(store, the_judge, None, limit=3)
    assert (first.looked_at, first.faults, first.next) == (3, [], ("s2", 1))
    second = await replay(store, the_judge, None, first.next or ("", 0), limit=3)
    assert (second.looked_at, second.faults, second.next) == (2, [], None)
    assert (await replay(store, the_judge, "s4")).looked_at == 1


@pytest.mark.parametrize(
    ("changes", "outcome", "fields"),
    [
        ({"facts": b"\xc1"}, "unreadable", ()),
        ({"finding": b""}, "unreadable", ()),
        ({"reviewed_at": NOW + 90 * DAY}, "differs", ("color", "act", "hits", "until", "next_review", "evidence")),
        ({"subject": "s9"}, "differs", ("subject",)),
    ],
)
async def test_what_was_changed_is_found(changes: dict[str, object], outcome: str, fields: tuple[str, ...]) -> None:
    twin, the_judge = ReviewTwin(), judge()
    await review_events(twin, the_judge, [declared(fever=True)], NOW)
    changed = msgspec.structs.replace(twin.history[0], **changes)
    (fault,) = (await replay(HistoryTwin([changed]), the_judge, None)).faults
    assert (fault.outcome, set(fault.fields)) == (outcome, set(fields) if outcome == "differs" else set())


async def test_a_finding_of_a_policy_that_is_gone_is_told_apart() -> None:
    twin = ReviewTwin()
    await review_events(twin, judge("2020-02-05T00:00:00+08:00"), [declared()], NOW)
    (fault,) = (await replay(await of(twin), judge(), None)).faults
    assert (fault.outcome, fault.fields) == ("no-policy", ("small v0",))


def test_levels_stand_as_they_stood_at_each_number() -> None:
    past = Past([a_level("a1", 2, 5, withdrawn=True), a_level("a1", 1, 3), a_level("a2", 1, 4, area="330106")])
    second = int(NOW.timestamp())

    def high(reference: int) -> list[bool]:
        areas = past.areas(reference)
        return [bool(areas.levels_during(area, second, second + 1)) for area in ("420106", "330106")]

    assert [high(reference) for reference in (2, 3, 4, 5)] == [
        [False, False], [True, False], [True, True], [False, True],
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(some.histories(), some.policies(), st.data())
async def test_whatever_happened_the_replay_is_equal(history: list[Event], rules: object, data: st.DataObject) -> None:
    """Any facts in any batches, levels that come between them, and reviews that time asks for."""
    the_judge = Judge(PolicySet([rules]), ZONE, ids)  # type: ignore[list-item]  # a strategy's value
    twin, levels, now = ReviewTwin(), list[Level](), some.START + timedelta(days=data.draw(st.integers(0, 70)))
    for event in history:
        if data.draw(st.integers(0, 3)) == 0:
            twin.reference += 1
            levels.append(a_level(f"a{len(levels)}", 1, twin.reference, area=data.draw(st.sampled_from(some.PLACES))))
            twin.levels = [(each.area, each.level, each.valid_from, each.valid_until) for each in levels]
        await review_events(twin, the_judge, [event], now)
        now += timedelta(hours=data.draw(st.integers(0, 100)))
        await review_events(twin, the_judge, [ReviewDue(id="r", subject=SUBJECT, cause="time", due=now)], now)
    found = await replay(await of(twin, levels), the_judge, None)
    assert (found.looked_at, found.faults) == (len(twin.history), [])
    assert all(each.reviewed_at <= now for each in twin.history)


def test_no_level_is_an_empty_map() -> None:
    assert not Past(()).areas(7).levels_during("420106", 0, 1)
    assert isinstance(Past(()).areas(7), Areas)
