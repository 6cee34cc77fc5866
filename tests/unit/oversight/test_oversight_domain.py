"""Windows, counts, alarms and thresholds: what must hold of any of them."""

import itertools
import random
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chassis.documents import DocumentError
from healthcode.events import AlarmEvidence, DecisionRecorded, Event
from healthcode.values import AlarmKind, AlarmState, Color
from services.oversight.bootstrap import read_thresholds
from services.oversight.domain.alarm import About, Alarm, Signal, clear_alarm, is_over, keep_alarm, open_alarm
from services.oversight.domain.count import Dimension, Kind, Line, look
from services.oversight.domain.judge import bulk_recolorings, unusual_rules
from services.oversight.domain.rhythm import KEPT, Rhythm, hour_of
from services.oversight.domain.tally import Tally
from services.oversight.domain.thresholds import BulkRecoloring, ByHand, SilentSource, UnusualRule, thresholds_from
from services.oversight.domain.window import BUCKET, Window, bucket_of, window_ending
from tests.twins.oversight_events import (
    HOUR,
    MINUTE,
    NOW,
    SUBJECT,
    area_level,
    changed,
    confirmed,
    finding,
    hit,
    listing,
)

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2020, 12, 31), timezones=st.timezones())  # noqa: DTZ001
SHORT = st.timedeltas(timedelta(0), timedelta(days=2))
LATENESS = timedelta(minutes=30)
COLORS = st.sampled_from([Color.PENDING, Color.GREEN, Color.YELLOW, Color.RED, Color.GREY])


@given(MOMENTS)
def test_a_bucket_holds_its_moment_and_buckets_do_not_overlap(at: datetime) -> None:
    bucket = bucket_of(at)
    assert bucket <= at < bucket + BUCKET
    assert bucket_of(bucket) == bucket_of(bucket + BUCKET - timedelta(microseconds=1)) == bucket


@given(MOMENTS, st.integers(1, 300))
def test_a_window_hops_by_one_bucket_and_ends_with_its_last(at: datetime, buckets: int) -> None:
    bucket, size = bucket_of(at), buckets * BUCKET
    window = window_ending(bucket, size)
    assert window.until - window.since == size
    assert window.since <= at < window.until
    assert window_ending(bucket + BUCKET, size) == Window(window.since + BUCKET, window.until + BUCKET)


@given(st.lists(st.tuples(SHORT, COLORS, COLORS), max_size=40))
def test_nothing_is_lost_between_counts_and_late_ones(changes: list[tuple[timedelta, Color, Color]]) -> None:
    tally, latest = Tally(), NOW
    for ago, previous, color in changes:
        seen = look(changed(previous, color, NOW + ago), ByHand())
        assert seen is not None
        latest = max(latest, seen.at)
        tally.add(seen, latest, LATENESS)
    counts: Counter[Kind] = Counter()
    for cell, n in tally.cells.items():
        if cell.line.dimension is Dimension.ALL:
            counts[cell.line.kind] += n
    moved = sum(previous is not color for _, previous, color in changes)
    assert counts[Kind.CHANGED] <= moved <= counts[Kind.CHANGED] + counts[Kind.LATE]
    assert counts[Kind.STRICTER] <= counts[Kind.CHANGED]
    assert counts[Kind.LATE] == tally.late
    news = sum(previous is Color.PENDING for _, previous, _ in changes)
    assert tally.people.total() == news


@pytest.mark.parametrize(
    "event", [changed(Color.GREEN, Color.RED), confirmed(), finding("r"), listing(), area_level()], ids=type
)
def test_nothing_that_is_counted_tells_of_whom(event: Event) -> None:
    seen = look(event, ByHand())
    assert seen is not None
    assert SUBJECT not in repr(seen)
    assert event.id not in repr(seen)


def test_by_which_rules_and_sources_a_change_counts() -> None:
    hits = (hit("strict"), hit("strict", source="b"), hit("lax", Color.YELLOW, source="c"))
    seen = look(changed(Color.GREEN, Color.RED, hits=hits), ByHand())
    assert seen is not None
    rules = [line.value for line in seen.lines if line[:2] == (Kind.STRICTER, Dimension.RULE)]
    sources = [line.value for line in seen.lines if line[:2] == (Kind.STRICTER, Dimension.SOURCE)]
    assert (rules, sources) == (["strict"], ["市疾控中心", "b"])  # not how somebody stated it, nor the laxer rule
    assert (seen.area, seen.color) == ("330100", "red")


