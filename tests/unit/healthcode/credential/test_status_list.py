from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.credential import (
    Delta,
    Es256Key,
    Gap,
    NotTrusted,
    StatusList,
    TrustEntry,
    TrustList,
    Usage,
    read_delta,
    read_list,
    sign_delta,
    sign_list,
)
from healthcode.credential.container import MAX_DOCUMENT_BYTES, Malformed, wrap
from healthcode.credential.sealed import seal
from healthcode.credential.status_list import FULL
from tests.unit.healthcode.credential.conftest import NOW

SIZE = 1 << 12
INDICES = st.sets(st.integers(0, SIZE - 1), max_size=40).map(sorted)


@pytest.fixture(scope="session")
def lists_key() -> Es256Key:
    return Es256Key.generate()


@pytest.fixture(scope="session")
def believed(lists_key: Es256Key) -> TrustList:
    return TrustList([entry_of(lists_key)])


def entry_of(key: Es256Key, region: str = "330000", usage: Usage = Usage.STATUS_LIST) -> TrustEntry:
    day = timedelta(days=30)
    return TrustEntry(
        kid=key.kid, public_key=key.public_key, region=region, not_before=NOW - day, not_after=NOW + day,
        usages=frozenset({usage}),
    )  # fmt: skip


def whole(revoked: list[int], version: int = 1) -> StatusList:
    return StatusList.of("330000", "20200211-0", revoked, SIZE, version, NOW)


def delta(since: int, version: int, newly: list[int], list_id: str = "20200211-0") -> Delta:
    return Delta(issuer="330000", list_id=list_id, since=since, version=version, as_of=NOW, newly=tuple(newly))


@given(INDICES)
def test_a_list_comes_back_as_it_was_signed(lists_key: Es256Key, believed: TrustList, revoked: list[int]) -> None:
    read = read_list(sign_list(whole(revoked), lists_key), believed)
    assert read == whole(revoked)
    assert [index for index in range(SIZE) if read.is_revoked(index)] == revoked


@given(INDICES, INDICES)
def test_a_list_and_a_delta_are_the_next_list(
    lists_key: Es256Key, believed: TrustList, first: list[int], more: list[int]
) -> None:
    new = read_delta(sign_delta(delta(1, 2, more), lists_key), believed)
    assert whole(first).after(new) == whole(sorted({*first, *more}), 2)


@given(INDICES, st.lists(INDICES, min_size=1, max_size=5), st.randoms())
def test_deltas_commute_and_repeat_without_effect(first: list[int], steps: list[list[int]], order: object) -> None:
    deltas = [delta(0, 2 + number, newly) for number, newly in enumerate(steps)]
    once, again = whole(first), whole(first)
    for each in deltas:
        once = once.after(each)
    for each in [*reversed(deltas), *deltas]:
        again = again.after(each)
    assert once == again


def test_a_gap_is_told_and_another_list_is_refused() -> None:
    with pytest.raises(Gap):
        whole([], 3).after(delta(4, 5, [1]))
    with pytest.raises(ValueError, match="another list"):
        whole([], 3).after(delta(1, 5, [1], "20200212-0"))


def test_a_place_beyond_the_end_is_an_error() -> None:
    with pytest.raises(IndexError):
        whole([]).is_revoked(SIZE)


@pytest.mark.parametrize(
    "entry",
    [
        lambda key: entry_of(key, region="420000"),
        lambda key: entry_of(key, usage=Usage.CREDENTIAL),
        lambda _: entry_of(Es256Key.generate()),
    ],
    ids=["another region's key", "a key for credentials", "another key"],
)
def test_only_its_issuers_key_for_lists_counts(lists_key: Es256Key, entry: object) -> None:
    with pytest.raises(NotTrusted):
        read_list(sign_list(whole([1]), lists_key), TrustList([entry(lists_key)]))  # type: ignore[operator]


def test_a_delta_passes_for_no_list(lists_key: Es256Key, believed: TrustList) -> None:
    with pytest.raises(Malformed):
        read_list(sign_delta(delta(1, 2, [1]), lists_key), believed)
    with pytest.raises(Malformed):
        read_delta(sign_list(whole([1]), lists_key), believed)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_changed_byte_is_believed(lists_key: Es256Key, believed: TrustList, at: int, flip: int) -> None:
    data = bytearray(sign_list(whole([1, 2, 3]), lists_key))
    data[at % len(data)] ^= flip
    with pytest.raises((Malformed, NotTrusted)):
        read_list(bytes(data), believed)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(believed: TrustList, data: bytes) -> None:
    for read in (read_list, read_delta):
        with pytest.raises(Malformed):
            read(data, believed)


@pytest.mark.parametrize(
    "claims",
    [
        {},
        {1: "330000", 2: "a", 6: True, -65561: 1, 65533: {"bits": 1, "lst": b""}},
        {1: "330000", 2: "a", 6: 2**62, -65561: 1, 65533: {"bits": 1, "lst": b""}},
        {1: "330000", 2: "a", 6: 1581408000, -65561: 1, 65533: {"bits": 2, "lst": b""}},
        {1: "330000", 2: "a", 6: 1581408000, -65561: 1, 65533: {"bits": 1, "lst": b"no zlib"}},
    ],
)
def test_what_is_signed_and_wrong_is_malformed(
    lists_key: Es256Key, believed: TrustList, claims: dict[int, object]
) -> None:
    with pytest.raises(Malformed):
        read_list(seal(claims, lists_key, FULL), believed)


def test_what_is_too_big_costs_nothing(believed: TrustList) -> None:
    with pytest.raises(Malformed, match="4 MiB"):
        read_list(wrap(b"", bytes(MAX_DOCUMENT_BYTES), bytes(64)), believed)
