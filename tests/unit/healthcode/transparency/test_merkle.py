import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.transparency import EMPTY, inclusion, leaf_of, root_from, root_of

LEAVES = st.lists(st.binary(max_size=8), min_size=1, max_size=70).map(lambda data: [leaf_of(each) for each in data])


def by_the_book(leaves: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + by_the_book(leaves[:split]) + by_the_book(leaves[split:])).digest()


def test_the_empty_tree_is_that_of_the_rfc() -> None:
    assert root_of([]) == EMPTY == hashlib.sha256().digest()


@given(LEAVES)
def test_the_root_is_that_of_the_rfc(leaves: list[bytes]) -> None:
    assert root_of(leaves) == by_the_book(leaves)


@given(LEAVES, st.sampled_from([1, 2, 4, 8, 16]))
def test_a_root_over_roots_of_full_parts_is_the_same(leaves: list[bytes], part: int) -> None:
    parts = [leaves[at : at + part] for at in range(0, len(leaves), part)]
    assert root_of([root_of(each) for each in parts]) == root_of(leaves)


@given(LEAVES, st.integers(0, 1000))
def test_every_leaf_leads_to_the_root_and_no_other_does(leaves: list[bytes], number: int) -> None:
    index = number % len(leaves)
    path = inclusion(leaves, index)
    assert root_from(leaves[index], index, len(leaves), path) == root_of(leaves)
    assert root_from(leaf_of(b"not among them"), index, len(leaves), path) != root_of(leaves)


@given(LEAVES, st.integers(0, 1000), st.sampled_from([1, 2, 4, 8, 16]))
def test_the_path_of_a_part_and_then_of_the_parts_is_the_whole_path(
    leaves: list[bytes], number: int, part: int
) -> None:
    index = number % len(leaves)
    parts = [leaves[at : at + part] for at in range(0, len(leaves), part)]
    lower = inclusion(parts[index // part], index % part)
    upper = inclusion([root_of(each) for each in parts], index // part)
    assert lower + upper == inclusion(leaves, index)


@given(LEAVES, st.integers(0, 1000))
def test_a_path_of_a_wrong_length_is_refused(leaves: list[bytes], number: int) -> None:
    index = number % len(leaves)
    path = inclusion(leaves, index)
    with pytest.raises(ValueError, match="too long"):
        root_from(leaves[index], index, len(leaves), [*path, EMPTY])
    if path:
        with pytest.raises(ValueError, match="too short"):
            root_from(leaves[index], index, len(leaves), path[:-1])
    with pytest.raises(ValueError, match="outside"):
        root_from(leaves[index], len(leaves), len(leaves), path)
    with pytest.raises(IndexError):
        inclusion(leaves, len(leaves))
