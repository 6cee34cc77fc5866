"""Personal data at rest: AES-256-GCM under a key per person, itself wrapped by the region's master key.

A wrapped key is `key id (4 bytes) | nonce (12) | ciphertext and tag`; sealed data is `nonce (12) | ciphertext and tag`.
The subject is the associated data of both, so that no row opens in another's place.
"""

import hashlib
import os
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from services.declaration.domain.people import Basic, Sealed

KEY_ID_BYTES: Final = 4
NONCE_BYTES: Final = 12
PERSON_KEY_BYTES: Final = 32

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Basic).decode


class Locked(ValueError):  # noqa: N818 - names the state
    """What is sealed cannot be opened: another person's, another region's, or changed."""


class MasterVault:
    """Implements Vault under one region's master key."""

    def __init__(self, master_key: bytes) -> None:
        """`master_key`: 32 bytes; its id is the beginning of its hash, so that a rotation knows what is still old."""
        self._master = AESGCM(master_key)
        self._key_id = hashlib.sha256(b"healthcode master key" + master_key).digest()[:KEY_ID_BYTES]

    def seal(self, subject: str, basic: Basic) -> Sealed:
        """Seal it under a fresh key: each key seals once, so no nonce can come twice."""
        return self._seal(subject, _encode(basic))

    def seal_text(self, subject: str, text: str) -> Sealed:
        """As seal, for what a person wrote."""
        return self._seal(subject, text.encode())

    def open(self, subject: str, sealed: Sealed) -> Basic:
        """Open it again. Raises Locked."""
        return _decode(self._open(subject, sealed))

    def open_text(self, subject: str, sealed: Sealed) -> str:
        """Open it again. Raises Locked."""
        return self._open(subject, sealed).decode()

    def _seal(self, subject: str, plain: bytes) -> Sealed:
        about = subject.encode()
        noise = os.urandom(PERSON_KEY_BYTES + 2 * NONCE_BYTES)
        key, outer, inner = (
            noise[:PERSON_KEY_BYTES],
            noise[PERSON_KEY_BYTES:-NONCE_BYTES],
            noise[-NONCE_BYTES:],
        )
        wrapped = self._key_id + outer + self._master.encrypt(outer, key, self._key_id + about)
        return Sealed(wrapped, inner + AESGCM(key).encrypt(inner, plain, about))

    def _open(self, subject: str, sealed: Sealed) -> bytes:
        about = subject.encode()
        key_id, rest = sealed.wrapped[:KEY_ID_BYTES], sealed.wrapped[KEY_ID_BYTES:]
        if key_id != self._key_id:
            raise Locked("the person's key is wrapped by another master key")
        try:
            key = self._master.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], key_id + about)
            inner = sealed.sealed
            return AESGCM(key).decrypt(inner[:NONCE_BYTES], inner[NONCE_BYTES:], about)
        except InvalidTag:
            raise Locked("the sealed data is not this person's, or was changed") from None
