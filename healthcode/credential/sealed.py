"""Signed documents beside the credentials: trust lists and status lists, each a COSE_Sign1 message of its own type."""

from collections.abc import Iterable
from typing import Any

import cbor2

from healthcode.credential.algorithms import ALGORITHMS
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
    """Whether a key made the signature of a message, by the algorithm that the key is for."""
    if message.algorithm != entry.algorithm:
        return False
    signed = to_be_signed(message.protected, message.payload)
    return ALGORITHMS[entry.algorithm].holds(entry.public_key, signed, message.signature)