@pytest.mark.parametrize(
    ("previous", "color", "stricter"),
    [("green", "red", 1), ("yellow", "red", 1), ("pending", "red", 0), ("red", "green", 0), ("grey", "red", 0),
     ("green", "grey", 0), ("red", "red", 0)],
)  # fmt: skip
def test_what_is_a_stricter_color(previous: str, color: str, stricter: int) -> None:
    seen = look(changed(Color(previous), Color(color)), ByHand())
    assert seen is not None
    assert sum(line == (Kind.STRICTER, Dimension.ALL, "") for line in seen.lines) == stricter


def test_what_is_decided_by_hand() -> None:
    by_hand = ByHand(causes=("decision",), reasons=("decision",))
    line = Line(Kind.BY_HAND, Dimension.ALL, "")
    for event, is_one in (
        (changed(Color.RED, Color.GREEN, cause="decision"), True),
        (changed(Color.RED, Color.RED, hits=(hit(reason="decision.release"),)), True),
        (changed(Color.GREEN, Color.RED), False),
    ):
        seen = look(event, by_hand)
        assert seen is not None
        assert (line in seen.lines) is is_one


def test_a_decision_is_counted() -> None:
    decision = DecisionRecorded(
        id="d.1", subject=SUBJECT, decision="d", revision=1, color=Color.RED, reason="r", source="区指挥部",
        evidence="e",
        valid_from=NOW, valid_until=NOW + HOUR, recorded_at=NOW,
    )  # fmt: skip
    seen = look(decision, ByHand())
    assert seen is not None
    assert Line(Kind.BY_HAND, Dimension.SOURCE, "区指挥部") in seen.lines


@given(st.integers(1, 3000), st.integers(0, 100_000))
def test_bulk_recoloring_needs_many_and_a_share(count: int, people: int) -> None:
    rule = BulkRecoloring(least=50, share=0.01, people=1000)
    sums = {Line(Kind.STRICTER, Dimension.RULE, "r"): count, Line(Kind.STRICTER, Dimension.CAUSE, "c"): count}
    found = list(bulk_recolorings(sums, people, Window(NOW, NOW + HOUR), rule))
    assert bool(found) == (count >= 50 and (count >= 1000 or count >= people * 0.01))
    assert all(signal.about == About(AlarmKind.BULK_RECOLORING, rule="r") for signal in found)


def test_an_unusual_rule_needs_history_times_and_rise() -> None:
    rule = UnusualRule(least=10, history=100, times=3, rise=0.05)

    def found(count: int, total: int, before: int, history: int) -> int:
        line, every = Line(Kind.FINDING, Dimension.RULE, "r"), Line(Kind.FINDING, Dimension.ALL, "")
        window = Window(NOW, NOW + HOUR)
        return len(list(unusual_rules({line: count, every: total}, {line: before, every: history}, window, rule)))

    assert found(30, 100, 50, 1000) == 1
    assert found(30, 100, 50, 99) == 0  # too little history
    assert found(9, 30, 50, 1000) == 0  # too few
    assert found(30, 100, 110, 1000) == 0  # not three times as many
    assert found(10, 250, 2, 1000) == 0  # twenty times as many of very little
    assert found(10, 100, 0, 1000) == 1  # never before


EVIDENCE = st.builds(
    lambda since, minutes, count: AlarmEvidence(
        since=NOW + since, until=NOW + since + minutes * MINUTE, window=minutes * 60.0, count=count
    ),
    SHORT, st.integers(5, 600), st.integers(1, 10_000),
)  # fmt: skip


