import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import base45
import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.credential import MAX_COSE_BYTES, MAX_TEXT, PREFIX, Claims, Es256Key, TrustList, Verdict, encode, verify
from healthcode.credential.container import protect, to_be_signed
from healthcode.credential.cwt import to_cwt
from tests.support.bombs import shared_lists

NOW = datetime(2020, 2, 11, 8, 0, tzinfo=UTC)
MakeClaims = Callable[..., Claims]
# Signatures differ from run to run, and so does the length of what is compressed: it must not steer what is drawn.
PLACES = st.integers(0, 1 << 16)


def wrap(message: bytes) -> str:
    return PREFIX + str(base45.b45encode(zlib.compress(message, 9)), "ascii")


def unwrap(text: str) -> bytes:
    return zlib.decompress(base45.b45decode(text.removeprefix(PREFIX)))


def signed(key: Es256Key, payload: bytes, protected: bytes | None = None, unprotected: Any = None) -> str:
    """Sign a payload of any bytes, as a broken or hostile issuer would."""
    header = protect(key.kid, -7) if protected is None else protected
    parts = [header, unprotected or {}, payload, key.sign(to_be_signed(header, payload))]
    return wrap(cbor2.dumps(cbor2.CBORTag(18, parts)))


@given(data=st.data())
def test_no_changed_byte_is_valid(
    data: st.DataObject, make_claims: MakeClaims, key: Es256Key, trust: TrustList
) -> None:
    message = bytearray(unwrap(encode(make_claims(), key)))
    place = data.draw(PLACES) % len(message)
    message[place] ^= data.draw(st.integers(1, 255))
    assert verify(wrap(bytes(message)), trust, NOW).verdict is not Verdict.VALID


