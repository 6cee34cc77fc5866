"""The vectors that both verifiers share: tests/vectors/credential.json, written by `python -m tests.vectors`."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from healthcode.credential import (
    Checker,
    Gap,
    NotTrusted,
    Older,
    StatusList,
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
from healthcode.credential.container import Malformed

VECTORS: dict[str, Any] = json.loads(Path("tests/vectors/credential.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def anchors() -> TrustList:
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
    return TrustList([anchor])


@pytest.fixture(scope="module")
def trust(anchors: TrustList) -> TrustList:
    return read_trust(bytes.fromhex(VECTORS["trust_list"]), anchors)


@pytest.fixture(scope="module")
def checker(trust: TrustList) -> Checker:
    whole = read_list(bytes.fromhex(VECTORS["status_list"]), trust)
    return Checker(trust, [whole.after(read_delta(bytes.fromhex(VECTORS["delta"]), trust))])


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_vector(checker: Checker, case: dict[str, Any]) -> None:
    place = place_of(case["challenge"]) if "challenge" in case else None
    answer = checker.check(case["text"], datetime.fromtimestamp(case["now"], UTC), place)
    assert (answer.verdict, answer.act) == (case["verdict"], case.get("act")), answer.detail


def test_every_verdict_is_among_them() -> None:
    assert {case["verdict"] for case in VECTORS["cases"]} == set(Verdict)
    assert {verdict: {"zh": verdict.zh, "en": verdict.en} for verdict in Verdict} == VECTORS["verdicts"]


OUTCOMES = {"not_trusted": NotTrusted, "older": Older, "gap": Gap, "malformed": Malformed}


@pytest.mark.parametrize("document", VECTORS["documents"], ids=lambda case: f"{case['kind']}: {case['name']}")
def test_document(document: dict[str, Any], anchors: TrustList, trust: TrustList) -> None:
    before = StatusList.of("330000", "a", [], 1 << 12, 4, datetime.fromtimestamp(0, UTC))
    readers: dict[str, Callable[[bytes], Any]] = {
        "trust_list": lambda data: read_trust(data, anchors, seen=3),
        "status_list": lambda data: read_list(data, trust),
        "delta": lambda data: before.after(read_delta(data, trust)),
    }
    read, data = readers[document["kind"]], bytes.fromhex(document["data"])
    if document["outcome"] == "read":
        read(data)
        return
    with pytest.raises(OUTCOMES[document["outcome"]]) as raised:
        read(data)
    assert raised.type is OUTCOMES[document["outcome"]]
