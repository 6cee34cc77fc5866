"""EU Digital COVID Certificates: `HC1:`, base45, zlib, COSE_Sign1, CWT, and in it version 1.3 of the DCC schema.

Source: eHealth Network, Technical specifications for EU DCC, volumes 1 and 3; RFC 9052 (COSE), RFC 8392 (CWT). Ours
have the same container with a claim of their own (healthcode/credential). This reads the other claim, and is less
strict about CBOR, as thirty countries write it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import base45
import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from healthcode.credential.algorithms import ALGORITHMS, ES256
from healthcode.credential.container import Malformed, inflated, to_be_signed
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
from healthcode.foreign.reading import day, instant, malformed, mapping, plain_cbor, small_number, text, time_of

PREFIX: Final = "HC1:"
PS256: Final = -37
MAX_TEXT: Final = 8192
MAX_COSE_BYTES: Final = 8192
CLOCK_SKEW: Final = timedelta(minutes=5)

_ALG, _KID, _SIGN1, _CWT = 1, 4, 18, 61
_ISS, _EXP, _IAT, _HCERT, _DCC = 1, 4, 6, -260, 1
NOT_DETECTED, DETECTED = "260415000", "260373001"
METHODS: Final = {"LP6464-4": Method.NAAT, "LP217198-3": Method.ANTIGEN}


def read_dcc(code: str, keys: ForeignKeys, now: datetime) -> Foreign:
    """The certificate in a QR code's text. Raises ForeignError."""
    protected, header, payload, signature = _parts(_cose(code))
    algorithm, kid = header.get(_ALG), header.get(_KID)
    if algorithm not in (ES256, PS256) or not isinstance(kid, bytes):
        raise ForeignError(Refusal.UNSUPPORTED, "neither ES256 nor PS256, or no key id")
    candidates = keys.find(kid)
    if not candidates:
        raise ForeignError(Refusal.UNKNOWN_ISSUER, "no key with this id")
    signed = to_be_signed(protected, payload)
    key = next((each for each in candidates if _holds(each, algorithm, signed, signature)), None)
    if key is None:
        raise ForeignError(Refusal.BAD_SIGNATURE, "no key with this id made the signature")
    claims = mapping(plain_cbor(payload), "claims")
    issued_at, expires_at = instant(claims.get(_IAT)), instant(claims.get(_EXP))
    if claims.get(_ISS) != key.issuer:
        raise ForeignError(Refusal.UNKNOWN_ISSUER, "the key is believed for another issuer")
    if issued_at > now + CLOCK_SKEW:
        raise ForeignError(Refusal.NOT_YET, "issued in the future")
    if expires_at <= now:
        raise ForeignError(Refusal.EXPIRED, "its issuer's time is over")
    dcc = mapping(mapping(claims.get(_HCERT), "hcert").get(_DCC), "dcc")
    facts = believed(_facts(dcc), key)
    name = mapping(dcc.get("nam"), "nam")
    return Foreign(
        format="dcc",
        issuer=key.issuer,
        name=" ".join(part for part in (text(name, "gn", ""), text(name, "fn", "")) if part),
        born=text(dcc, "dob", ""),
        issued_at=issued_at,
        expires_at=expires_at,
        facts=facts,
    )


def is_dcc(code: str) -> bool:
    """Whether a text has the claim of the EU's certificates, whoever signed it; never raises."""
    try:
        claims = plain_cbor(_parts(_cose(code))[2])
        return _DCC in mapping(mapping(claims, "claims").get(_HCERT), "hcert")
    except ForeignError:
        return False


def _cose(code: str) -> Any:
    if len(code) > MAX_TEXT or not code.startswith(PREFIX):
        raise ForeignError(Refusal.MALFORMED, "too long, or it does not begin with HC1:")
    try:
        message = plain_cbor(inflated(base45.b45decode(code[len(PREFIX) :].rstrip("\r\n")), MAX_COSE_BYTES))
    except (ValueError, Malformed) as error:
        raise malformed(error) from None
    while isinstance(message, cbor2.CBORTag) and message.tag in (_CWT, _SIGN1):
        message = message.value
    return message


def _parts(message: Any) -> tuple[bytes, Mapping[Any, Any], bytes, bytes]:
    match message:
        case [bytes(protected), dict(unprotected), bytes(payload), bytes(signature)]:
            header = mapping(plain_cbor(protected), "protected header") if protected else {}
            kid = header.get(_KID, unprotected.get(_KID))
            return protected, {_ALG: header.get(_ALG), _KID: kid}, payload, signature
        case _:
            raise ForeignError(Refusal.MALFORMED, "not the four parts of COSE_Sign1")


def _holds(key: ForeignKey, algorithm: int, signed: bytes, signature: bytes) -> bool:
    """By the algorithm that the key is for: what the message says of it decides nothing."""
    public = key.public_key
    if isinstance(public, ec.EllipticCurvePublicKey) and algorithm == ES256:
        known = ALGORITHMS[ES256]
        fits = public.curve.name == known.curve_name and len(signature) == known.signature_bytes
        return fits and known.holds(public, signed, signature)
    if isinstance(public, rsa.RSAPublicKey) and algorithm == PS256:
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
        try:
            public.verify(signature, signed, pss, hashes.SHA256())
        except InvalidSignature:
            return False
        return True
    return False


def _facts(dcc: Mapping[Any, Any]) -> Iterator[Fact]:
    for each in _entries(dcc, "v"):
        yield Fact(
            kind=FactKind.VACCINATION,
            at=day(each.get("dt")),
            target=text(each, "tg"),
            product=text(each, "mp"),
            dose=small_number(each, "dn"),
            doses=small_number(each, "sd"),
        )
    for each in _entries(dcc, "t"):
        result = text(each, "tr")
        if result not in (DETECTED, NOT_DETECTED):
            raise ForeignError(Refusal.UNSUPPORTED, "a test's result that is neither detected nor not detected")
        yield Fact(
            kind=FactKind.TEST,
            at=time_of(each.get("sc")),
            target=text(each, "tg"),
            detected=result == DETECTED,
            method=METHODS.get(text(each, "tt"), Method.OTHER),
        )
    for each in _entries(dcc, "r"):
        yield Fact(kind=FactKind.RECOVERY, at=day(each.get("fr")), target=text(each, "tg"), until=day(each.get("du")))


def _entries(dcc: Mapping[Any, Any], name: str) -> list[Mapping[Any, Any]]:
    entries = dcc.get(name) or []
    if not isinstance(entries, list):
        raise ForeignError(Refusal.MALFORMED, f"{name} is no list")
    return [mapping(each, name) for each in entries]
