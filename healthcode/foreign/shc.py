"""SMART Health Cards: `shc:/` and digits, a compact JWS of deflated JSON, and in it FHIR resources.

Source: SMART Health Cards Framework 1.4 (encoding in QR, signing, credential types); FHIR R4 Immunization, Observation.
"""

import base64
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from healthcode.credential.algorithms import ALGORITHMS, ES256
from healthcode.foreign.model import (
    Fact,
    FactKind,
    Foreign,
    ForeignError,
    ForeignKey,
    ForeignKeys,
    Method,
    Refusal,
    believed,
)
from healthcode.foreign.reading import day, instant, malformed, time_of

PREFIX: Final = "shc:/"
CARD: Final = "https://smarthealth.cards#health-card"
MAX_DIGITS: Final = 16_384
MAX_JSON_BYTES: Final = 65_536
CLOCK_SKEW: Final = timedelta(minutes=5)
_OFFSET, _LARGEST_PAIR = 45, 77
LOINC, SNOMED, CVX = "http://loinc.org", "http://snomed.info/sct", "http://hl7.org/fhir/sid/cvx"
VACCINES: Final = frozenset(
    str(code)
    for first, last in ((207, 208), (210, 213), (217, 219), (221, 221), (225, 230), (300, 302), (308, 313), (500, 520))
    for code in range(first, last + 1)
)
"""CVX codes of vaccines against the illness: value set immunization-covid-cvx of 2023; 213 and 500 name none."""
RESULTS: Final = {"260373001": True, "10828004": True, "260415000": False, "260385009": False}
"""SNOMED CT: detected, positive, not detected, negative."""
NAATS: Final = frozenset({"94500-6", "94309-2", "94306-8", "94845-5", "94534-5"})
ANTIGENS: Final = frozenset({"94558-4", "95209-3", "97097-0"})
"""LOINC codes of tests for the illness's nucleic acid, and for its antigen."""
ILLNESS: Final = "840539006"
"""COVID-19 in SNOMED CT: these codes are all about it."""


class _Header(msgspec.Struct):
    alg: str
    kid: str
    zip: str = ""


class _Coding(msgspec.Struct, frozen=True):
    code: str = ""
    system: str = ""


class _Concept(msgspec.Struct, frozen=True):
    coding: tuple[_Coding, ...] = ()

    def of(self, system: str) -> str:
        return next((each.code for each in self.coding if each.system == system), "")


class _Name(msgspec.Struct):
    family: str = ""
    given: tuple[str, ...] = ()


class _Resource(msgspec.Struct, rename="camel"):
    resource_type: str
    status: str = ""
    name: tuple[_Name, ...] = ()
    birth_date: str = ""
    vaccine_code: _Concept = _Concept()
    occurrence_date_time: str = ""
    code: _Concept = _Concept()
    value_codeable_concept: _Concept = _Concept()
    effective_date_time: str = ""


class _Entry(msgspec.Struct):
    resource: _Resource


class _Bundle(msgspec.Struct):
    entry: tuple[_Entry, ...]


class _Subject(msgspec.Struct, rename="camel"):
    fhir_bundle: _Bundle


class _Credential(msgspec.Struct, rename="camel"):
    type: tuple[str, ...]
    credential_subject: _Subject


class _Card(msgspec.Struct):
    iss: str
    nbf: float
    vc: _Credential
    exp: float | None = None


_header: Final = msgspec.json.Decoder(_Header)
_card: Final = msgspec.json.Decoder(_Card)


def read_shc(code: str, keys: ForeignKeys, now: datetime) -> Foreign:
    """The card in a QR code's text. Raises ForeignError."""
    parts = _jws(code).split(".")
    if len(parts) != 3:
        raise ForeignError(Refusal.MALFORMED, "no compact JWS")
    try:
        header = _header.decode(_base64url(parts[0]))
    except (msgspec.DecodeError, ValueError) as error:
        raise malformed(error) from None
    if (header.alg, header.zip) != ("ES256", "DEF"):
        raise ForeignError(Refusal.UNSUPPORTED, "another algorithm than ES256, or not deflated")
    candidates = keys.find(header.kid.encode())
    if not candidates:
        raise ForeignError(Refusal.UNKNOWN_ISSUER, "no key with this id")
    signed, signature = f"{parts[0]}.{parts[1]}".encode(), _base64url(parts[2])
    key = next((each for each in candidates if _holds(each, signed, signature)), None)
    if key is None:
        raise ForeignError(Refusal.BAD_SIGNATURE, "no key with this id made the signature")
    try:
        card = _card.decode(_undeflated(_base64url(parts[1])))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise malformed(error) from None
    return _checked(card, key, now)