def test_no_flipped_bit_is_valid(make_claims: MakeClaims, key: Es256Key, trust: TrustList) -> None:
    message = unwrap(encode(make_claims(), key))
    for bit in range(len(message) * 8):
        changed = bytearray(message)
        changed[bit // 8] ^= 1 << bit % 8
        assert verify(wrap(bytes(changed)), trust, NOW).verdict is not Verdict.VALID, bit


@given(data=st.data())
def test_a_changed_character_never_says_something_else(
    data: st.DataObject, make_claims: MakeClaims, key: Es256Key, trust: TrustList
) -> None:
    # zlib has padding bits that mean nothing, so a changed text may still hold the very same message. Nothing else.
    claims = make_claims()
    text = encode(claims, key)
    place = data.draw(PLACES) % len(text)
    changed = text[:place] + data.draw(st.characters(codec="utf-8")) + text[place + 1 :]
    answer = verify(changed, trust, NOW)
    assert answer.verdict is not Verdict.VALID or answer.claims == claims


@given(st.text() | st.text(alphabet="0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:").map(lambda body: PREFIX + body))
def test_any_text_is_answered(text: str) -> None:
    assert verify(text, TrustList([]), NOW).verdict is Verdict.MALFORMED


@given(st.binary(max_size=300))
def test_any_message_is_answered(message: bytes) -> None:
    assert verify(wrap(message), TrustList([]), NOW).verdict is Verdict.MALFORMED


@given(payload=st.binary(max_size=200))
def test_any_signed_payload_is_answered(payload: bytes, key: Es256Key, trust: TrustList) -> None:
    assert verify(signed(key, payload), trust, NOW).verdict is Verdict.MALFORMED


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.binary(max_size=70),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.integers(-4, 8) | st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(key_of_claim=st.sampled_from([1, 4, 6, 7, 8, 65535, -260]), odd=ODD)
def test_a_claim_of_a_wrong_shape_is_answered(
    key_of_claim: int, odd: Any, make_claims: MakeClaims, key: Es256Key, trust: TrustList
) -> None:
    cwt = to_cwt(make_claims()) | {key_of_claim: odd}
    answer = verify(signed(key, cbor2.dumps(cwt)), trust, NOW)
    if answer.claims is not None:
        assert to_cwt(answer.claims)[key_of_claim] == odd
    else:
        assert answer.verdict in (Verdict.MALFORMED, Verdict.UNKNOWN_ISSUER)


@given(inner=st.sampled_from([1, 2, 3, 4, 5]), odd=ODD)
def test_a_value_of_a_wrong_shape_in_our_map_is_refused(
    inner: int, odd: Any, make_claims: MakeClaims, key: Es256Key, trust: TrustList
) -> None:
    cwt = to_cwt(make_claims())
    ours = cwt[-260][38962]
    cwt[-260] = {38962: ours | {inner: odd}}
    answer = verify(signed(key, cbor2.dumps(cwt)), trust, NOW)
    assert answer.verdict is Verdict.MALFORMED or (
        answer.claims is not None and to_cwt(answer.claims)[-260][38962][inner] == odd
    )


def test_true_is_no_number(make_claims: MakeClaims, key: Es256Key, trust: TrustList) -> None:
    cwt = to_cwt(make_claims())
    cwt[-260] = {38962: cwt[-260][38962] | {5: True}}  # paper is 1, and to Python so is True
    assert verify(signed(key, cbor2.dumps(cwt)), trust, NOW).verdict is Verdict.MALFORMED


@pytest.mark.parametrize("missing", [1, 4, 6, 7, -260])
def test_a_required_claim_that_is_missing_is_refused(
    missing: int, make_claims: MakeClaims, key: Es256Key, trust: TrustList
) -> None:
    cwt = {claim: value for claim, value in to_cwt(make_claims()).items() if claim != missing}
    assert verify(signed(key, cbor2.dumps(cwt)), trust, NOW).verdict is Verdict.MALFORMED


def test_a_claim_of_a_later_version_is_passed_over(make_claims: MakeClaims, key: Es256Key, trust: TrustList) -> None:
    cwt = to_cwt(make_claims()) | {-70001: "later"}
    assert verify(signed(key, cbor2.dumps(cwt)), trust, NOW).verdict is Verdict.VALID


def test_a_claim_said_twice_is_refused(make_claims: MakeClaims, key: Es256Key, trust: TrustList) -> None:
    payload = cbor2.dumps(to_cwt(make_claims()))
    assert payload[0] == 0xA7
    twice = b"\xa8" + payload[1:] + cbor2.dumps(1) + cbor2.dumps("330000")
    assert verify(signed(key, twice), trust, NOW).verdict is Verdict.MALFORMED


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xf6",
        b"\x81" * 1500 + b"\x00",
        b"\xa1\x00" * 700 + b"\x00",
        b"\xbf\x01\x66330000\xff",  # indefinite length
        b"\xa1\x18\x01\x66330000",  # 1 written in two bytes
        b"\xd8\x1c\x81\xd8\x1d\x00",  # a list within itself, by shared references
        shared_lists(14),  # a tree of 4^13 lists in some 190 bytes, by shared references
        b"\xd2" + shared_lists(14),
        b"\xd8\x23\x62((",  # a regular expression that is none
        b"\xc4\x82\x1b\x7f\xff\xff\xff\xff\xff\xff\xff\x01",  # a decimal of 10^18 digits
        b"\x5b\xff\xff\xff\xff\xff\xff\xff\xff",  # bytes without end
        b"\x9b\x7f\xff\xff\xff\xff\xff\xff\xff",  # a list without end
    ],
    ids=lambda payload: payload[:8].hex(),
)
def test_hostile_cbor_is_refused(payload: bytes, key: Es256Key, trust: TrustList) -> None:
    assert verify(signed(key, payload), trust, NOW).verdict is Verdict.MALFORMED
    assert verify(wrap(payload), trust, NOW).verdict is Verdict.MALFORMED


@pytest.mark.parametrize("algorithm", [-8, -35, -37, -65535, 5, 0])
def test_only_es256_is_a_signature(algorithm: int, make_claims: MakeClaims, key: Es256Key, trust: TrustList) -> None:
    payload = cbor2.dumps(to_cwt(make_claims()))
    assert verify(signed(key, payload, protect(key.kid, algorithm)), trust, NOW).verdict is Verdict.MALFORMED


def test_headers_are_the_two_and_no_more(make_claims: MakeClaims, key: Es256Key, trust: TrustList) -> None:
    payload = cbor2.dumps(to_cwt(make_claims()))
    headers: list[dict[int, Any]] = [
        {},
        {1: -7},
        {4: key.kid},
        {1: -7, 4: b""},
        {1: -7, 4: "kid"},
        {1: -7, 4: bytes(33)},
        {1: -7, 4: key.kid, 2: [4]},
    ]
    for header in headers:
        assert verify(signed(key, payload, cbor2.dumps(header)), trust, NOW).verdict is Verdict.MALFORMED
    elsewhere = signed(key, payload, cbor2.dumps({1: -7}), {4: key.kid})
    assert verify(elsewhere, trust, NOW).verdict is Verdict.MALFORMED
    assert verify(signed(key, payload, unprotected={99: 1}), trust, NOW).verdict is Verdict.MALFORMED


