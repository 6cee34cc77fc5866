"""Each client has a name of its own for each person: one to one, and of no use to any other client."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.pseudonym import clients_name, inner_minute, outer_minute, subject_behind, subject_of
from healthcode.values import IdType

KEY, OTHER_KEY = bytes(32), bytes(31) + b"\1"
clients = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=13, max_size=13)
subjects = st.integers(0, 20_000).map(lambda n: subject_of(KEY, IdType.PASSPORT, f"E{n:08d}"))


@given(subjects, clients)
def test_a_name_leads_back_and_only_with_the_regions_key(subject: str, client: str) -> None:
    name = clients_name(KEY, client, subject)
    assert len(name) == len(subject) == 26
    assert subject_behind(KEY, client, name) == subject != name
    assert subject_behind(OTHER_KEY, client, name) != subject


@given(subjects, clients, clients)
def test_no_two_clients_have_the_same_name_of_a_person(subject: str, one: str, other: str) -> None:
    assert (clients_name(KEY, one, subject) == clients_name(KEY, other, subject)) == (one == other)


@given(subjects, subjects, clients)
def test_no_two_people_have_the_same_name(one: str, other: str, client: str) -> None:
    assert (clients_name(KEY, client, one) == clients_name(KEY, client, other)) == (one == other)


@pytest.mark.parametrize("name", ["", "a" * 25, "a" * 27, "A" * 26, "1" * 26, "a" * 25 + "b", "é" * 26])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever of its kinds
        subject_behind(KEY, "k3v7q2m5x6aab", name)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis adds it
def test_minutes_enclose_a_time(time: datetime) -> None:
    inner, outer = inner_minute(time), outer_minute(time)
    assert inner <= time <= outer
    assert outer - inner == (timedelta() if inner == time else timedelta(minutes=1))
    assert (inner.second, inner.microsecond, outer.second, outer.microsecond) == (0, 0, 0, 0)