def _checked(card: _Card, key: ForeignKey, now: datetime) -> Foreign:
    if card.iss != key.issuer:
        raise ForeignError(Refusal.UNKNOWN_ISSUER, "the key is believed for another issuer")
    if CARD not in card.vc.type:
        raise ForeignError(Refusal.UNSUPPORTED, "no health card")
    issued_at, expires_at = instant(card.nbf), None if card.exp is None else instant(card.exp)
    if issued_at > now + CLOCK_SKEW:
        raise ForeignError(Refusal.NOT_YET, "not before a time in the future")
    if expires_at is not None and expires_at <= now:
        raise ForeignError(Refusal.EXPIRED, "its issuer's time is over")
    resources = [entry.resource for entry in card.vc.credential_subject.fhir_bundle.entry]
    patient = next((each for each in resources if each.resource_type == "Patient"), None)
    if patient is None or not patient.name:
        raise ForeignError(Refusal.MALFORMED, "nobody is named")
    return Foreign(
        format="shc",
        issuer=key.issuer,
        name=" ".join([*patient.name[0].given, patient.name[0].family]).strip(),
        born=patient.birth_date,
        issued_at=issued_at,
        expires_at=expires_at,
        facts=believed(_facts(resources), key),
    )


def _facts(resources: list[_Resource]) -> Iterator[Fact]:
    """Doses are counted by their order: cards do not say how many make a series, so that the rules may."""
    given = sorted(
        (day(each.occurrence_date_time), each.vaccine_code.of(CVX))
        for each in resources
        if each.resource_type == "Immunization" and each.status == "completed" and each.vaccine_code.of(CVX) in VACCINES
    )
    for number, (at, product) in enumerate(given, 1):
        yield Fact(kind=FactKind.VACCINATION, at=at, target=ILLNESS, product=product, dose=number)
    for each in resources:
        if each.resource_type == "Observation" and each.status in {"final", "amended", "corrected"}:
            yield _test(each)


def _test(observed: _Resource) -> Fact:
    detected, code = RESULTS.get(observed.value_codeable_concept.of(SNOMED)), observed.code.of(LOINC)
    if detected is None or code not in NAATS | ANTIGENS:
        raise ForeignError(Refusal.UNSUPPORTED, "a test or a result of another kind")
    method = Method.NAAT if code in NAATS else Method.ANTIGEN
    at = time_of(observed.effective_date_time)
    return Fact(kind=FactKind.TEST, at=at, target=ILLNESS, detected=detected, method=method)


def _jws(code: str) -> str:
    """Two digits are a character, 45 below its code."""
    digits = code.removeprefix(PREFIX).rstrip("\r\n")
    if not code.startswith(PREFIX) or len(digits) > MAX_DIGITS:
        raise ForeignError(Refusal.MALFORMED, "too long, or it does not begin with shc:/")
    if "/" in digits:
        raise ForeignError(Refusal.UNSUPPORTED, "one of several QR codes: ask for the one that holds all")
    if not digits or len(digits) % 2 or not (digits.isascii() and digits.isdigit()):
        raise ForeignError(Refusal.MALFORMED, "not pairs of digits")
    pairs = [int(digits[place : place + 2]) for place in range(0, len(digits), 2)]
    if max(pairs) > _LARGEST_PAIR:
        raise ForeignError(Refusal.MALFORMED, "a pair above 77")
    return "".join(chr(pair + _OFFSET) for pair in pairs)


def _base64url(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise malformed(error) from None


def _undeflated(data: bytes) -> bytes:
    """Raw DEFLATE (RFC 1951); the limit acts while it is read."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        whole = stream.decompress(data, MAX_JSON_BYTES)
    except zlib.error as error:
        raise malformed(error) from None
    if not stream.eof or stream.unused_data or stream.unconsumed_tail:
        raise ForeignError(Refusal.MALFORMED, "too big when decompressed, cut short, or with something behind it")
    return whole


def _holds(key: ForeignKey, signed: bytes, signature: bytes) -> bool:
    known, public = ALGORITHMS[ES256], key.public_key
    if not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name != known.curve_name:
        return False
    return len(signature) == known.signature_bytes and known.holds(public, signed, signature)
