"""Facts of one person that arrived at two places come together as if all had arrived at one."""

from hypothesis import given
from hypothesis import strategies as st

from healthcode.events import Event, StayRecorded
from healthcode.values import Attestation, Category, Color, TestResult
from services.audit.domain import Dossier, merged
from tests.unit.audit.domain import strategies as some
from tests.unit.audit.domain.making import (
    SUBJECT,
    answered,
    at,
    checked_in,
    decided,
    declared,
    dossier,
    listed,
    on,
    sampled,
    trip,
)


@given(some.histories(), st.data())
def test_wherever_facts_arrive_they_come_together_as_in_one_place(history: list[Event], data: st.DataObject) -> None:
    here = [event for event in history if data.draw(st.booleans())]
    there = [event for event in history if event not in here or data.draw(st.booleans())]
    whole = dossier(history).encode()
    assert merged(dossier(here), dossier(there)).encode() == whole
    assert merged(dossier(there), dossier(here)).encode() == whole


@given(some.histories())
def test_what_comes_again_changes_nothing(history: list[Event]) -> None:
    known = dossier(history)
    assert merged(known, known) == known
    assert merged(Dossier.empty(SUBJECT), known) == known
    assert merged(known, Dossier.empty(SUBJECT)) == known


def test_no_kind_of_fact_is_left_behind() -> None:
    known = dossier(
        [
            declared(at(1), "d1", 36.5),
            declared(at(2), "d2", by=Attestation.OTHER),
            answered(at(3), "d2", agreed=True),
            checked_in(on(3)),
            checked_in(on(4), 38.5, fact="c2"),
            trip(at(3), "330106", on(3), None),
            listed(Category.CONFIRMED, at(3)),
            sampled(at(3), TestResult.NEGATIVE),
            decided(at(3), at(9), Color.YELLOW),
            StayRecorded(
                id="s.1",
                subject=SUBJECT,
                stay="s",
                revision=1,
                area="330106",
                since=on(1),
                until=on(2),
                source="x",
                recorded_at=at(3),
                origin="420000",
            ),
        ]
    )
    assert all(getattr(known, name) for name in Dossier.__struct_fields__)
    assert merged(Dossier.empty(SUBJECT), known) == known
