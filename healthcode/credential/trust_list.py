"""The signed trust list: which regions there are, with which keys each signs what, and who is suspended."""

from datetime import datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from healthcode.credential.algorithms import ES256
from healthcode.credential.claim_types import get, seconds, time_at
from healthcode.credential.container import Malformed
from healthcode.credential.keys import SigningKey, key_id
from healthcode.credential.sealed import NotTrusted, seal, unseal
from healthcode.credential.trust import TrustedRegion, TrustEntry, TrustList, Usage

KIND: Final = "application/vnd.healthcode.trust-list+cwt"

IAT: Final = 6
SEQUENCE: Final = -65570
REGIONS: Final = -65571
KEYS: Final = -65572
_POINT: Final = 65


class Older(ValueError):  # noqa: N818 - names the state
    """A list older than one that was seen: somebody plays back what was true once."""


def sign_trust(trust: TrustList, as_of: datetime, key: SigningKey) -> bytes:
    """A trust list, signed by the nation's key for it."""
    regions = [
        {
            "code": region.code,
            "lists": region.lists,
            **({} if region.suspended_since is None else {"suspended": seconds(region.suspended_since)}),
        }
        for region in trust.regions.values()
    ]
    keys = [_written(entry) for entry in {id(e): e for usage in Usage for e in trust.all(usage)}.values()]
    return seal({IAT: seconds(as_of), SEQUENCE: trust.sequence, REGIONS: regions, KEYS: keys}, key, KIND)


def read_trust(data: bytes, anchors: TrustList, seen: int = 0) -> TrustList:
    """A signed list. `anchors`: the nation's keys, which come with the verifier; `seen`: the highest sequence yet.

    Raises Malformed, NotTrusted, and Older.
    """
    claims, signers = unseal(data, KIND, anchors.all(Usage.TRUST_LIST))
    as_of = time_at(get(claims, IAT, int))
    if not any(entry.is_good(as_of, as_of) for entry in signers):
        raise NotTrusted("the key was not good when the list was signed")
    sequence = get(claims, SEQUENCE, int)
    if sequence < seen:
        raise Older(f"list {sequence} is older than {seen}")
    regions = [_region(each) for each in get(claims, REGIONS, list)]
    entries = [_entry(each) for each in get(claims, KEYS, list) if _is_known(each)]
    return TrustList(entries, regions, sequence=sequence, as_of=as_of)


def _region(source: Any) -> TrustedRegion:
    if not isinstance(source, dict):
        raise Malformed("a region that is no map")
    suspended = time_at(get(source, "suspended", int)) if "suspended" in source else None
    return TrustedRegion(code=get(source, "code", str), lists=get(source, "lists", str), suspended_since=suspended)


def _written(entry: TrustEntry) -> dict[str, Any]:
    return {
        "region": entry.region,
        "point": entry.public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
        "from": seconds(entry.not_before),
        "until": seconds(entry.not_after),
        "usages": sorted(entry.usages),
        **({} if entry.signs_until is None else {"signs": seconds(entry.signs_until)}),
        **({} if entry.revoked_at is None else {"revoked": seconds(entry.revoked_at)}),
    }


def _is_known(source: Any) -> bool:
    """Keys of other algorithms, which later versions may know, are passed over."""
    if not isinstance(source, dict):
        raise Malformed("a key that is no map")
    return "alg" not in source or get(source, "alg", int) == ES256


def _entry(source: Any) -> TrustEntry:
    point = get(source, "point", bytes)
    try:
        public_key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        usages = frozenset(Usage(each) for each in get(source, "usages", list) if each in set(Usage))
    except (ValueError, TypeError) as error:
        raise Malformed("a key that is no point of P-256, or for no usage") from error
    if len(point) != _POINT:
        raise Malformed("a key that is not written as an uncompressed point")
    return TrustEntry(
        kid=key_id(public_key),
        public_key=public_key,
        region=get(source, "region", str),
        not_before=time_at(get(source, "from", int)),
        not_after=time_at(get(source, "until", int)),
        usages=usages,
        signs_until=time_at(get(source, "signs", int)) if "signs" in source else None,
        revoked_at=time_at(get(source, "revoked", int)) if "revoked" in source else None,
    )
