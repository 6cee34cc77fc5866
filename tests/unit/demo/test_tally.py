from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demo.reasons import Reasons
from demo.settings import GANSU, HUBEI, NATION, ZHEJIANG
from demo.tally import LATEST, POINTS, Tally
from healthcode.events import CodeChanged, CodeConfirmed, DeclarationAccepted, GuestChanged, RuleHit
from healthcode.values import Attestation, Color, EvidenceClass, Status, Way

NOW = datetime(2020, 2, 11, tzinfo=UTC)


def declared(subject: str, residence: str = "330106") -> DeclarationAccepted:
    return DeclarationAccepted(
        id=f"d-{subject}", subject=subject, at=NOW, attestation=Attestation.SELF, residence=residence
    )


def changed(subject: str, color: Color, previous: Color = Color.PENDING, **fields: Any) -> CodeChanged:
    standard: dict[str, Any] = {
        "id": "c",
        "incarnation": 1,
        "version": 1,
        "act": "may_enter",
        "since": NOW,
        "policy": "p",
        "policy_version": "1",
        "finding": "f",
        "cause": "d",
        "evidence": EvidenceClass.NONE,
        "changed_at": NOW,
    }
    return CodeChanged(subject=subject, color=color, previous=previous, **(standard | fields))


def guest(handle: str, color: Color, previous: Color = Color.PENDING, *, ended: bool = False) -> GuestChanged:
    return GuestChanged(
        id="g",
        handle=handle,
        origin=ZHEJIANG,
        destination=HUBEI,
        sequence=2,
        way=Way.CONVERT,
        status=Status.LOW,
        color=color,
        previous=previous,
        evidence=EvidenceClass.NONE,
        rule="r",
        since=NOW,
        ended=ended,
        code_at=NOW,
        changed_at=NOW,
    )


@pytest.fixture
def tally() -> Tally:
    return Tally(Reasons({(ZHEJIANG, "en"): {"listed": "you are listed"}}))


def test_a_person_is_counted_once_by_the_latest_color(tally: Tally) -> None:
    tally.apply(ZHEJIANG, declared("a"), 0)
    tally.apply(ZHEJIANG, changed("a", Color.GREEN), 0)
    tally.apply(ZHEJIANG, changed("a", Color.RED, Color.GREEN), 0)
    tally.apply(ZHEJIANG, declared("a"), 0)
    row = tally.regions()[ZHEJIANG]
    assert row["declared"] == 1
    assert {name: count for name, count in row["colors"].items() if count} == {"red": 1}


Order = Callable[[Tally], None]


def code_first(tally: Tally) -> None:
    tally.apply(NATION, changed("a", Color.PENDING), 0)
    tally.apply(NATION, declared("a", "620102"), 0)


def declaration_first(tally: Tally) -> None:
    tally.apply(NATION, declared("a", "620102"), 0)
    tally.apply(NATION, changed("a", Color.PENDING), 0)


@pytest.mark.parametrize("order", [code_first, declaration_first])
def test_who_lives_in_gansu_counts_there(tally: Tally, order: Order) -> None:
    order(tally)
    rows = tally.regions()
    assert rows[GANSU]["declared"] == rows[GANSU]["colors"]["pending"] == 1
    assert rows[NATION]["declared"] == rows[NATION]["colors"]["pending"] == 0


def test_changes_come_with_the_regions_own_words(tally: Tally) -> None:
    hit = RuleHit(rule="R1", color=Color.RED, reason="listed", facts=("l",), since=NOW)
    tally.apply(ZHEJIANG, changed("a", Color.RED, hits=(hit,)), 0)
    tally.apply(ZHEJIANG, changed("a", Color.RED, Color.RED, hits=(hit,)), 0)  # not a change of color
    assert [change["reasons"] for change in tally.changes] == [
        [{"key": "listed", "en": "you are listed", "zh": "listed"}]
    ]


