"""The pseudonym of a person in one region."""

import base64
import hashlib
import hmac
from typing import Final

from healthcode.identity import normalise_id
from healthcode.values import IdType

SUBJECT_BYTES: Final = 16


def subject_of(region_key: bytes, id_type: IdType, number: str) -> str:
    """The subject: HMAC-SHA-256 of id type and number under the region's key, 128 bits as 26 lower-case base32 letters.

    Raises InvalidIdNumber, which says what is wrong with the number. Nobody without the key can go from one to
    the other, and no two regions share a key, so what they hold cannot be joined.
    """
    message = f"{id_type.value}\0{normalise_id(id_type, number)}".encode()
    digest = hmac.new(region_key, message, hashlib.sha256).digest()[:SUBJECT_BYTES]
    return base64.b32encode(digest).decode().rstrip("=").lower()
