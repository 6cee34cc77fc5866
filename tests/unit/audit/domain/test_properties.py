"""What holds of every person, every policy and every time."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from healthcode.events import Event
from healthcode.values import Color, strictness
from services.audit.domain import Areas, Dossier, Policy, apply, forgetting, gather, review
from services.audit.domain.policy.check import problems
from tests.unit.audit.domain import strategies as some
from tests.unit.audit.domain.making import SUBJECT, ZONE, dossier

HORIZON = timedelta(days=90)
SECOND = timedelta(seconds=1)
zones = st.sampled_from((ZONE, ZoneInfo("America/New_York")))  # one with clock changes, in March 2020


@settings(max_examples=250)
@given(some.histories(), some.areas(), some.policies(), some.moments, zones, st.randoms(use_true_random=False))
def test_nothing_visible_changes_before_the_next_review(
    history: list[Event], areas: Areas, policy: Policy, now: datetime, zone: ZoneInfo, dice: random.Random
) -> None:
    known = dossier(history)
    finding = review(known, areas, policy, now, zone)
    end = finding.next_review or now + HORIZON
    assert end > now
    length = (end - now).total_seconds()
    times = [now + timedelta(seconds=dice.random() * length) for _ in range(6)]
    for time in [*times, end - SECOND]:
        if now <= time < end:
            later = review(known, areas, policy, time, zone)
            note(f"{now} {time} {end} {finding} {later}")
            assert later.digest == finding.digest


@settings(max_examples=150)
@given(some.histories(), some.areas(), some.policies(), some.moments)
def test_a_person_who_does_nothing_is_not_looked_at_forever(
    history: list[Event], areas: Areas, policy: Policy, now: datetime
) -> None:
    """Reviews by time alone come at most daily, and a few times besides."""
    known, time, looks = dossier(history), now, 0
    while (then := review(known, areas, policy, time, ZONE).next_review) is not None and then < now + HORIZON:
        time, looks = then, looks + 1
    assert looks <= HORIZON.days + 60


@settings(max_examples=150)
@given(some.histories(), st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_of_arrival_matters(history: list[Event], dice: random.Random) -> None:
    shuffled = [*history, *dice.sample(history, len(history) // 2)]
    dice.shuffle(shuffled)
    assert dossier(shuffled).encode() == dossier(history).encode()


@settings(max_examples=120)
@given(some.histories())
def test_a_fact_is_news_once(history: list[Event]) -> None:
    known = dossier(history)
    late = [event for event in history if getattr(event, "type", "").startswith("org.healthcode.listing")]
    for event in late:
        again, is_new = apply(known, event)
        assert (again, is_new) == (known, False)
    assert Dossier.decode(known.encode()) == known


@settings(max_examples=150)
@given(some.histories(exempt=False), some.areas(), some.policies(monotone=True), some.moments, st.data())
def test_a_fact_less_is_never_stricter(
    history: list[Event], areas: Areas, policy: Policy, now: datetime, data: st.DataObject
) -> None:
    """No rule here has a `not`, a lack, `present` or a release, so facts only ever speak against the person."""
    removable = [event for event in history if not event.type.startswith("org.healthcode.declaration.confirmed")]
    if not removable:
        return
    gone = data.draw(st.sampled_from(removable), label="without")
    less = [event for event in history if event is not gone]
    now = _not_before(dossier(history), now)
    with_it = review(dossier(history), areas, policy, now, ZONE)
    without = review(dossier(less), areas, policy, now, ZONE)
    assert strictness(without.color) <= strictness(with_it.color)


@settings(max_examples=120)
@given(some.histories(), some.areas(), some.policies(), some.moments)
def test_what_is_forgotten_is_not_missed(history: list[Event], areas: Areas, policy: Policy, now: datetime) -> None:
    """Of facts in the order in which they became known: nobody confirms what they were told of sixty days before."""
    history = sorted(history, key=_known_at)
    short = dossier(history)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gather, "pruned", lambda kept: kept)
        long = dossier(history)
    now = _not_before(short, now)
    for time in (now, now + timedelta(days=20), now + timedelta(days=70)):
        assert review(short, areas, policy, time, ZONE).digest == review(long, areas, policy, time, ZONE).digest


@settings(max_examples=150)
@given(some.histories(), some.areas(), some.policies(), some.moments)
def test_what_is_forgotten_by_time_alone_is_not_missed_either(
    history: list[Event], areas: Areas, policy: Policy, now: datetime
) -> None:
    known = dossier(history)
    now = _not_before(known, now)
    for late in (timedelta(0), timedelta(days=61), timedelta(days=190)):
        short = forgetting(known, now + late)
        assert len(short.encode()) <= len(known.encode())
        for time in (now + late, now + late + timedelta(days=20)):
            assert review(short, areas, policy, time, ZONE).digest == review(known, areas, policy, time, ZONE).digest


@given(some.histories(), some.areas(), some.policies(), some.moments)
def test_the_finding_follows_from_its_hits(history: list[Event], areas: Areas, policy: Policy, now: datetime) -> None:
    finding = review(dossier(history), areas, policy, now, ZONE)
    assert finding.color is finding.hits[0].color
    assert [hit.color for hit in finding.hits] == sorted((h.color for h in finding.hits), key=strictness, reverse=True)
    assert finding.act == policy.acts[finding.color]
    known = {event.id for event in history}
    for hit in finding.hits:
        assert known.issuperset(hit.facts)
        assert hit.facts or hit.reason == "undeclared"
        assert hit.until is None or hit.until > now.replace(microsecond=0)


@given(some.areas(), some.policies(), some.moments)
def test_no_color_without_evidence(areas: Areas, policy: Policy, now: datetime) -> None:
    finding = review(Dossier.empty(SUBJECT), areas, policy, now, ZONE)
    assert (finding.color, finding.hits[0].reason) == (Color.PENDING, "undeclared")
    assert finding.next_review is None


@given(some.policies())
def test_random_policies_are_valid(policy: Policy) -> None:
    assert not list(problems(policy.pack))


def _known_at(event: Event) -> datetime:
    at: datetime = getattr(event, "recorded_at", None) or getattr(event, "at")  # noqa: B009 - each has one of them
    return at


def _not_before(known: Dossier, now: datetime) -> datetime:
    """A time at which all the facts are known: only for such is a dossier complete."""
    return max(now, datetime.fromtimestamp(known.latest, UTC))
