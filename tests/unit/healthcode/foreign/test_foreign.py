"""Certificates of other systems: read whole when all is right, and else refused for one of six reasons."""

import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthcode.foreign import FactKind, Foreign, ForeignError, Method, Refusal, read_dcc, read_shc
from tests.support.bombs import shared_lists
from tests.unit.healthcode.foreign.makers import (
    DAY,
    IMMUNIZATION,
    ISSUER,
    KEYS,
    NOW,
    OBSERVATION,
    OTHER,
    PATIENT,
    RECOVERED,
    TESTED,
    VACCINATED,
    dcc,
    deflated,
    digits,
    jws,
    pack,
    shc,
)

Read = Callable[[str], Foreign]


def eu(code: str) -> Foreign:
    return read_dcc(code, KEYS, NOW)


def smart(code: str) -> Foreign:
    return read_shc(code, KEYS, NOW)


def refused(read: Read, code: str) -> Refusal:
    with pytest.raises(ForeignError) as caught:
        read(code)
    return caught.value.refusal


def test_a_vaccination_of_the_eu() -> None:
    read = eu(dcc())
    assert (read.format, read.issuer, read.name, read.born) == ("dcc", "DE", "Erika Müller", "1964-08-12")
    (fact,) = read.facts
    assert (fact.kind, fact.at, fact.product, fact.dose, fact.doses, fact.is_complete) == (
        FactKind.VACCINATION,
        datetime(2022, 1, 10, tzinfo=UTC),
        "EU/1/20/1528",
        2,
        2,
        True,
    )


def test_a_test_and_a_recovery_of_the_eu() -> None:
    (test,) = eu(dcc(dcc={"t": [TESTED]})).facts
    assert (test.at, test.detected, test.method) == (datetime(2022, 2, 28, 9, tzinfo=UTC), False, Method.NAAT)
    (recovery,) = eu(dcc(dcc={"r": [RECOVERED]})).facts
    assert (recovery.at, recovery.until) == (datetime(2022, 1, 20, tzinfo=UTC), datetime(2022, 7, 19, tzinfo=UTC))


def test_as_countries_write_it() -> None:
    assert eu(dcc("FR", b"rsa-key1", -37)).issuer == "FR"
    assert eu(dcc(unprotected=True)).issuer == "DE"
    assert eu(dcc(dcc={"v": [VACCINATED | {"dt": "2022-01-10T00:00:00"}]})).facts == eu(dcc()).facts


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        (dcc(by=OTHER), Refusal.BAD_SIGNATURE),
        (dcc(kid=b"nobody's"), Refusal.UNKNOWN_ISSUER),
        (dcc("FR"), Refusal.UNKNOWN_ISSUER),
        (dcc("IT", b"tests-01"), Refusal.UNKNOWN_ISSUER),
        (dcc(kid=b"rsa-key1"), Refusal.BAD_SIGNATURE),
        (dcc(alg=-257), Refusal.UNSUPPORTED),
        (dcc(claims={4: int(NOW.timestamp())}), Refusal.EXPIRED),
        (dcc(claims={6: int((NOW + DAY).timestamp())}), Refusal.NOT_YET),
        (dcc(claims={4: float("nan")}), Refusal.MALFORMED),
        (dcc(claims={-260: {2: {}}}), Refusal.MALFORMED),
        (dcc(dcc={}), Refusal.UNSUPPORTED),
        (dcc(dcc={"t": [TESTED | {"tr": "maybe"}]}), Refusal.UNSUPPORTED),
        (dcc(dcc={"v": [VACCINATED | {"dn": True}]}), Refusal.MALFORMED),
        (dcc(dcc={"v": VACCINATED}), Refusal.MALFORMED),
        (dcc(dcc={"v": [VACCINATED | {"dt": "soon"}]}), Refusal.MALFORMED),
        ("HC1:", Refusal.MALFORMED),
        ("HC1:" + "0" * 9000, Refusal.MALFORMED),
        (pack(cbor2.dumps(cbor2.CBORTag(18, [b"", {}, b""]))), Refusal.MALFORMED),
        (pack(b"\x81" * 4000), Refusal.MALFORMED),
        (pack(shared_lists(14)), Refusal.MALFORMED),
        (pack(b"\xd2" + shared_lists(14)), Refusal.MALFORMED),
        (pack(cbor2.dumps(cbor2.CBORTag(18, [b"", {}, b"", bytes(64)])) + b"\x00"), Refusal.MALFORMED),
        (pack(b"\xd2\x84\x40\xa2\x04\x41\x31\x04\x41\x32\x40\x40"), Refusal.MALFORMED),  # the key id twice
        (pack(bytes(5_000_000)), Refusal.MALFORMED),
    ],
)
def test_what_the_eu_would_refuse(code: str, refusal: Refusal) -> None:
    assert refused(eu, code) is refusal


