"""Whom a region asks about: by a credential's id or by a document, as only the region that is asked can read it."""

import base64
import binascii
from collections.abc import Sequence
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from healthcode.events import WatchAsked
from healthcode.values import IdType
from services.recognition.domain.message import Refusal
from services.recognition.domain.sealing import NotForUs, open_sealed, seal

CONTEXT: Final = b"hc-watch-ask-1"
# All asks have one length, or the hub could tell what they go by.
LENGTH: Final = 192
LONGEST: Final = 1024


class ByCredential(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="credential"):
    """The id of a credential that was shown, in hexadecimal."""

    credential: str


class ByDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="document"):
    """A document. Nothing keeps it: it is turned into a subject as soon as it is open."""

    id_type: IdType
    id_number: str


Sought = ByCredential | ByDocument

_decode: Final = msgspec.json.Decoder(Sought).decode
_encode: Final = msgspec.json.Encoder().encode


class TooLong(ValueError):  # noqa: N818 - says what is wrong
    """No document has a number of that length."""


def info_of(ask: str, origin: str, destination: str) -> Sequence[bytes]:
    """What an ask is bound to: it opens as this one's, between these two."""
    return [CONTEXT, origin.encode(), destination.encode(), ask.encode()]


def seal_sought(key: ec.EllipticCurvePublicKey, info: Sequence[bytes], sought: Sought) -> str:
    """Base64, of one length for all. Raises TooLong."""
    plain = _encode(sought)
    if len(plain) > LENGTH:
        raise TooLong
    return base64.b64encode(seal(key, info, plain.ljust(LENGTH))).decode("ascii")


def open_sought(key: ec.EllipticCurvePrivateKey, asked: WatchAsked) -> Sought:
    """Whom it is about. Raises Refusal, whose text quotes nothing of it."""
    if len(asked.sealed) > LONGEST:
        raise Refusal("ask-unreadable", "what is sealed is too long")
    try:
        sealed = base64.b64decode(asked.sealed, validate=True)
        sought: Sought = _decode(open_sealed(key, info_of(asked.ask, asked.origin, asked.destination), sealed))
    except (binascii.Error, ValueError, NotForUs) as fault:
        # The kind alone: a decoder's text can quote what it read.
        raise Refusal("ask-unreadable", f"it is not sealed to us for this ask ({type(fault).__name__})") from None
    return sought