@given(EVIDENCE, st.lists(EVIDENCE, max_size=20))
def test_an_alarm_is_told_when_it_opens_doubles_and_is_over(first: AlarmEvidence, later: list[AlarmEvidence]) -> None:
    step = open_alarm(Signal(About(AlarmKind.BULK_RECOLORING, rule="r"), first), "330000", NOW, lambda: "id")
    told = [step.alarm]
    for evidence in later:
        step = keep_alarm(step.alarm, evidence, NOW, lambda: "id")
        told += [step.alarm] if step.tell else []
    over = clear_alarm(step.alarm, NOW + HOUR, lambda: "id")
    counts = [alarm.event.evidence.count for alarm in told]
    assert all(after >= 2 * before for before, after in itertools.pairwise(counts))
    assert step.alarm.event.evidence.count == max(evidence.count for evidence in (first, *later))
    assert step.alarm.event.evidence.count < 2 * counts[-1]
    assert [alarm.event.revision for alarm in [*told, over.alarm]] == list(range(1, len(told) + 2))
    assert (over.tell, over.alarm.event.state, over.alarm.event.cleared_at) == (True, AlarmState.CLEARED, NOW + HOUR)
    assert over.alarm.event.alarm == told[0].event.alarm


def test_an_alarm_is_over_when_no_window_can_hold_it_any_more() -> None:
    evidence = AlarmEvidence(since=NOW - HOUR, until=NOW, window=3600.0, count=5)
    alarm: Alarm = open_alarm(Signal(About(AlarmKind.BY_HAND), evidence), "330000", NOW, lambda: "id").alarm
    assert not is_over(alarm, NOW + HOUR, LATENESS)
    assert is_over(alarm, NOW + HOUR + LATENESS, LATENESS)


@given(st.lists(SHORT, max_size=60), st.randoms())
def test_a_rhythm_is_the_same_whatever_the_order(ago: list[timedelta], order: random.Random) -> None:
    hours = [hour_of(NOW + each) for each in ago]
    shuffled = list(hours)
    order.shuffle(shuffled)
    one_by_one = Rhythm()
    for hour in shuffled:
        one_by_one = one_by_one.heard([hour])
    assert one_by_one == Rhythm().heard(hours)
    assert len(one_by_one.hours) <= KEPT
    assert list(one_by_one.hours) == sorted(set(one_by_one.hours))


def test_a_source_that_sends_by_the_thousand_every_morning_is_heard_of_daily() -> None:
    rule = SilentSource(times=3, least=6 * HOUR, intervals=5)
    day = 24 * HOUR
    rhythm = Rhythm().heard(hour_of(NOW + n * day + m * MINUTE) for n in range(6) for m in range(20))
    assert rhythm.usual(rule) == day
    last = NOW + 5 * day
    assert rhythm.silent_since(last + 3 * day, rule) is None
    assert rhythm.silent_since(last + 3 * day + HOUR, rule) == hour_of(last)
    assert Rhythm(rhythm.hours[:5]).silent_since(last + 300 * day, rule) is None  # too few intervals to go by


@pytest.mark.parametrize("region", sorted(path.parent.name for path in Path("regions").glob("*/oversight.yaml")))
def test_the_thresholds_of_every_region_are_right(region: str) -> None:
    assert read_thresholds(Path("regions") / region).bulk_recoloring.least > 0


def test_a_region_without_thresholds_has_the_usual_ones(tmp_path: Path) -> None:
    assert read_thresholds(tmp_path) == thresholds_from(None)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("bulk_recoloring: {share: 2}", "share"),
        ("bulk_recoloring: {window: PT7M}", "bulk_recoloring.window"),
        ("bulk_recoloring: {least: 10, people: 5}", "people"),
        ("bulk_recolouring: {}", "bulk_recolouring"),
        ("lateness: -PT1M", "lateness"),
        ("lateness: soon", "lateness"),
        ("keep: P1D", "keep"),
        ("unusual_rule: {window: P1D, baseline: PT1H}", "baseline"),
        ("silent_source: {intervals: 99}", "intervals"),
        ("- a list", "object"),
    ],
)
def test_wrong_thresholds_are_refused_by_name(tmp_path: Path, text: str, place: str) -> None:
    (tmp_path / "oversight.yaml").write_text(text, "utf-8")
    with pytest.raises(DocumentError, match=place) as refusal:
        read_thresholds(tmp_path)
    assert "oversight.yaml" in str(refusal.value)


def test_thresholds_as_they_are_written() -> None:
    document = {"lateness": "PT10M", "by_hand": {"window": "P2D", "people": 3}}
    thresholds = thresholds_from(document)
    assert (thresholds.lateness, thresholds.by_hand.window) == (10 * MINUTE, 48 * HOUR)
    assert replace(thresholds, lateness=LATENESS, by_hand=ByHand()) == thresholds_from({})
    assert msgspec.to_builtins(thresholds)["by_hand"]["people"] == 3
