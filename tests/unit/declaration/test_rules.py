"""The pure rules."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.events import Stay
from healthcode.values import Attestation, IdType, Symptom
from services.declaration.domain.declaration import LONGEST_DAYS, Declaration, Health, declaration_faults, felt
from services.declaration.domain.dependant import Registering, Relation, registering_faults
from services.declaration.domain.ids import TAIL_BYTES, line_id, time_id
from services.declaration.domain.people import WEIGHT, Basic, Document, Person, Sealed, merged
from services.declaration.domain.trip import AHEAD_DAYS, Trip, trip_faults
from tests.unit.declaration.office import MING

TODAY = date(2020, 2, 11)
BASIC = Basic(name="王小明", document=Document(IdType.RESIDENT_ID, MING), phone="1", address="x", residence="330106")
DAYS = st.dates(TODAY - timedelta(days=800), TODAY + timedelta(days=800)) | st.sampled_from([date.min, date.max])


@given(since=DAYS, until=DAYS)
def test_a_stay_is_accepted_exactly_when_it_touches_the_last_14_days_and_has_happened(since: date, until: date) -> None:
    health = Health(stays=(Stay(area="420100", since=since, until=until),))
    accepted = not declaration_faults(Declaration(BASIC, health), TODAY)
    recent = since <= until <= TODAY and until >= TODAY - timedelta(days=14)
    assert accepted == (recent and since >= TODAY - timedelta(days=LONGEST_DAYS))


@given(since=DAYS, until=DAYS | st.none())
def test_a_trip_is_accepted_exactly_within_its_bounds(since: date, until: date | None) -> None:
    faults = trip_faults(Trip(destination="420000", area="420100", since=since, until=until), TODAY)
    begins = TODAY - timedelta(days=LONGEST_DAYS) <= since <= TODAY + timedelta(days=AHEAD_DAYS)
    ends = until is None or (since <= until and until >= TODAY and until - since <= timedelta(days=LONGEST_DAYS))
    assert (not faults) == (begins and ends)


@pytest.mark.parametrize(
    ("destination", "area", "code"),
    [("420000", "330106", "area_outside"), ("420100", "420100", "not_a_region"), ("420000", "420000", None)],
)
def test_a_trip_leads_into_an_area_of_its_region(destination: str, area: str, code: str | None) -> None:
    faults = trip_faults(Trip(destination=destination, area=area, since=TODAY), TODAY)
    assert [fault.code for fault in faults] == ([code] if code else [])


def test_faults_of_stays_say_which() -> None:
    good = Stay(area="420100", since=TODAY, until=TODAY)
    bad = Stay(area="420100", since=TODAY, until=TODAY + timedelta(days=1))
    faults = declaration_faults(Declaration(BASIC, Health(stays=(good, bad))), TODAY)
    assert [(fault.code, fault.path) for fault in faults] == [("in_future", ("health", "stays", 1, "until"))]


def test_no_symptoms_and_symptoms_contradict_each_other() -> None:
    health = Health(symptoms=(Symptom.NONE, Symptom.COUGH))
    assert [fault.code for fault in declaration_faults(Declaration(BASIC, health), TODAY)] == ["symptoms_contradict"]
    assert felt([Symptom.NONE]) == ()


def test_a_consent_given_on_a_leap_day_ends_within_five_years() -> None:
    leap = date(2020, 2, 29)
    assert not registering_faults(Registering(BASIC, Relation.CHILD, date(2025, 2, 28)), leap)
    assert registering_faults(Registering(BASIC, Relation.CHILD, date(2025, 3, 1)), leap)


@given(st.lists(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), min_size=2), st.binary(min_size=TAIL_BYTES))  # noqa: DTZ001 - made aware below
def test_ids_are_uuids_that_sort_by_time(times: list[datetime], tail: bytes) -> None:
    instants = sorted(at.replace(tzinfo=UTC, microsecond=at.microsecond // 1000 * 1000) for at in times)
    made = [time_id(at, tail) for at in instants]
    assert made == sorted(made)
    assert {uuid.UUID(ident).version for ident in made} == {7}
    assert {uuid.UUID(ident).variant for ident in made} == {uuid.RFC_4122}


def test_a_line_has_one_id() -> None:
    at = datetime(2020, 2, 11, tzinfo=UTC)
    assert line_id("b", at, 1) == line_id("b", at, 1) != line_id("b", at, 2)
    assert len({line_id("b", at, line) for line in range(20_000)}) == 20_000


SEALED = st.builds(Sealed, st.binary(max_size=2), st.binary(max_size=2))
PERSONS = st.builds(
    Person, st.sampled_from("abc"), st.none() | SEALED, st.sampled_from(list(WEIGHT.values())), st.booleans()
)


@given(st.lists(PERSONS))
def test_rows_are_merged_as_if_written_one_after_the_other(people: list[Person]) -> None:
    rows: dict[str, Person] = {}
    for person in people:
        known = rows.setdefault(person.subject, Person(person.subject))
        if person.basic is not None and (known.basic is None or person.weight >= known.weight):
            rows[person.subject] = person
    made = merged(people)
    assert [row.subject for row in made] == sorted(rows)
    assert [row.basic for row in made] == [rows[row.subject].basic for row in made]
    assert {row.subject for row in made if row.self_declared} == {p.subject for p in people if p.self_declared}


def test_personal_data_shows_in_no_repr() -> None:
    shown = repr(Declaration(BASIC, Health(symptoms=(Symptom.COUGH,), temperature=38.25)))
    for private in ("王小明", MING, "cough", "38.25"):
        assert private not in shown


def test_every_attestation_has_a_weight() -> None:
    assert set(WEIGHT) == set(Attestation)
