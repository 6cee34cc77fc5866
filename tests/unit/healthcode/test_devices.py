"""Every kind of answer has a number for gate devices that are there already, and nothing but green opens them."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.credential import (
    Answer,
    Claims,
    Gate,
    Verdict,
    gate_of,
    gate_of_answer,
    gate_of_problem,
    status_of_gate,
)
from healthcode.values import Act, Color, Status

NOW = datetime(2020, 2, 11, tzinfo=UTC)
VERDICTS = {
    Verdict.EXPIRED: 4,
    Verdict.REVOKED: 4,
    Verdict.NOT_FRESH: 6,
    Verdict.CLOCK_AHEAD: 6,
    Verdict.UNKNOWN_ISSUER: 6,
    Verdict.SUSPENDED_ISSUER: 6,
    Verdict.MALFORMED: 6,
    Verdict.BAD_SIGNATURE: 6,
    Verdict.STALE_VERIFIER: 7,
}
COLORS = {Color.GREEN: 1, Color.YELLOW: 2, Color.RED: 3, Color.GREY: 4, Color.PENDING: 5, Color.CANCELLED: 5}


def test_the_tables_are_whole() -> None:
    assert set(VERDICTS) == set(Verdict) - {Verdict.VALID}
    assert set(COLORS) == set(Color)


@pytest.mark.parametrize(("verdict", "number"), VERDICTS.items())
def test_a_verdict_that_lets_nobody_in_does_not_whatever_stands_beside_it(verdict: Verdict, number: int) -> None:
    for color, act in itertools.product([None, *Color], [None, *Act]):
        assert gate_of(verdict, color, act) == number


@pytest.mark.parametrize(("color", "number"), COLORS.items())
def test_a_valid_code_is_its_color(color: Color, number: int) -> None:
    assert gate_of(Verdict.VALID, color, Act.MAY_ENTER) == number
    assert gate_of(Verdict.VALID, color, Act.HOME_ISOLATION) == (2 if color is Color.GREEN else number)


@pytest.mark.parametrize(
    ("code", "number"),
    [
        (None, 7),
        ("3301", 5),
        ("3302", 5),
        ("3361", 5),
        ("4001", 7),
        ("4361", 7),
        ("5002", 7),
        ("1002", 6),
        ("2361", 6),
        ("", 6),
        ("0000", 6),
    ],
)
def test_a_problem_never_opens(code: str | None, number: int) -> None:
    assert gate_of_problem(code) == number


@given(st.none() | st.sampled_from(Verdict), st.none() | st.sampled_from(Color), st.none() | st.text())
def test_only_a_valid_green_that_may_enter_opens(verdict: Verdict | None, color: Color | None, act: str | None) -> None:
    gate = gate_of(verdict, color, act)
    is_open = (verdict, color, act) == (Verdict.VALID, Color.GREEN, "may_enter")
    assert (gate is Gate.GREEN) == is_open == (status_of_gate(gate) == "00")


@given(st.none() | st.text())
def test_no_problem_opens(code: str | None) -> None:
    assert gate_of_problem(code) in (Gate.ABSENT, Gate.FAILED, Gate.TIMEOUT)


def test_the_three_statuses() -> None:
    assert [status_of_gate(gate) for gate in Gate] == ["00", "01", "10", None, None, None, None]


@pytest.mark.parametrize("status", [Status.LOW, Status.MEDIUM, Status.HIGH])
@pytest.mark.parametrize("verdict", list(Verdict))
def test_what_a_verifier_says_without_a_server(verdict: Verdict, status: Status) -> None:
    claims = Claims(
        issuer="330000",
        issued_at=NOW,
        expires_at=NOW + timedelta(days=1),
        credential_id=bytes(16),
        status=status,
        since=NOW,
        region="330000",
    )
    act = Act.MAY_ENTER if status is Status.LOW else Act.HOME_ISOLATION
    gate = gate_of_answer(Answer(verdict=verdict, claims=claims, act=act if verdict is Verdict.VALID else None))
    assert gate == ({"00": 1, "01": 2, "10": 3}[status.value] if verdict is Verdict.VALID else VERDICTS[verdict])
    assert gate_of_answer(Answer(verdict=verdict)) == (6 if verdict is Verdict.VALID else VERDICTS[verdict])
