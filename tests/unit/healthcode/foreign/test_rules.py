"""What a certificate means here is data: total, in order, and a row that says nothing is refused by its number."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.foreign import Fact, FactKind, Foreign, Method, RulesError, rules_from
from healthcode.values import Status
from tests.unit.healthcode.foreign.makers import DAY, NOW

HOUR = timedelta(hours=1)
TABLE: dict[str, Any] = {
    "rows": [
        {"kind": "test", "detected": True, "within_days": 14, "status": "10"},
        {"kind": "test", "detected": False, "method": "naat", "within_hours": 48, "status": "00"},
        {"kind": "recovery", "after_days": 11, "within_days": 180, "status": "00"},
        {"kind": "vaccination", "doses": 2, "after_days": 14, "within_days": 270, "status": "00"},
        {"kind": "vaccination", "within_days": 270, "status": "01"},
    ],
    "otherwise": "unknown",
}


def foreign(*facts: Fact) -> Foreign:
    return Foreign(format="dcc", issuer="DE", name="", born="", issued_at=NOW - DAY, expires_at=None, facts=facts)


def probe(age: timedelta, *, detected: bool, method: Method = Method.NAAT) -> Fact:
    return Fact(kind=FactKind.TEST, at=NOW - age, detected=detected, method=method)


def given_dose(days: int, dose: int | None, doses: int | None = None) -> Fact:
    return Fact(kind=FactKind.VACCINATION, at=NOW - days * DAY, dose=dose, doses=doses)


@pytest.mark.parametrize(
    ("facts", "status", "row"),
    [
        ([probe(HOUR, detected=False)], Status.LOW, 2),
        ([probe(48 * HOUR, detected=False)], Status.UNKNOWN, None),
        ([probe(HOUR, detected=False, method=Method.ANTIGEN)], Status.UNKNOWN, None),
        ([probe(-HOUR, detected=False)], Status.UNKNOWN, None),
        ([probe(HOUR, detected=False), probe(3 * DAY, detected=True)], Status.HIGH, 1),
        ([Fact(kind=FactKind.RECOVERY, at=NOW - 10 * DAY)], Status.UNKNOWN, None),
        ([Fact(kind=FactKind.RECOVERY, at=NOW - 12 * DAY)], Status.LOW, 3),
        ([Fact(kind=FactKind.RECOVERY, at=NOW - 12 * DAY, until=NOW)], Status.UNKNOWN, None),
        ([given_dose(20, 2, 2)], Status.LOW, 4),
        ([given_dose(20, 1, 1)], Status.LOW, 4),
        ([given_dose(20, 1, 2)], Status.MEDIUM, 5),
        ([given_dose(20, 2)], Status.LOW, 4),
        ([given_dose(13, 2)], Status.MEDIUM, 5),
        ([given_dose(300, 2)], Status.UNKNOWN, None),
    ],
)
def test_the_first_row_that_a_fact_fits(facts: list[Fact], status: Status, row: int | None) -> None:
    judged = rules_from(TABLE).judge(foreign(*facts), NOW)
    assert (judged.status, judged.row) == (status, row)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([{"kind": "test", "status": "00"}, {"kind": "test", "detected": True, "status": "10"}], "row 2 .* row 1"),
        ([{"kind": "recovery", "after_days": 9, "within_days": 9, "status": "00"}], "row 1: it ends before"),
        ([{"kind": "test", "color": "green", "status": "00"}], "color"),
        ([{"kind": "passport", "status": "00"}], "passport"),
        ([{"kind": "test", "status": "02"}], "02"),
    ],
)
def test_a_row_that_means_nothing_is_refused(rows: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(RulesError, match=says):
        rules_from({"rows": rows})


def test_what_no_row_knows_lets_nobody_in() -> None:
    with pytest.raises(RulesError, match="may let nobody in"):
        rules_from({"rows": [], "otherwise": "00"})


ROWS = st.fixed_dictionaries(
    {"kind": st.sampled_from(list(FactKind)), "status": st.sampled_from(["00", "01", "10"])},
    optional={
        "detected": st.booleans(),
        "method": st.sampled_from(list(Method)),
        "doses": st.integers(1, 3),
        "after_days": st.integers(0, 20),
        "within_days": st.integers(1, 40),
        "products": st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=2),
    },
)
FACTS = st.builds(
    Fact,
    kind=st.sampled_from(list(FactKind)),
    at=st.integers(-2, 45).map(lambda days: NOW - days * DAY),
    detected=st.booleans(),
    method=st.sampled_from(list(Method)),
    product=st.sampled_from(["a", "b", "c"]),
    dose=st.integers(1, 4),
    doses=st.none() | st.integers(1, 3),
)


@given(st.lists(ROWS, max_size=5), st.lists(FACTS, max_size=8))
def test_a_row_said_to_be_out_of_reach_is(rows: list[dict[str, Any]], facts: list[Fact]) -> None:
    try:
        rules = rules_from({"rows": rows})
    except RulesError as refused:
        if "never reached" not in str(refused):
            return
        number = int(str(refused).split()[1])
        without = [row for place, row in enumerate(rows, 1) if place != number]
        for fact in facts:
            assert _status(rows, fact) == _status(without, fact)
        return
    for fact in facts:
        assert rules.judge(foreign(fact), NOW).status == _status(rows, fact)


def _status(rows: list[dict[str, Any]], fact: Fact) -> str:
    """By rows one at a time, each a table of its own: what they say together has to agree."""
    for row in rows:
        try:
            judged = rules_from({"rows": [row]}).judge(foreign(fact), NOW)
        except RulesError:
            continue
        if judged.row is not None:
            return judged.status
    return Status.UNKNOWN


def test_the_time_of_the_judgement_counts() -> None:
    later: datetime = NOW + 3 * DAY
    fact = probe(HOUR, detected=False)
    assert [rules_from(TABLE).judge(foreign(fact), at).status for at in (NOW, later)] == [Status.LOW, Status.UNKNOWN]
