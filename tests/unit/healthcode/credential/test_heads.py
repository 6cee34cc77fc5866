"""The heads of a CBOR message say what it holds before anything in it is built."""

from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.credential.heads import BadHeads, pairs_in
from tests.support.bombs import shared_lists

LEAVES = st.one_of(
    st.integers(-(1 << 53), 1 << 53), st.binary(max_size=30), st.text(max_size=30), st.booleans(), st.none()
)
PLAIN = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=30) | st.dictionaries(st.integers(0, 99) | st.text(max_size=3), inner, max_size=30)
    ),
    max_leaves=60,
)


def pairs_of(value: Any) -> int:
    if isinstance(value, dict):
        return len(value) + sum(map(pairs_of, value.values()))
    return sum(map(pairs_of, value)) if isinstance(value, list) else 0


@given(PLAIN)
def test_plain_data_pass_with_their_pairs(value: Any) -> None:
    for indefinite in (False, True):
        data = cbor2.dumps(value, indefinite_containers=indefinite)
        assert pairs_in(data, frozenset(), 1 << 10) == pairs_of(value)


@given(PLAIN, st.data())
def test_what_is_cut_or_goes_on_is_refused(value: Any, data: st.DataObject) -> None:
    whole = cbor2.dumps(value)
    for other in (whole[: data.draw(st.integers(0, len(whole) - 1))], whole + b"\x00"):
        with pytest.raises(BadHeads):
            pairs_in(other, frozenset(), 1 << 10)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (shared_lists(14), "a tag"),
        (b"\x81" * 17 + b"\x00", "nested"),
        (b"\xd2" * 17 + b"\x00", "nested"),
        (b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff", "cut short"),
        (b"\xbb\x7f\xff\xff\xff\xff\xff\xff\xff", "cut short"),
        (b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff", "cut short"),
        (b"\x19\x01", "cut short"),
        (b"\x1f", "no meaning"),
        (b"\x1c", "no meaning"),
        (b"\x81\xff", "no meaning"),
    ],
)
def test_hostile_heads(data: bytes, why: str) -> None:
    with pytest.raises(BadHeads, match=why):
        pairs_in(data, frozenset({18}), 16)
