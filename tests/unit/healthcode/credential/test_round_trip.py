from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.credential import (
    Claims,
    CredentialKind,
    Es256Key,
    StatusReference,
    TrustList,
    Verdict,
    Verification,
    encode,
    verify,
)
from healthcode.credential.container import unpack
from healthcode.credential.cwt import from_cwt, to_cwt
from healthcode.values import Status

NOW = datetime(2020, 2, 11, 8, 0, tzinfo=UTC)
MakeClaims = Callable[..., Claims]

TIMES = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
REGIONS = st.from_regex(r"[A-Za-z0-9-]{1,16}", fullmatch=True)
REFERENCES = st.builds(
    StatusReference, st.integers(0, 2**32 - 1), st.from_regex(r"[A-Za-z0-9._~-]{1,16}", fullmatch=True)
)
APPS = st.builds(
    Claims,
    issuer=REGIONS,
    issued_at=TIMES,
    expires_at=st.just(datetime(2101, 1, 1, tzinfo=UTC)),
    credential_id=st.binary(min_size=16, max_size=16),
    status=st.sampled_from([Status.LOW, Status.MEDIUM, Status.HIGH]),
    since=TIMES,
    until=st.none() | TIMES,
    region=REGIONS,
    status_list=st.none() | REFERENCES,
)
PAPERS = st.builds(
    lambda claims, name, tail: replace(claims, kind=CredentialKind.PAPER, masked_name=name, id_tail=tail),
    APPS,
    st.none() | st.text(max_size=20).map(lambda name: name + "*"),
    st.none() | st.from_regex(r"[0-9][0-9X]", fullmatch=True),
)


@given(APPS | PAPERS)
def test_claims_come_back_as_they_went(claims: Claims) -> None:
    assert from_cwt(cbor2.loads(cbor2.dumps(to_cwt(claims)))) == claims


def test_a_credential_verifies(make_claims: MakeClaims, key: Es256Key, trust: TrustList) -> None:
    claims = make_claims()
    assert verify(encode(claims, key), trust, NOW) == Verification(Verdict.VALID, claims)
    # Keyboards that are scanners end with a line break.
    assert verify(encode(claims, key) + "\r\n", trust, NOW).verdict is Verdict.VALID


def test_paper_may_say_whose_it_is(make_claims: MakeClaims, key: Es256Key, trust: TrustList) -> None:
    paper = make_claims(kind=CredentialKind.PAPER, holder_key=None, masked_name="王**", id_tail="2X")
    assert verify(encode(paper, key), trust, NOW).claims == paper


def test_times_of_any_zone_go_down_to_seconds(make_claims: MakeClaims, key: Es256Key, trust: TrustList) -> None:
    beijing = NOW.astimezone(timezone(timedelta(hours=8))) + timedelta(microseconds=999_999)
    claims = verify(encode(make_claims(issued_at=beijing), key), trust, NOW).claims
    assert claims is not None
    assert claims.issued_at == NOW


def test_nothing_else_is_inside(make_claims: MakeClaims, key: Es256Key) -> None:
    cwt = cbor2.loads(unpack(encode(make_claims(), key)).payload)
    assert set(cwt) == {1, 4, 6, 7, 8, 65535, -260}
    assert set(cwt[-260]) == {38962}
    assert set(cwt[-260][38962]) == {1, 2, 3, 4, 5}


def test_a_key_survives_its_file(make_claims: MakeClaims, key: Es256Key, trust: TrustList) -> None:
    for password in (None, b"correct horse"):
        again = Es256Key.from_pem(key.to_pem(password), password)
        assert again.kid == key.kid
        assert verify(encode(make_claims(), again), trust, NOW).verdict is Verdict.VALID


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": ""},
        {"region": "浙江"},
        {"credential_id": b"short"},
        {"status": Status.GREY},
        {"status": Status.EXPIRED},
        {"status": Status.UNKNOWN},
        {"expires_at": NOW},
        {"issued_at": NOW.replace(tzinfo=None)},
        {"since": datetime(1969, 1, 1, tzinfo=UTC)},
        {"status_list": StatusReference(2**32, "a7")},
        {"status_list": StatusReference(-1, "a7")},
        {"status_list": StatusReference(1, "https://example.org/a7")},
        {"holder_key": b"\x04" + b"\x01" * 64},
        {"holder_key": b"\x02" + b"\x01" * 32},
        {"masked_name": "王**"},
        {"id_tail": "2X"},
        {"kind": CredentialKind.PAPER, "masked_name": "王小明"},
        {"kind": CredentialKind.PAPER, "id_tail": "002X"},
    ],
    ids=str,
)
def test_what_must_not_be_signed_is_refused(make_claims: MakeClaims, wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        make_claims(**wrong)


def test_a_key_of_another_algorithm_does_not_sign(make_claims: MakeClaims) -> None:
    class Es384:
        kid = b"12345678"
        algorithm = -35

        def sign(self, message: bytes) -> bytes:
            raise AssertionError(message)

    with pytest.raises(ValueError, match="ES256"):
        encode(make_claims(), Es384())