@pytest.mark.parametrize("tag", [None, 17, 61, 98])
def test_only_a_tagged_sign1_is_taken(
    tag: int | None, make_claims: MakeClaims, key: Es256Key, trust: TrustList
) -> None:
    message = cbor2.loads(unwrap(encode(make_claims(), key)))
    other = message.value if tag is None else cbor2.CBORTag(tag, message.value)
    assert verify(wrap(cbor2.dumps(other)), trust, NOW).verdict is Verdict.MALFORMED


@pytest.mark.parametrize("signature", [b"", bytes(63), bytes(65), bytes(64), b"\xff" * 64], ids=len)
def test_a_signature_of_nothing_is_refused(
    signature: bytes, make_claims: MakeClaims, key: Es256Key, trust: TrustList
) -> None:
    message = cbor2.loads(unwrap(encode(make_claims(), key)))
    forged = cbor2.CBORTag(18, [*message.value[:3], signature])
    expected = Verdict.BAD_SIGNATURE if len(signature) == 64 else Verdict.MALFORMED
    assert verify(wrap(cbor2.dumps(forged)), trust, NOW).verdict is expected


def test_a_bomb_is_refused_before_it_is_big(trust: TrustList) -> None:
    bomb = wrap(bytes(1_000_000))
    assert len(bomb) <= MAX_TEXT
    assert verify(bomb, trust, NOW).detail.startswith("too big")
    assert verify(wrap(bytes(MAX_COSE_BYTES + 1)), trust, NOW).detail.startswith("too big")


def test_what_is_cut_short_or_longer_is_refused(make_claims: MakeClaims, key: Es256Key, trust: TrustList) -> None:
    text = encode(make_claims(), key)
    for length in range(len(text)):
        assert verify(text[:length], trust, NOW).verdict is Verdict.MALFORMED, length
    inflated = base45.b45decode(text.removeprefix(PREFIX))
    behind = PREFIX + str(base45.b45encode(inflated + b"\x00"), "ascii")
    assert verify(behind, trust, NOW).verdict is Verdict.MALFORMED
    assert verify(wrap(unwrap(text) + b"\x00"), trust, NOW).verdict is Verdict.MALFORMED


@pytest.mark.parametrize(
    "text", ["", "HC1:", "hc1:", "HC2:ABC", "健康码", "\ud800", "HC1:\ud800", "HC1:" + "0" * 10**6]
)
def test_garbage_is_malformed(text: str, trust: TrustList) -> None:
    answer = verify(text, trust, NOW)
    assert (answer.verdict, answer.claims) == (Verdict.MALFORMED, None)
    assert len(answer.detail) < 100


def frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(frozen, value))
    return MappingProxyType({key: frozen(each) for key, each in value.items()}) if isinstance(value, dict) else value


def test_a_decoder_that_gives_what_cannot_be_changed_within_a_tag_is_understood(
    make_claims: MakeClaims, key: Es256Key, trust: TrustList, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As cbor2 does from version 6 on; a service and its tests may have different ones."""
    real = cbor2.loads

    def loads(data: bytes) -> Any:
        value = real(data)
        return cbor2.CBORTag(value.tag, frozen(value.value)) if isinstance(value, cbor2.CBORTag) else value

    text, dumps = encode(make_claims(), key), cbor2.dumps
    monkeypatch.setattr("healthcode.credential.container.cbor2.loads", loads)
    monkeypatch.setattr("healthcode.credential.container.cbor2.dumps", lambda value: dumps(thawed(value)))
    assert verify(text, trust, NOW).verdict is Verdict.VALID


def thawed(value: Any) -> Any:
    if isinstance(value, cbor2.CBORTag):
        return cbor2.CBORTag(value.tag, thawed(value.value))
    if isinstance(value, tuple | list):
        return [thawed(each) for each in value]
    return {key: thawed(each) for key, each in value.items()} if isinstance(value, MappingProxyType | dict) else value
