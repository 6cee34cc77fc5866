from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.credential import (
    Es256Key,
    NotTrusted,
    Older,
    TrustedRegion,
    TrustEntry,
    TrustList,
    Usage,
    read_trust,
    sign_trust,
)
from healthcode.credential.container import Malformed
from tests.unit.healthcode.credential.conftest import NOW


@pytest.fixture(scope="session")
def nation() -> Es256Key:
    return Es256Key.generate()


@pytest.fixture(scope="session")
def anchors(nation: Es256Key, entry: TrustEntry) -> TrustList:
    usages = frozenset({Usage.TRUST_LIST})
    return TrustList([replace(entry, kid=nation.kid, public_key=nation.public_key, region="100000", usages=usages)])


@pytest.fixture
def listed(entry: TrustEntry) -> TrustList:
    regions = [TrustedRegion(code="330000", lists="/lists/{id}"), TrustedRegion(code="420000", suspended_since=NOW)]
    return TrustList([entry, replace(entry, region="420000")], regions, sequence=7)


def test_a_list_comes_back_as_it_was_signed(nation: Es256Key, anchors: TrustList, listed: TrustList) -> None:
    read = read_trust(sign_trust(listed, NOW, nation), anchors)
    assert (read.sequence, read.as_of, read.regions) == (7, NOW, listed.regions)
    assert read.all(Usage.CREDENTIAL) == listed.all(Usage.CREDENTIAL)
    assert read.is_suspended("420000", NOW)
    assert not read.is_suspended("420000", NOW - timedelta(seconds=1))
    assert not read.is_suspended("330000", NOW)


def test_an_older_one_is_refused(nation: Es256Key, anchors: TrustList, listed: TrustList) -> None:
    with pytest.raises(Older):
        read_trust(sign_trust(listed, NOW, nation), anchors, seen=8)


def test_only_the_nations_key_counts_and_only_while_it_is_good(
    nation: Es256Key, anchors: TrustList, listed: TrustList
) -> None:
    with pytest.raises(NotTrusted):
        read_trust(sign_trust(listed, NOW, Es256Key.generate()), anchors)
    with pytest.raises(NotTrusted):
        read_trust(sign_trust(listed, NOW + timedelta(days=31), nation), anchors)


def test_a_region_cannot_sign_it(key: Es256Key, trust: TrustList, listed: TrustList) -> None:
    with pytest.raises(NotTrusted):
        read_trust(sign_trust(listed, NOW, key), trust)


def test_a_usage_of_later_times_is_passed_over(nation: Es256Key, anchors: TrustList, entry: TrustEntry) -> None:
    data = sign_trust(TrustList([replace(entry, usages=frozenset())]), NOW, nation)
    assert read_trust(data, anchors).all(Usage.CREDENTIAL) == ()


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_changed_byte_is_believed(
    nation: Es256Key, anchors: TrustList, entry: TrustEntry, at: int, flip: int
) -> None:
    data = bytearray(sign_trust(TrustList([entry]), NOW, nation))
    data[at % len(data)] ^= flip
    with pytest.raises((Malformed, NotTrusted)):
        read_trust(bytes(data), anchors)
