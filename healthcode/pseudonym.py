"""The pseudonym of a person in one region, and the one of each client's own that is made of it."""

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from healthcode.identity import normalise_id
from healthcode.values import IdType

SUBJECT_BYTES: Final = 16
_CLIENT: Final = b"hc-client-1\0"
_GUEST: Final = b"hc-guest-1\0"


def subject_of(region_key: bytes, id_type: IdType, number: str) -> str:
    """The subject: HMAC-SHA-256 of id type and number under the region's key, 128 bits as 26 lower-case base32 letters.

    Raises InvalidIdNumber, which says what is wrong with the number. Nobody without the key can go from one to
    the other, and no two regions share a key, so what they hold cannot be joined.
    """
    message = f"{id_type.value}\0{normalise_id(id_type, number)}".encode()
    digest = hmac.new(region_key, message, hashlib.sha256).digest()[:SUBJECT_BYTES]
    return _text(digest)


def guest_subject(region_key: bytes, handle: str) -> str:
    """A person of another region as the region that they visit knows them: for the life of one watch.

    It is made of the handle alone, so it is nobody's own subject, and another watch on the same person has another.
    """
    return _text(hmac.new(region_key, _GUEST + handle.encode(), hashlib.sha256).digest()[:SUBJECT_BYTES])


def clients_name(region_key: bytes, client: str, subject: str) -> str:
    """A subject as one client knows it: its 128 bits through AES-256 under a key of that client's own.

    One block, so each subject has one name with a client and each name one subject. Without the region's key nobody
    can join the names that two clients have, or go back. Raises ValueError for what is no subject.
    """
    encryptor = _cipher(region_key, client).encryptor()
    return _text(encryptor.update(_bits(subject)) + encryptor.finalize())


def subject_behind(region_key: bytes, client: str, name: str) -> str:
    """The subject that a client knows by a name. Raises ValueError for what is no name.

    Any 26 letters that are one lead to some subject: whether the client may see it is asked afterwards.
    """
    decryptor = _cipher(region_key, client).decryptor()
    return _text(decryptor.update(_bits(name)) + decryptor.finalize())


def inner_minute(time: datetime) -> datetime:
    """The minute that a time lies in: down to the microsecond it would name a person as well as any number does."""
    return time.replace(second=0, microsecond=0)


def outer_minute(time: datetime) -> datetime:
    """The minute that a time is over with."""
    inner = inner_minute(time)
    return inner if inner == time else inner + timedelta(minutes=1)


def _cipher(region_key: bytes, client: str) -> Cipher[modes.ECB]:
    key = hmac.new(region_key, _CLIENT + client.encode(), hashlib.sha256).digest()
    return Cipher(algorithms.AES256(key), modes.ECB())  # noqa: S305 - one block that never occurs again with that key


def _bits(text: str) -> bytes:
    bits = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    if len(bits) != SUBJECT_BYTES or _text(bits) != text:
        raise ValueError("no subject")
    return bits


def _text(bits: bytes) -> str:
    return base64.b32encode(bits).decode().rstrip("=").lower()
