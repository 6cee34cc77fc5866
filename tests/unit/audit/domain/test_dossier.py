"""What a dossier keeps, how small it is, and what days are."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.events import ReviewDue
from healthcode.values import Attestation, Category, Symptom
from services.audit.domain import Dossier, apply, stays_of
from services.audit.domain.days import DAY, NEVER, day_number, days_of, instant
from services.audit.domain.facts import pack_id, unpack_id
from services.audit.domain.prune import DECLARATIONS, UNCONFIRMED
from services.audit.domain.runs import spans, with_day, without_days
from tests.unit.audit.domain.making import SUBJECT, at, checked_in, declared, dossier, listed, on, stay, trip


def test_an_ordinary_dossier_is_small() -> None:
    events = [
        declared(at(11), uuid4().hex, 36.5, stays=(stay("330106", on(1), on(11)),)),
        listed(Category.CLOSE_CONTACT, at(12), entry=uuid4().hex),
        *(checked_in(on(day), fact=uuid4().hex) for day in range(12, 26)),
    ]
    assert len(dossier(events[:1]).encode()) < 150
    assert len(dossier(events).encode()) < 400


def test_a_dossier_of_somebody_who_declares_all_the_time_is_bounded() -> None:
    events = [
        declared(at(1) + timedelta(hours=hour), uuid4().hex, symptoms=(Symptom.COUGH,) * (hour % 2), by=by)
        for hour in range(100)
        for by in (Attestation.SELF, Attestation.OTHER)
    ]
    assert len(dossier(events).declared) <= 2 * DECLARATIONS + UNCONFIRMED


@given(
    st.one_of(
        st.text(max_size=40),
        st.uuids().map(lambda uuid: uuid.hex),
        st.text("0123456789abcdefABCDEF", min_size=32, max_size=32),
    )
)
def test_ids_come_back_as_they_were(text: str) -> None:
    if not text.startswith("\0"):
        assert unpack_id(pack_id(text)) == text


def test_a_fact_is_news_once_and_a_review_never() -> None:
    known, first = apply(Dossier.empty(SUBJECT), checked_in(on(11)))
    again, second = apply(known, checked_in(on(11)))
    assert (first, second, again) == (True, False, known)
    assert apply(known, ReviewDue(id="r", subject=SUBJECT, cause="timer", due=at(11))) == (known, False)


def test_a_lower_revision_is_no_news() -> None:
    known = dossier([listed(Category.CONFIRMED, at(11), revision=2, withdrawn=True)])
    assert apply(known, listed(Category.CONFIRMED, at(11))) == (known, False)


def test_the_residence_is_that_of_the_last_declaration_that_counts() -> None:
    assert dossier([declared(at(11), by=Attestation.OTHER)]).residence is None
    assert dossier([declared(at(11)), declared(at(12), "d2", by=Attestation.OTHER)]).residence == "330106"


def test_stays_of_events_and_dossiers() -> None:
    events = [declared(at(11), stays=(stay("420100", on(1), on(5)),)), trip(at(11), "330106", on(12), None)]
    rows = [("420100", on(1), on(5)), ("330106", on(12), None)]
    assert [row for event in events for row in stays_of(event)] == rows
    assert stays_of(dossier(events)) == rows
    assert stays_of(checked_in(on(11))) == []


@given(st.lists(st.integers(-5, 25)), st.lists(st.integers(-5, 25)))
def test_runs_are_sets(days: list[int], others: list[int]) -> None:
    runs: tuple[int, ...] = ()
    for day in days:
        runs = with_day(runs, day)
    left = without_days(runs, others)
    assert _set(runs) == set(days)
    assert _set(left) == set(days) - set(others)
    assert all(first < second for first, second in zip(runs[1::2], (each - 1 for each in runs[2::2]), strict=False))


def _set(runs: tuple[int, ...]) -> set[int]:
    return {day for first, last in spans(runs) for day in range(first, last + 1)}


@pytest.mark.parametrize("zone", [ZoneInfo("Asia/Shanghai"), ZoneInfo("America/New_York"), UTC])
@given(moment=st.datetimes(datetime(2019, 6, 1), datetime(2023, 1, 1), timezones=st.just(UTC)), days=st.integers(0, 60))  # noqa: DTZ001 - the strategy adds the zone
def test_days_are_days_of_the_zone(zone: ZoneInfo, moment: datetime, days: int) -> None:
    calendar, second = days_of(zone), instant(moment)
    local = moment.astimezone(zone)
    assert calendar.of(second) == day_number(local.date())
    assert calendar.of(calendar.start(calendar.of(second))) == calendar.of(second)
    assert calendar.of(calendar.start(calendar.of(second)) - 1) == calendar.of(second) - 1
    assert abs(calendar.later(second, days) - second - days * DAY) <= 3600
    assert calendar.later(NEVER, days) == NEVER


def test_day_numbers_count_from_1970() -> None:
    assert day_number(date(1970, 1, 2)) == 1


def test_later_is_the_same_time_of_day_when_clocks_change() -> None:
    zone = ZoneInfo("America/New_York")
    before, after = datetime(2020, 3, 7, 10, tzinfo=zone), datetime(2020, 3, 9, 10, tzinfo=zone)
    assert days_of(zone).later(instant(before), 2) == instant(after)
