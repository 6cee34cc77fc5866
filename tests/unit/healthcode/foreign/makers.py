"""Certificates as their issuers make them, with keys for tests alone: no line of the readers is used."""

import base64
import json
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import base45
import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from healthcode.foreign import FactKind, ForeignKey, ForeignKeys

NOW = datetime(2022, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ISSUER = "https://issuer.example/shc"
PRIVATE = ec.derive_private_key(0x7E57, ec.SECP256R1())
OTHER = ec.derive_private_key(0x7E58, ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
KEYS = ForeignKeys(
    [
        ForeignKey(issuer="DE", kid=b"ec-key-1", public_key=PRIVATE.public_key()),
        ForeignKey(issuer="FR", kid=b"rsa-key1", public_key=RSA_KEY.public_key()),
        ForeignKey(issuer="IT", kid=b"tests-01", public_key=PRIVATE.public_key(), kinds=frozenset({FactKind.TEST})),
        ForeignKey(issuer=ISSUER, kid=b"shc-key", public_key=PRIVATE.public_key()),
    ]
)
VACCINATION = {"tg": "840539006", "vp": "1119349007", "mp": "EU/1/20/1528", "ma": "ORG-100030215", "dn": 2, "sd": 2}
VACCINATED: dict[str, Any] = VACCINATION | {"dt": "2022-01-10", "co": "DE", "is": "RKI", "ci": "URN:UVCI:01:DE:1"}
TESTED: dict[str, Any] = {
    "tg": "840539006", "tt": "LP6464-4", "sc": "2022-02-28T10:00:00+01:00", "tr": "260415000",
    "co": "DE", "is": "RKI", "ci": "URN:UVCI:01:DE:2",
}  # fmt: skip
RECOVERED: dict[str, Any] = {
    "tg": "840539006", "fr": "2022-01-20", "df": "2022-01-31", "du": "2022-07-19",
    "co": "DE", "is": "RKI", "ci": "URN:UVCI:01:DE:3",
}  # fmt: skip


def es256(private: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    r, s = decode_dss_signature(private.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def ps256(message: bytes) -> bytes:
    return RSA_KEY.sign(message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


def dcc(country: str = "DE", kid: bytes = b"ec-key-1", alg: int = -7, **more: Any) -> str:
    """A certificate. `claims` and `dcc` change what it says; `unprotected`: the key id stands there; `by` signs."""
    body = {"ver": "1.3.0", "nam": {"fn": "Müller", "gn": "Erika", "fnt": "MUELLER"}, "dob": "1964-08-12"}
    said = body | more.get("dcc", {"v": [VACCINATED]})
    at = int(NOW.timestamp())
    claims = {1: country, 4: at + 86_400, 6: at - 86_400, -260: {1: said}} | more.get("claims", {})
    payload = cbor2.dumps(claims)
    header = {1: alg} if more.get("unprotected") else {1: alg, 4: kid}
    protected = cbor2.dumps(header)
    signed = cbor2.dumps(["Signature1", protected, b"", payload])
    signature = ps256(signed) if alg == -37 else es256(more.get("by", PRIVATE), signed)
    message = [protected, {4: kid} if more.get("unprotected") else {}, payload, signature]
    return pack(cbor2.dumps(cbor2.CBORTag(18, message)))


def pack(cose: bytes) -> str:
    return "HC1:" + str(base45.b45encode(zlib.compress(cose)).decode())


IMMUNIZATION = {
    "resourceType": "Immunization",
    "status": "completed",
    "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "208"}]},
    "occurrenceDateTime": "2022-01-10",
}
OBSERVATION = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "94500-6"}]},
    "valueCodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": "260415000"}]},
    "effectiveDateTime": "2022-02-28",
}
PATIENT = {
    "resourceType": "Patient",
    "name": [{"family": "Anyperson", "given": ["John", "B."]}],
    "birthDate": "1951-01-20",
}


def shc(*resources: dict[str, Any], **more: Any) -> str:
    """A card. `header` and `card` change what it says; `by` signs."""
    header = {"zip": "DEF", "alg": "ES256", "kid": "shc-key"} | more.get("header", {})
    entries = [
        {"fullUrl": f"resource:{n}", "resource": each} for n, each in enumerate(resources or (PATIENT, IMMUNIZATION))
    ]
    subject = {"fhirVersion": "4.0.1", "fhirBundle": {"resourceType": "Bundle", "type": "collection", "entry": entries}}
    card = {
        "iss": ISSUER,
        "nbf": NOW.timestamp() - 3600,
        "vc": {"type": ["https://smarthealth.cards#health-card"], "credentialSubject": subject},
    } | more.get("card", {})
    return digits(jws(header, deflated(json.dumps(card).encode()), more.get("by", PRIVATE)))


def jws(header: dict[str, Any], payload: bytes, by: ec.EllipticCurvePrivateKey = PRIVATE) -> str:
    signed = f"{unpadded(json.dumps(header).encode())}.{unpadded(payload)}"
    return f"{signed}.{unpadded(es256(by, signed.encode()))}"


def deflated(data: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(data) + stream.flush()


def unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def digits(text: str) -> str:
    return "shc:/" + "".join(f"{ord(each) - 45:02}" for each in text)
