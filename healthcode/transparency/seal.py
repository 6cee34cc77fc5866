"""The seal of a day: the root of its tree, signed by the region and, over that, by the nation."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from healthcode.credential.claim_types import get, seconds, time_at
from healthcode.credential.container import Malformed
from healthcode.credential.keys import SigningKey
from healthcode.credential.sealed import NotTrusted, seal, unseal
from healthcode.credential.trust import TrustList, Usage

SEAL: Final = "application/vnd.healthcode.seal+cwt"
COUNTERSIGNED: Final = "application/vnd.healthcode.countersigned-seal+cwt"

ISS: Final = 1
IAT: Final = 6
DAY: Final = -65580
SIZE: Final = -65581
ROOT: Final = -65582
SEALED: Final = -65583


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """All findings of a day in one root. `day`: in the region's own time zone; `size`: how many findings."""

    region: str
    day: date
    size: int
    root: bytes
    sealed_at: datetime


def sign_seal(what: Seal, key: SigningKey) -> bytes:
    """The region's signature, with its key for seals."""
    claims = {
        ISS: what.region,
        IAT: seconds(what.sealed_at),
        DAY: what.day.isoformat(),
        SIZE: what.size,
        ROOT: what.root,
    }
    return seal(claims, key, SEAL)


def read_seal(data: bytes, trust: TrustList) -> Seal:
    """A region's seal. Raises Malformed, and NotTrusted unless a key of that region for seals has signed it."""
    claims, signers = unseal(data, SEAL, trust.all(Usage.SEAL))
    found = Seal(
        region=get(claims, ISS, str),
        day=_day(get(claims, DAY, str)),
        size=get(claims, SIZE, int),
        root=get(claims, ROOT, bytes),
        sealed_at=time_at(get(claims, IAT, int)),
    )
    if not any(entry.region == found.region and entry.is_good(found.sealed_at, found.sealed_at) for entry in signers):
        raise NotTrusted("the key is not that region's, or was not good then")
    return found


def countersign(sealed: bytes, key: SigningKey, now: datetime) -> bytes:
    """The nation's signature over a region's seal, whole: the region cannot put another in its place later."""
    return seal({IAT: seconds(now), SEALED: sealed}, key, COUNTERSIGNED)


def countersigned(data: bytes, anchors: TrustList) -> tuple[bytes, datetime]:
    """The region's seal in it, and when the nation saw it. Raises as `read_seal` does."""
    claims, _ = unseal(data, COUNTERSIGNED, anchors.all(Usage.TRUST_LIST))
    return get(claims, SEALED, bytes), time_at(get(claims, IAT, int))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Malformed("a day that is none") from error


def described(what: Seal) -> dict[str, Any]:
    """A seal for people and programs to read."""
    return {
        "region": what.region,
        "day": what.day.isoformat(),
        "findings": what.size,
        "root": what.root.hex(),
        "sealed_at": what.sealed_at.isoformat(),
    }