def test_only_the_latest_changes_are_kept(tally: Tally) -> None:
    for number in range(LATEST + 5):
        tally.apply(ZHEJIANG, changed(f"s{number}", Color.GREEN), 0)
    assert len(tally.changes) == LATEST
    assert [change["n"] for change in tally.changes] == list(range(5, LATEST + 5))


def test_guests_are_counted_where_they_are_and_where_they_come_from(tally: Tally) -> None:
    tally.apply(HUBEI, guest("h1", Color.GREEN), 0)
    tally.apply(HUBEI, guest("h2", Color.GREEN), 0)
    tally.apply(HUBEI, guest("h1", Color.RED, Color.GREEN), 0)
    rows = tally.regions()
    assert (rows[HUBEI]["guests"]["green"], rows[HUBEI]["guests"]["red"]) == (1, 1)
    assert (rows[ZHEJIANG]["abroad"], rows[HUBEI]["recolored"]) == (2, 1)
    tally.apply(HUBEI, guest("h1", Color.PENDING, Color.RED, ended=True), 0)
    assert tally.regions()[ZHEJIANG]["abroad"] == 1
    assert tally.guest(HUBEI, "h1") is None


def test_delays_are_measured_whichever_is_seen_first(tally: Tally) -> None:
    tally.delays.accepted("one", 10.0, sample=True)
    tally.apply(ZHEJIANG, changed("a", Color.GREEN, causes=("one",)), 10.5)
    confirmed = CodeConfirmed(
        id="k", subject="a", incarnation=1, version=1, color=Color.GREEN, finding="f", causes=("two",), confirmed_at=NOW
    )
    tally.apply(ZHEJIANG, confirmed, 11.0)
    tally.delays.accepted("two", 11.2, sample=True)  # the answer was read after the event
    tally.delays.accepted("of a batch", 11.2, sample=False)
    tally.apply(ZHEJIANG, changed("a", Color.GREEN, causes=("of a batch",)), 99.0)
    assert list(tally.delays.samples) == [0.5, 0.0]
    assert tally.delays.quantiles() == {"p50_ms": 500.0, "p99_ms": 500.0, "samples": 2}
    outcome = tally.delays.outcome("two")
    assert outcome is not None
    assert (outcome.subject, outcome.color) == ("a", Color.GREEN)


def test_a_long_series_is_thinned_and_keeps_its_ends(tally: Tally) -> None:
    for hour in range(POINTS * 5):
        tally.point(NOW + timedelta(hours=hour))
    assert POINTS // 2 <= len(tally.series) <= POINTS
    assert tally.series[0]["at"] == NOW.isoformat()
    assert NOW + timedelta(hours=POINTS * 5 - 20) <= datetime.fromisoformat(tally.series[-1]["at"])


def test_who_is_whose_guest_and_counts_as_what(tally: Tally) -> None:
    tally.apply(HUBEI, guest("h", Color.GREEN), 0)
    tally.apply(HUBEI, guest("i", Color.GREEN), 0)
    tally.apply(HUBEI, guest("i", Color.RED, Color.GREEN), 0)
    (row,) = tally.crossings()
    assert (row["origin"], row["region"]) == (ZHEJIANG, HUBEI)
    assert {color: count for color, count in row["colors"].items() if count} == {"green": 1, "red": 1}
    for handle, color in (("h", Color.GREEN), ("i", Color.RED)):
        tally.apply(HUBEI, guest(handle, color, color, ended=True), 0)
    assert tally.crossings() == []


def test_a_guest_who_is_judged_by_shared_facts_is_nobody_of_the_regions_own(tally: Tally) -> None:
    tally.apply(HUBEI, changed("g", Color.RED, first_hand=False), 0)
    tally.apply(HUBEI, changed("g", Color.PENDING, Color.RED), 0)
    assert not any(tally.regions()[HUBEI]["colors"].values())
    assert not tally.changes
