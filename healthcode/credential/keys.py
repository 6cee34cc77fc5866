"""Keys that sign credentials."""

import hashlib
from typing import Final, Protocol, Self

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from healthcode.credential.algorithms import ES256

_KID_BYTES: Final = 8
_COORDINATE_BYTES: Final = 32


class SigningKey(Protocol):
    """Something that signs: a key in memory, or one in a hardware module."""

    @property
    def kid(self) -> bytes:
        """Key id, as the trust list has it."""

    @property
    def algorithm(self) -> int:
        """COSE algorithm identifier."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature in the form of COSE: for ES256, r and s of 32 bytes each."""


def key_id(public_key: ec.EllipticCurvePublicKey) -> bytes:
    """Return the id of a key: the first 8 bytes of SHA-256 over its SubjectPublicKeyInfo in DER."""
    der = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).digest()[:_KID_BYTES]


class Es256Key:
    """An ES256 key in memory: ECDSA over P-256 with SHA-256."""

    algorithm: int = ES256

    def __init__(self, private_key: ec.EllipticCurvePrivateKey) -> None:
        if not isinstance(private_key.curve, ec.SECP256R1):
            raise ValueError("an ES256 key lies on the curve P-256")  # noqa: TRY004 - the type is right, its curve wrong
        self._private_key = private_key
        self.public_key = private_key.public_key()
        self.kid = key_id(self.public_key)

    @classmethod
    def generate(cls) -> Self:
        """Make a new key."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: bytes, password: bytes | None = None) -> Self:
        """Read a private key.

        Raises ValueError unless it is a P-256 key that the password opens.
        """
        private_key = load_pem_private_key(pem, password)
        if not isinstance(private_key, ec.EllipticCurvePrivateKey):
            raise ValueError("an ES256 key is an elliptic curve key")  # noqa: TRY004 - what is wrong is the file
        return cls(private_key)

    def to_pem(self, password: bytes | None = None) -> bytes:
        """Return the private key as PKCS #8, encrypted if there is a password."""
        encryption = NoEncryption() if password is None else BestAvailableEncryption(password)
        return self._private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)

    def sign(self, message: bytes) -> bytes:
        """Return r and s, 32 bytes each."""
        r, s = decode_dss_signature(self._private_key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")
