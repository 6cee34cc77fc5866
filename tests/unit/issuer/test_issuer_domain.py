import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.credential import CredentialKind
from healthcode.events import CodeChanged, CodeConfirmed, FindingConcluded, RuleHit
from healthcode.values import Color, EvidenceClass, Status
from services.issuer.domain import (
    JUDGED,
    Code,
    Naming,
    NothingToShow,
    Outcome,
    Stamp,
    StatusPlace,
    Terms,
    cancel,
    claims_for,
    conclude,
    expire,
    place_at,
    status_of,
)
from tests.twins.issuer_findings import DAY, LIFETIME, NOW, finding

STAMP = Stamp("e1", 1, NOW)


def code_of(color: Color, **more: Any) -> Code:
    if color in JUDGED:
        return conclude(None, finding(color, 1, **more), STAMP, LIFETIME).code
    green = conclude(None, finding(Color.GREEN, 1, **more), STAMP, LIFETIME).code
    return (expire if color is Color.GREY else cancel)(green, STAMP).code


def run(findings: Sequence[FindingConcluded]) -> tuple[Code | None, list[CodeChanged | CodeConfirmed]]:
    code: Code | None = None
    events = []
    for n, each in enumerate(findings):
        outcome: Outcome = conclude(code, each, Stamp(f"e{n}", 1, NOW + timedelta(seconds=n)), LIFETIME)
        code = outcome.code
        if outcome.event is not None:
            events.append(outcome.event)
    return code, events


# What a newer finding without causes makes of each state: a new color, or None where nothing is published.
TRANSITIONS = {
    (before, to): None if before is to or before is Color.CANCELLED else to
    for before, to in itertools.product(Color, sorted(JUDGED))
}


@pytest.mark.parametrize(("step", "wanted"), TRANSITIONS.items(), ids=str)
def test_the_table_of_transitions(step: tuple[Color, Color], wanted: Color | None) -> None:
    before, to = step
    outcome = conclude(code_of(before), finding(to, 2), STAMP, LIFETIME)
    if wanted is None:
        assert (outcome.event, outcome.code.state.color) == (None, before)
    else:
        assert isinstance(outcome.event, CodeChanged)
        assert (outcome.event.previous, outcome.event.color, outcome.event.version) == (
            before,
            wanted,
            code_of(before).state.version + 1,
        )


@pytest.mark.parametrize("color", [c for c in Color if c is not Color.CANCELLED])
def test_every_state_can_be_cancelled(color: Color) -> None:
    outcome = cancel(code_of(color), STAMP)
    assert (outcome.code.state.color, outcome.code.expires_at, outcome.code.state.hits) == (Color.CANCELLED, None, ())
    assert cancel(outcome.code, STAMP).event is None


@pytest.mark.parametrize(
    "change",
    [{"act": "central_isolation"}, {"until": NOW + DAY}, {"until": None}, {"hits": ()}],
    ids=["act", "until", "no until", "hits"],
)
def test_whatever_people_see_makes_a_version_and_the_color_keeps_its_beginning(change: dict[str, Any]) -> None:
    code = code_of(Color.RED)
    event = conclude(code, finding(Color.RED, 2, reviewed_at=NOW + DAY, **change), STAMP, LIFETIME).event
    assert isinstance(event, CodeChanged)
    assert (event.version, event.previous, event.since) == (2, Color.RED, NOW)


def test_what_people_do_not_see_makes_none() -> None:
    news = finding(Color.RED, 2, policy_version="2020-02-12", reference=9, residence="330106", causes=("d1",))
    event = conclude(code_of(Color.RED), news, STAMP, LIFETIME).event
    assert isinstance(event, CodeConfirmed)
    assert (event.version, event.color, event.causes, event.finding) == (1, Color.RED, ("d1",), news.id)


def listed(**more: Any) -> RuleHit:
    fields = {"rule": "R", "color": Color.RED, "reason": "r", "facts": ("l1",), "since": NOW, "sources": ("cdc",)}
    return RuleHit(**(fields | more))  # type: ignore[arg-type]  # the tests' own keywords


@pytest.mark.parametrize(
    ("before", "news", "cause"),
    [
        (Color.GREEN, {"causes": ("l1",), "hits": (listed(),)}, "listing"),
        (Color.GREEN, {"causes": ("d1",), "hits": (listed(),)}, "declaration"),
        (Color.GREEN, {"causes": ("f1",)}, "declaration"),
        (Color.GREEN, {"causes": ("d1",), "hits": (listed(facts=("d1",), sources=("self",)),)}, "declaration"),
        (Color.GREEN, {"evidence": EvidenceClass.TRAVELLED}, "area"),
        (Color.GREEN, {"evidence": EvidenceClass.CONTACT}, "contact"),
        (Color.YELLOW, {"reviewed_at": NOW + 14 * DAY}, "time"),
        (Color.YELLOW, {"evidence": EvidenceClass.SELF_REPORTED}, "listing"),  # the entry it rested on is gone
    ],
)
def test_the_cause_is_read_from_the_finding(before: Color, news: dict[str, Any], cause: str) -> None:
    event = conclude(code_of(before), finding(Color.RED, 2, **news), STAMP, LIFETIME).event
    assert isinstance(event, CodeChanged)
    assert event.cause == cause


