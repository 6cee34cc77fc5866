from datetime import UTC, datetime, timedelta

import pytest

from healthcode.events import FindingConcluded, ReviewDue
from healthcode.values import Color
from services.audit.domain import Dossier
from services.audit.handlers.review import review_events
from tests.twins.audit import ReviewTwin
from tests.twins.audit_behaviour import DAY, NOW
from tests.twins.audit_judge import declared, judge, listed


@pytest.fixture
def twin() -> ReviewTwin:
    return ReviewTwin()


def concluded(twin: ReviewTwin) -> list[FindingConcluded]:
    return [outcome.concluded for outcome in twin.outcomes if outcome.concluded]


def due(subject: str = "s1", *, at: datetime = NOW, reference: int | None = None) -> ReviewDue:
    return ReviewDue(id="r1", subject=subject, cause="area" if reference else "time", due=at, reference=reference)


async def test_a_declaration_becomes_a_finding(twin: ReviewTwin) -> None:
    await review_events(twin, judge(), [declared()], NOW)
    (finding,) = concluded(twin)
    assert (finding.subject, finding.color, finding.act, finding.sequence) == ("s1", Color.GREEN, "may_enter", 1)
    assert finding.causes == (declared().id,)
    assert (finding.residence, finding.reference, finding.incarnation) == ("330106", 1, 1)
    assert (finding.policy, finding.policy_version) == ("small", "one")


async def test_all_events_of_a_person_in_a_batch_are_one_review(twin: ReviewTwin) -> None:
    events = [declared(1), declared(2, "s2"), listed(), declared(3)]
    await review_events(twin, judge(), events, NOW)
    first, second = concluded(twin)
    assert (first.subject, first.color, first.causes) == ("s1", Color.RED, (events[0].id, "e1.1", events[3].id))
    assert (second.subject, second.color) == ("s2", Color.GREEN)
    assert twin.written == [2]


async def test_an_own_act_always_has_an_outcome(twin: ReviewTwin) -> None:
    the_judge = judge()
    await review_events(twin, the_judge, [listed(), declared(1)], NOW)
    await review_events(twin, the_judge, [declared(2)], NOW + timedelta(minutes=1))
    assert [finding.causes for finding in concluded(twin)][1] == (declared(2).id,)
    assert [finding.sequence for finding in concluded(twin)] == [1, 2]


async def test_a_repeated_event_has_none(twin: ReviewTwin) -> None:
    the_judge = judge()
    await review_events(twin, the_judge, [declared()], NOW)
    await review_events(twin, the_judge, [declared()], NOW)
    assert len(concluded(twin)) == 1


async def test_what_others_know_is_told_only_when_it_changes_the_finding(twin: ReviewTwin) -> None:
    the_judge = judge()
    await review_events(twin, the_judge, [listed()], NOW)
    await review_events(twin, the_judge, [listed()], NOW)
    await review_events(twin, the_judge, [due()], NOW)
    assert [finding.color for finding in concluded(twin)] == [Color.RED]
    await review_events(twin, the_judge, [listed(2, withdrawn=True)], NOW)
    assert [finding.color for finding in concluded(twin)] == [Color.RED, Color.PENDING]
    assert concluded(twin)[1].causes == ("e1.2",)


async def test_time_alone_ends_a_color(twin: ReviewTwin) -> None:
    the_judge = judge()
    await review_events(twin, the_judge, [declared(fever=True)], NOW)
    assert concluded(twin)[0].color is Color.YELLOW
    at = twin.timers["s1"]
    assert at == concluded(twin)[0].next_review
    await review_events(twin, the_judge, [due(at=at)], at)
    assert concluded(twin)[1].color is Color.GREEN


async def test_a_fired_timer_is_set_again_also_when_our_clock_is_behind(twin: ReviewTwin) -> None:
    the_judge = judge()
    await review_events(twin, the_judge, [declared(fever=True)], NOW)
    at = twin.timers.pop("s1")
    await review_events(twin, the_judge, [due(at=at)], at - timedelta(seconds=1))
    assert concluded(twin)[1].color is Color.GREEN
    early = NOW + DAY
    twin.timers.clear()
    await review_events(twin, the_judge, [declared(2, fever=True), due(at=early)], early)
    assert twin.timers["s1"] > early


async def test_nobody_is_looked_at_later_than_the_next_policy(twin: ReviewTwin) -> None:
    the_judge = judge("2020-02-12T00:00:00+08:00")
    change = datetime(2020, 2, 11, 16, tzinfo=UTC)
    await review_events(twin, the_judge, [declared(1, fever=True), declared(2, "s2")], NOW)
    assert twin.timers == {"s1": change, "s2": change}
    assert {finding.next_review for finding in concluded(twin)} == {change}
    await review_events(twin, the_judge, [due(at=change)], change)
    assert (concluded(twin)[2].color, concluded(twin)[2].policy_version) == (Color.RED, "v0")


async def test_areas_are_read_when_their_number_has_moved(twin: ReviewTwin) -> None:
    the_judge = judge()
    await review_events(twin, the_judge, [declared(1, area="330106")], NOW)
    await review_events(twin, the_judge, [declared(2, "s2")], NOW)
    assert twin.area_reads == 1
    assert twin.stays == {("330106", "s1")}
    twin.reference, twin.levels = 2, [("330100", "high", NOW - 5 * DAY, None)]
    await review_events(twin, the_judge, [due(reference=2)], NOW)
    assert twin.area_reads == 2
    finding = concluded(twin)[-1]
    assert (finding.color, finding.reference, finding.causes) == (Color.YELLOW, 2, ())


async def test_a_storm_passes_who_was_reviewed_with_its_data_already(twin: ReviewTwin) -> None:
    the_judge = judge()
    twin.reference = 2
    await review_events(twin, the_judge, [declared()], NOW)
    await review_events(twin, the_judge, [due(reference=2)], NOW)
    assert twin.written == [1, 0]
    await review_events(twin, the_judge, [due(reference=2), declared(2)], NOW)
    assert twin.written == [1, 0, 1]


async def test_who_is_asked_for_and_unknown_is_pending(twin: ReviewTwin) -> None:
    await review_events(twin, judge(), [due("nobody")], NOW)
    assert [(finding.color, finding.causes) for finding in concluded(twin)] == [(Color.PENDING, ())]


async def test_an_asked_review_forgets_what_no_rule_can_use_and_changes_nothing_else(twin: ReviewTwin) -> None:
    the_judge, later = judge(), NOW + 200 * DAY
    await review_events(twin, the_judge, [declared(1, fever=True), declared(2), listed(withdrawn=True)], NOW)
    await review_events(twin, the_judge, [due(at=NOW + 8 * DAY)], NOW + 8 * DAY)
    known, told = Dossier.decode(twin.dossiers["s1"].facts), len(concluded(twin))
    assert (len(known.declared), len(known.listings)) == (2, 1)
    await review_events(twin, the_judge, [due(at=later)], later)
    left = Dossier.decode(twin.dossiers["s1"].facts)
    assert ([each.id for each in left.declared], left.listings) == ([known.declared[-1].id], ())
    assert len(concluded(twin)) == told
