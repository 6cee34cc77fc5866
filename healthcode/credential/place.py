"""The code of a place, which hangs at its door: signed by the region, so that nobody hangs up another place's.

`HP1:` and base45 of a COSE_Sign1 message of a type of its own. A holder's device puts `place_of` of its text into the
proof.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import base45

from healthcode.credential.claim_types import get, seconds, time_at
from healthcode.credential.container import Malformed
from healthcode.credential.keys import SigningKey
from healthcode.credential.sealed import NotTrusted, seal, unseal
from healthcode.credential.trust import TrustList, Usage

PREFIX: Final = "HP1:"
KIND: Final = "application/vnd.healthcode.place+cwt"
MAX_TEXT: Final = 1024
MAX_NAME: Final = 60

# Claims: RFC 8392; ours is for private use.
ISS: Final = 1
SUB: Final = 2
IAT: Final = 6
NAME: Final = -65570


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCode:
    """What hangs at a door: whose place it is, which, and what it is called."""

    region: str
    place: str
    name: str
    issued_at: datetime


def sign_place(code: PlaceCode, key: SigningKey) -> str:
    """The text of a place's QR code. Raises ValueError for a name of over 60 characters."""
    if len(code.name) > MAX_NAME:
        raise ValueError("a place's name has 60 characters at most")
    claims = {ISS: code.region, SUB: code.place, IAT: seconds(code.issued_at), NAME: code.name}
    return PREFIX + str(base45.b45encode(seal(claims, key, KIND)).decode("ascii"))


def read_place(text: str, trust: TrustList, now: datetime) -> PlaceCode:
    """What a place's code says, once a key of its region's has signed it: one that signs its status lists.

    Raises Malformed, and NotTrusted where no such key did, or it is not good now.
    """
    if not text.startswith(PREFIX) or len(text) > MAX_TEXT:
        raise Malformed("not the code of a place")
    try:
        data = base45.b45decode(text[len(PREFIX) :])
    except ValueError as error:
        raise Malformed("not base45") from error
    claims, signers = unseal(data, KIND, trust.all(Usage.STATUS_LIST))
    code = PlaceCode(
        region=get(claims, ISS, str),
        place=get(claims, SUB, str),
        name=get(claims, NAME, str),
        issued_at=time_at(get(claims, IAT, int)),
    )
    if not any(entry.region == code.region and entry.is_good(code.issued_at, now) for entry in signers):
        raise NotTrusted("signed by another region's key, or by one that is not good now")
    return code
