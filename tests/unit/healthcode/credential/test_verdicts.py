from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from healthcode.credential import Claims, Es256Key, TrustEntry, TrustList, Usage, Verdict, encode, verify

NOW = datetime(2020, 2, 11, 8, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MakeClaims = Callable[..., Claims]


def test_it_counts_until_the_second_it_expires(make_claims: MakeClaims, key: Es256Key, trust: TrustList) -> None:
    claims = make_claims()
    text = encode(claims, key)
    assert verify(text, trust, claims.expires_at - SECOND).verdict is Verdict.VALID
    late = verify(text, trust, claims.expires_at)
    assert (late.verdict, late.claims) == (Verdict.EXPIRED, claims)


def test_an_issuer_may_be_a_little_ahead_and_no_more(make_claims: MakeClaims, key: Es256Key, trust: TrustList) -> None:
    skew = timedelta(seconds=60)
    assert verify(encode(make_claims(issued_at=NOW + skew), key), trust, NOW).verdict is Verdict.VALID
    ahead = encode(make_claims(issued_at=NOW + skew + SECOND), key)
    assert verify(ahead, trust, NOW).verdict is Verdict.CLOCK_AHEAD
    assert verify(ahead, trust, NOW, clock_skew=2 * skew).verdict is Verdict.VALID


def test_revoked_by_what_the_credential_says(make_claims: MakeClaims, key: Es256Key, trust: TrustList) -> None:
    claims = make_claims()
    text = encode(claims, key)
    assert verify(text, trust, NOW, is_revoked=lambda seen: seen == claims).verdict is Verdict.REVOKED
    assert verify(text, trust, NOW, is_revoked=lambda seen: seen != claims).verdict is Verdict.VALID


def test_a_broken_revocation_list_lets_nobody_in(make_claims: MakeClaims, key: Es256Key, trust: TrustList) -> None:
    def broken(_: Claims) -> bool:
        raise LookupError("no list a7")

    with pytest.raises(LookupError, match="a7"):
        verify(encode(make_claims(), key), trust, NOW, is_revoked=broken)


def test_nobody_is_trusted_by_default(make_claims: MakeClaims, key: Es256Key) -> None:
    answer = verify(encode(make_claims(), key), TrustList([]), NOW)
    assert (answer.verdict, answer.claims) == (Verdict.UNKNOWN_ISSUER, None)


@pytest.mark.parametrize(
    "change",
    [
        {"region": "420000"},
        {"usages": frozenset({Usage.STATUS_LIST})},
        {"usages": frozenset()},
        {"not_before": NOW + SECOND},
        {"not_after": NOW},
    ],
    ids=str,
)
def test_a_key_counts_for_its_region_use_and_time_alone(
    make_claims: MakeClaims, key: Es256Key, entry: TrustEntry, change: dict[str, Any]
) -> None:
    trust = TrustList([replace(entry, **change)])
    answer = verify(encode(make_claims(), key), trust, NOW)
    assert (answer.verdict, answer.claims) == (Verdict.UNKNOWN_ISSUER, None)


def test_one_region_cannot_speak_for_another(make_claims: MakeClaims, key: Es256Key, trust: TrustList) -> None:
    assert verify(encode(make_claims(issuer="420000"), key), trust, NOW).verdict is Verdict.UNKNOWN_ISSUER


def test_one_region_may_issue_the_code_of_another(make_claims: MakeClaims, key: Es256Key, trust: TrustList) -> None:
    assert verify(encode(make_claims(region="620000"), key), trust, NOW).verdict is Verdict.VALID


def test_the_signature_of_another_key_is_bad(make_claims: MakeClaims, key: Es256Key, entry: TrustEntry) -> None:
    trust = TrustList([replace(entry, public_key=Es256Key.generate().public_key)])
    answer = verify(encode(make_claims(), key), trust, NOW)
    assert (answer.verdict, answer.claims) == (Verdict.BAD_SIGNATURE, None)


def test_where_key_ids_collide_every_key_is_tried(make_claims: MakeClaims, key: Es256Key, entry: TrustEntry) -> None:
    other = replace(entry, public_key=Es256Key.generate().public_key, region="420000")
    for entries in ([entry, other], [other, entry], [replace(entry, region="420000"), entry]):
        assert verify(encode(make_claims(), key), TrustList(entries), NOW).verdict is Verdict.VALID


def test_a_key_of_another_curve_is_never_trusted(entry: TrustEntry) -> None:
    with pytest.raises(ValueError, match="P-256"):
        replace(entry, public_key=ec.generate_private_key(ec.SECP384R1()).public_key())
