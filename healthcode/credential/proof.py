"""The holder's proof: shown live from a device, not from a picture. `HK1:` in fixed width, then the credential.

What it gives, and no more: a picture is *not fresh* a minute later. Who holds the key can still make proofs ahead for
somebody else, or relay what is on the screen; a place's rotating challenge makes the first of these useless.
"""

import hashlib
import struct
from collections.abc import Callable
from typing import Final, NamedTuple

import base45
from cryptography.hazmat.primitives.asymmetric import ec

from healthcode.credential.algorithms import ALGORITHMS, ES256
from healthcode.credential.container import MAX_TEXT, Malformed

PREFIX: Final = "HK1:"
NO_PLACE: Final = bytes(8)
EVERY_SECONDS: Final = 30
"""How often a device makes a new one."""

_CONTEXT: Final = b"hc-proof-1"
_PLACE: Final = b"hc-place-1"
_WIRE: Final = struct.Struct(">I8s64s")
_CHARACTERS: Final = _WIRE.size // 2 * 3


class Proof(NamedTuple):
    """`at`: seconds since 1970 by the device's corrected clock; `place`: 8 bytes, all zero where none is named."""

    at: int
    place: bytes
    signature: bytes


def place_of(text: str) -> bytes:
    """What a proof says of a place or a challenge: 8 bytes of SHA-256 over the text of its code."""
    return hashlib.sha256(_PLACE + text.encode()).digest()[:8]


def to_be_proved(credential: str, at: int, place: bytes = NO_PLACE) -> bytes:
    """What the holder signs: context ‖ SHA-256(the credential's text, `HC1:` included) ‖ time (4 bytes) ‖ place."""
    return _CONTEXT + hashlib.sha256(credential.encode("ascii")).digest() + struct.pack(">I", at) + place


def show(credential: str, at: int, sign: Callable[[bytes], bytes], place: bytes = NO_PLACE) -> str:
    """The text of a live QR code; `sign` gives r and s, 32 bytes each."""
    wire = _WIRE.pack(at, place, sign(to_be_proved(credential, at, place)))
    return PREFIX + str(base45.b45encode(wire).decode("ascii")) + credential


def split(text: str) -> tuple[Proof | None, str]:
    """The proof, if there is one, and the credential. Raises Malformed where one begins and is none."""
    if not text.startswith(PREFIX):
        return None, text
    end = len(PREFIX) + _CHARACTERS
    if len(text) > end + MAX_TEXT:
        raise Malformed("too long")
    try:
        wire = base45.b45decode(text[len(PREFIX) : end])
        proof = Proof(*_WIRE.unpack(wire))
    except (ValueError, struct.error) as error:
        raise Malformed("a holder's proof that is none") from error
    return proof, text[end:].rstrip("\r\n")


def is_holders(proof: Proof, credential: str, holder_key: bytes) -> bool:
    """Whether the holder of the credential's key made this proof for this credential."""
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), holder_key)
    return ALGORITHMS[ES256].holds(key, to_be_proved(credential, proof.at, proof.place), proof.signature)
