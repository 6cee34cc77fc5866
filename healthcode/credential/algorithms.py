"""Algorithms of signatures, by their COSE identifiers (RFC 9053, IANA registry). One more is one entry here.

SM2 with SM3 (GB/T 32918, GB/T 32905) would be such an entry: see docs/keys.md for why it is not there yet.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

ES256: Final = -7


@dataclass(frozen=True, slots=True)
class Algorithm:
    """How signatures of a kind are checked. `curve_name` is what `cryptography` calls its keys' curve."""

    name: str
    curve: str
    curve_name: str
    signature_bytes: int
    holds: Callable[[ec.EllipticCurvePublicKey, bytes, bytes], bool]
    """Whether the last, of `signature_bytes`, is the key's over the second."""


def ecdsa(digest: hashes.HashAlgorithm) -> Callable[[ec.EllipticCurvePublicKey, bytes, bytes], bool]:
    """ECDSA as COSE writes it: r and s of equal length, one behind the other."""
    way = ec.ECDSA(digest)

    def holds(key: ec.EllipticCurvePublicKey, signed: bytes, signature: bytes) -> bool:
        half = len(signature) // 2
        r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
        try:
            key.verify(encode_dss_signature(r, s), signed, way)
        except InvalidSignature:
            return False
        return True

    return holds


ALGORITHMS: Final[dict[int, Algorithm]] = {ES256: Algorithm("ES256", "P-256", "secp256r1", 64, ecdsa(hashes.SHA256()))}