def test_a_smart_health_card() -> None:
    read = smart(shc(PATIENT, IMMUNIZATION, IMMUNIZATION | {"occurrenceDateTime": "2021-12-01"}, OBSERVATION))
    assert (read.format, read.issuer, read.name, read.born) == ("shc", ISSUER, "John B. Anyperson", "1951-01-20")
    assert [(fact.kind, fact.dose) for fact in read.facts] == [
        (FactKind.VACCINATION, 1),
        (FactKind.VACCINATION, 2),
        (FactKind.TEST, None),
    ]
    assert (read.facts[-1].detected, read.facts[-1].method) == (False, Method.NAAT)


def test_only_vaccines_against_the_illness_are_doses() -> None:
    flu = IMMUNIZATION | {"vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "150"}]}}
    elsewhere = IMMUNIZATION | {"vaccineCode": {"coding": [{"system": "https://vaccines.example", "code": "208"}]}}
    read = smart(shc(PATIENT, flu, elsewhere, IMMUNIZATION))
    assert [(fact.kind, fact.product, fact.dose) for fact in read.facts] == [(FactKind.VACCINATION, "208", 1)]
    assert refused(smart, shc(PATIENT, flu)) is Refusal.UNSUPPORTED


NO_CARD = {"type": ["another"], "credentialSubject": {"fhirBundle": {"entry": []}}}
HEADER = {"zip": "DEF", "alg": "ES256", "kid": "shc-key"}


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        (shc(by=OTHER), Refusal.BAD_SIGNATURE),
        (shc(header={"kid": "nobody"}), Refusal.UNKNOWN_ISSUER),
        (shc(header={"alg": "none"}), Refusal.UNSUPPORTED),
        (shc(header={"alg": "HS256"}), Refusal.UNSUPPORTED),
        (shc(header={"zip": ""}), Refusal.UNSUPPORTED),
        (shc(card={"iss": "https://another.example"}), Refusal.UNKNOWN_ISSUER),
        (shc(card={"nbf": NOW.timestamp() + 3600}), Refusal.NOT_YET),
        (shc(card={"exp": NOW.timestamp()}), Refusal.EXPIRED),
        (shc(card={"nbf": 1e300}), Refusal.MALFORMED),
        (
            shc(card={"vc": {"type": ["another"], "credentialSubject": {"fhirBundle": {"entry": []}}}}),
            Refusal.UNSUPPORTED,
        ),
        (shc(IMMUNIZATION), Refusal.MALFORMED),
        (shc(PATIENT), Refusal.UNSUPPORTED),
        (shc(PATIENT, IMMUNIZATION | {"status": "entered-in-error"}), Refusal.UNSUPPORTED),
        (shc(PATIENT, OBSERVATION | {"code": {}}), Refusal.UNSUPPORTED),
        (digits(jws(HEADER, deflated(b"[" * 60_000))), Refusal.MALFORMED),
        (digits(jws(HEADER, deflated(bytes(5_000_000)))), Refusal.MALFORMED),
        (digits(jws(HEADER, b"no deflate")), Refusal.MALFORMED),
        (digits(jws(HEADER, deflated(b"{}") + b"more")), Refusal.MALFORMED),
        ("shc:/1/2/5676", Refusal.UNSUPPORTED),
        ("shc:/", Refusal.MALFORMED),
        ("shc:/123", Refusal.MALFORMED),
        ("shc:/99", Refusal.MALFORMED),
        ("shc:/１２", Refusal.MALFORMED),
        ("shc:/" + "0" * 20_000, Refusal.MALFORMED),
    ],
)
def test_what_no_reader_of_cards_takes(code: str, refusal: Refusal) -> None:
    assert refused(smart, code) is refusal


@pytest.mark.parametrize(("read", "prefix"), [(eu, "HC1:"), (smart, "shc:/")])
@given(st.text(max_size=200))
def test_any_text_is_refused_and_nothing_else_happens(read: Read, prefix: str, text: str) -> None:
    for code in (text, prefix + text):
        assert refused(read, code) in Refusal


@given(st.binary(max_size=300))
def test_any_bytes_in_the_layers_are_refused(data: bytes) -> None:
    message = cbor2.dumps(cbor2.CBORTag(18, [cbor2.dumps({1: -7, 4: b"ec-key-1"}), {}, data, data[:64]]))
    for code in (pack(data), pack(message)):
        assert refused(eu, code) in Refusal
    for code in (digits(jws(HEADER, data)), digits(jws(HEADER, deflated(data)))):
        assert refused(smart, code) in Refusal


@pytest.mark.parametrize(("read", "code"), [(eu, dcc()), (smart, shc())])
@given(st.data())
def test_a_changed_character_never_says_something_else(read: Read, code: str, data: Any) -> None:
    place = data.draw(st.integers(5, len(code) - 1))
    other = data.draw(st.sampled_from("0123456789ABC"))
    changed = code[:place] + other + code[place + 1 :]
    try:
        assert read(changed).facts == read(code).facts
    except ForeignError:
        assert changed != code


def test_what_is_refused_is_quoted_nowhere() -> None:
    with pytest.raises(ForeignError) as caught:
        eu(dcc(dcc={"v": [VACCINATED | {"dt": "Erika's day"}]}))
    assert "Erika" not in str(caught.value)
    assert zlib.crc32(str(caught.value).encode())
