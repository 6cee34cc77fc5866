import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.credential import Es256Key, TrustEntry, TrustList, Usage, anchored
from healthcode.transparency import (
    FindingProof,
    ProofError,
    Seal,
    check_proof,
    commitment,
    countersign,
    inclusion,
    leaf_of,
    root_of,
    salt_of,
    sign_seal,
)

NOW = datetime(2020, 2, 12, 1, tzinfo=UTC)
REVIEWED = datetime(2020, 2, 11, 8, 0, 0, 123, tzinfo=UTC)
REGION, NATION, OTHER = Es256Key.generate(), Es256Key.generate(), Es256Key.generate()
KEY = bytes(32)
FINDINGS = [(f"subject-{number}", number, f'{{"color":"red","n":{number}}}'.encode()) for number in range(11)]


def trust(region: str = "330000", usage: Usage = Usage.SEAL) -> TrustList:
    day = timedelta(days=9)
    entry = TrustEntry(
        kid=REGION.kid, public_key=REGION.public_key, region=region, usages=frozenset({usage}),
        not_before=NOW - day, not_after=NOW + day,
    )  # fmt: skip
    return TrustList([entry])


ANCHORS = anchored(NATION.public_key)


def opened(subject: str, sequence: int, finding: bytes) -> bytes:
    return leaf_of(commitment(salt_of(KEY, subject, sequence), subject, sequence, REVIEWED, finding))


def proof_of(index: int, seal_key: Es256Key = REGION, nation: Es256Key | None = NATION) -> FindingProof:
    leaves = [opened(*each) for each in FINDINGS]
    seal = Seal(region="330000", day=date(2020, 2, 11), size=len(leaves), root=root_of(leaves), sealed_at=NOW)
    signed = sign_seal(seal, seal_key)
    subject, sequence, finding = FINDINGS[index]
    return FindingProof(
        subject=subject, sequence=sequence, reviewed_at=REVIEWED, finding=finding,
        salt=salt_of(KEY, subject, sequence), index=index, path=tuple(inclusion(leaves, index)), seal=signed,
        countersigned=None if nation is None else countersign(signed, nation, NOW + timedelta(minutes=1)),
    )  # fmt: skip


@given(st.integers(0, len(FINDINGS) - 1))
def test_a_proof_survives_being_written_down_and_says_when_the_nation_saw_it(index: int) -> None:
    read = FindingProof.from_json(json.loads(json.dumps(proof_of(index).to_json())))
    seal, seen = check_proof(read, trust(), ANCHORS)
    assert (seal.day, seal.size, seen) == (date(2020, 2, 11), 11, NOW + timedelta(minutes=1))


def test_without_the_nation_it_says_so() -> None:
    assert check_proof(proof_of(3, nation=None), trust(), ANCHORS)[1] is None


CHANGES: dict[str, Callable[[FindingProof], FindingProof]] = {
    "another color": lambda p: replace(p, finding=p.finding.replace(b"red", b"green")),
    "another person": lambda p: replace(p, subject="subject-4"),
    "another number": lambda p: replace(p, sequence=4),
    "another time": lambda p: replace(p, reviewed_at=p.reviewed_at + timedelta(microseconds=1)),
    "another place": lambda p: replace(p, index=4),
    "another salt": lambda p: replace(p, salt=bytes(16)),
    "another path": lambda p: replace(p, path=p.path[::-1]),
    "a shorter path": lambda p: replace(p, path=p.path[1:]),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_nothing_in_it_can_be_changed(change: Callable[[FindingProof], FindingProof]) -> None:
    with pytest.raises(ProofError):
        check_proof(change(proof_of(3)), trust(), ANCHORS)


def test_who_has_signed_counts() -> None:
    with pytest.raises(ProofError, match="not to be believed"):
        check_proof(proof_of(3, seal_key=OTHER), trust(), ANCHORS)
    with pytest.raises(ProofError, match="not to be believed"):
        check_proof(proof_of(3, nation=OTHER), trust(), ANCHORS)
    for wrong in (trust("420000"), trust(usage=Usage.CREDENTIAL)):
        with pytest.raises(ProofError, match="not to be believed"):
            check_proof(proof_of(3), wrong, ANCHORS)


def test_a_seal_that_was_put_in_its_place_later_is_seen() -> None:
    proof = proof_of(3)
    with pytest.raises(ProofError, match="another seal"):
        check_proof(replace(proof, countersigned=proof_of(3).countersigned), trust(), ANCHORS)


@pytest.mark.parametrize("document", [{}, {"subject": 1}, {**proof_of(1).to_json(), "salt": "?"}])
def test_what_is_no_proof_is_told(document: dict[str, Any]) -> None:
    with pytest.raises(ProofError, match="this is no proof"):
        FindingProof.from_json(document)
