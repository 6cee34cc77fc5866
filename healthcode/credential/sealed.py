"""Signed documents beside the credentials: trust lists and status lists, each a COSE_Sign1 message of its own type."""

from collections.abc import Iterable
from typing import Any, Final

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from healthcode.credential.container import (
    MAX_DOCUMENT_BYTES,
    Malformed,
    Sign1,
    parse,
    protect,
    strict_cbor,
    to_be_signed,
    wrap,
)
from healthcode.credential.keys import SigningKey
from healthcode.credential.trust import TrustEntry

_ECDSA: Final = ec.ECDSA(hashes.SHA256())


class NotTrusted(ValueError):  # noqa: N818 - names the state
    """A document that none of the trusted keys has signed, or not for whom it speaks."""


def seal(claims: dict[int, Any], key: SigningKey, kind: str) -> bytes:
    """Sign claims as a document of a type; `kind` is its media type, so that none passes for another."""
    protected = protect(key.kid, key.algorithm, kind)
    payload = cbor2.dumps(claims)
    return wrap(protected, payload, key.sign(to_be_signed(protected, payload)))


def unseal(data: bytes, kind: str, candidates: Iterable[TrustEntry]) -> tuple[dict[Any, Any], list[TrustEntry]]:
    """The claims of a document of that type, and which of the candidates signed it.

    Raises Malformed, and NotTrusted where none of them did.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        raise Malformed("a document of over 4 MiB")
    message = parse(data, kind)
    signers = [entry for entry in candidates if entry.kid == message.kid and is_signed_by(message, entry)]
    if not signers:
        raise NotTrusted("no trusted key has signed this document")
    claims = strict_cbor(message.payload)
    if not isinstance(claims, dict):
        raise Malformed("the payload is no map of claims")
    return claims, signers


def is_signed_by(message: Sign1, entry: TrustEntry) -> bool:
    """Whether a key made the signature of a message."""
    return signature_holds(entry.public_key, to_be_signed(message.protected, message.payload), message.signature)


def signature_holds(key: ec.EllipticCurvePublicKey, signed: bytes, signature: bytes) -> bool:
    """Whether `signature` (r and s, 32 bytes each) is the key's over `signed`."""
    half = len(signature) // 2
    r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    try:
        key.verify(encode_dss_signature(r, s), signed, _ECDSA)
    except InvalidSignature:
        return False
    return True
