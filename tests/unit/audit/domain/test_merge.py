"""Facts of one person that arrived at two places come together as if all had arrived at one."""

from hypothesis import given
from hypothesis import strategies as st

from healthcode.events import Event
from services.audit.domain import Dossier, merged
from tests.unit.audit.domain import strategies as some
from tests.unit.audit.domain.making import SUBJECT, dossier


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
