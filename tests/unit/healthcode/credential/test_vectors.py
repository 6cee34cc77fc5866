"""The vectors that both verifiers share: tests/vectors/credential.json, written by `python -m tests.vectors`."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from healthcode.credential import (
    Checker,
    TrustEntry,
    TrustList,
    Usage,
    Verdict,
    key_id,
    place_of,
    read_delta,
    read_list,
    read_trust,
)

VECTORS: dict[str, Any] = json.loads(Path("tests/vectors/credential.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def checker() -> Checker:
    nation = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), bytes.fromhex(VECTORS["anchor"]))
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    anchor = TrustEntry(
        kid=key_id(nation),
        public_key=nation,
        region="100000",
        not_before=begin,
        not_after=begin + timedelta(days=365),
        usages=frozenset({Usage.TRUST_LIST}),
    )
    trust = read_trust(bytes.fromhex(VECTORS["trust_list"]), TrustList([anchor]))
    whole = read_list(bytes.fromhex(VECTORS["status_list"]), trust)
    return Checker(trust, [whole.after(read_delta(bytes.fromhex(VECTORS["delta"]), trust))])


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_vector(checker: Checker, case: dict[str, Any]) -> None:
    place = place_of(case["challenge"]) if "challenge" in case else None
    answer = checker.check(case["text"], datetime.fromtimestamp(case["now"], UTC), place)
    assert (answer.verdict, answer.act) == (case["verdict"], case.get("act")), answer.detail


def test_every_verdict_is_among_them() -> None:
    assert {case["verdict"] for case in VECTORS["cases"]} == set(Verdict)