def test_a_withdrawn_entry_is_the_cause_although_nothing_rests_on_it_any_more() -> None:
    red = code_of(Color.RED, hits=(listed(facts=("l1.1",)),))
    event = conclude(red, finding(Color.GREEN, 2, causes=("l1.2",)), STAMP, LIFETIME).event
    assert isinstance(event, CodeChanged)
    assert event.cause == "listing"


steps = st.lists(
    st.tuples(st.integers(1, 2), st.integers(1, 6), st.sampled_from(sorted(JUDGED)), st.booleans()), max_size=12
)


@given(steps)
def test_whatever_the_order_of_arrival(arrivals: list[tuple[int, int, Color, bool]]) -> None:
    """One finding a number; repeated and in any order, as a broken log might bring them."""
    known: dict[tuple[int, int], FindingConcluded] = {}
    sent = []
    for incarnation, sequence, color, acted in arrivals:
        causes = (f"c{incarnation}.{sequence}",) if acted else ()
        made = finding(color, sequence, incarnation=incarnation, causes=causes)
        sent.append(known.setdefault((incarnation, sequence), made))
    code, events = run(sent)
    changes = [event for event in events if isinstance(event, CodeChanged)]
    assert [event.version for event in changes] == list(range(1, len(changes) + 1))
    for before, after in itertools.pairwise(changes):
        assert after.previous is before.color
        assert after.color is not before.color or after.since == before.since
    if sent:
        latest = known[max(known)]
        assert code is not None
        assert (code.state.color, code.state.hits, code.finding_sequence) == (
            latest.color,
            latest.hits,
            latest.sequence,
        )


@given(st.lists(st.tuples(st.sampled_from(sorted(JUDGED)), st.integers(0, 2)), max_size=12))
def test_every_cause_is_answered_exactly_once(reviews: list[tuple[Color, int]]) -> None:
    findings = [
        finding(color, n, causes=tuple(f"c{n}.{k}" for k in range(count)))
        for n, (color, count) in enumerate(reviews, 1)
    ]
    _, events = run(findings)
    assert [cause for event in events for cause in event.causes] == [c for each in findings for c in each.causes]


@given(st.integers(0, 60), st.none() | st.integers(0, 90))
def test_a_code_ends_on_a_midnight_after_its_days_and_its_rules(hours: int, until_days: int | None) -> None:
    reviewed_at = NOW + timedelta(hours=hours)
    until = None if until_days is None else reviewed_at + until_days * DAY
    ends = LIFETIME.ends(reviewed_at, until)
    assert (ends.astimezone(LIFETIME.zone).hour, ends.minute) == (0, 0)
    last = max(reviewed_at + 30 * DAY, until or reviewed_at)
    assert last < ends <= last + DAY


def test_a_credential_says_the_status_for_a_day_at_most() -> None:
    code = code_of(Color.RED)
    claims = claims_for(code, "330000", bytes(16), StatusPlace("20200211-0", 3), NOW, Terms(3 * DAY))
    assert (claims.status, claims.expires_at, claims.until) == (Status.HIGH, NOW + DAY, NOW + 14 * DAY)
    assert (claims.masked_name, claims.id_tail, claims.holder_key) == (None, None, None)


def test_paper_lives_longer_and_says_whose_it_is() -> None:
    terms = Terms(99 * DAY, paper=Naming("王**", "2X"))
    claims = claims_for(code_of(Color.RED), "330000", bytes(16), StatusPlace("20200211-0", 3), NOW, terms)
    assert (claims.kind, claims.expires_at) == (CredentialKind.PAPER, NOW + 30 * DAY)
    assert (claims.masked_name, claims.id_tail) == ("王**", "2X")


@pytest.mark.parametrize("color", [Color.PENDING, Color.GREY, Color.CANCELLED])
def test_where_no_color_stands_there_is_no_status(color: Color) -> None:
    with pytest.raises(NothingToShow):
        status_of(color)


def test_a_code_that_the_timer_has_not_reached_yet_is_not_shown() -> None:
    code = code_of(Color.GREEN)
    assert code.expires_at is not None
    with pytest.raises(NothingToShow):
        claims_for(code, "330000", bytes(16), StatusPlace("20200211-0", 3), code.expires_at)


def test_places_lie_in_lists_of_the_day() -> None:
    assert place_at(datetime(2020, 2, 11, 23, tzinfo=UTC), 4, lambda n: n - 1) == StatusPlace(
        "20200211-3", (1 << 20) - 1
    )
