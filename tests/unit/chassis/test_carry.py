"""What travels beside an event."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import carry
from chassis.kafka.model import Record

OWN = (("ce_id", b"1"), ("content-type", b"application/json"))
ACCEPTED = ((carry.ACCEPTED, b"1582000000000"),)
TRACE = ((carry.TRACE, b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),)


@pytest.mark.parametrize("carried", [(), ACCEPTED, TRACE, (*ACCEPTED, *TRACE)])
def test_it_stands_behind_an_events_own_headers(carried: carry.Carried) -> None:
    assert carry.of((*OWN, *carried)) == carried


def test_of_several_acts_the_first_is_kept() -> None:
    records = [Record("t", 0, n, b"k", b"", (*OWN, (carry.ACCEPTED, b"%d" % n))) for n in range(3)]
    records.append(Record("t", 0, 3, None, b"", (*OWN, *ACCEPTED)))
    with carry.carrying(records, lambda record: carry.of(record.headers)):
        assert carry.current() == {b"k": ((carry.ACCEPTED, b"0"),)}
    assert carry.current() == {}


def test_a_time_is_read_as_it_was_written() -> None:
    before = time.time()
    accepted = carry.accepted_at((*OWN, *carry.accepted_now()))
    assert accepted is not None
    assert before - 0.01 <= accepted <= time.time()


@given(st.binary() | st.none())
def test_what_is_no_time_is_none(value: bytes | None) -> None:
    found = carry.accepted_at((*OWN, (carry.ACCEPTED, value)))  # type: ignore[arg-type] # senders do that
    assert found is None or (value is not None and value.isdigit())
