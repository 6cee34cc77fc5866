"""Which credentials are revoked: one bit each (Token Status List), signed by their issuer, and what is new by delta.

A bit that is set is never unset, so a list only grows: an older delta changes nothing, and a newer one may skip some.
"""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Self

import cbor2

from healthcode.credential.claim_types import get, seconds, time_at
from healthcode.credential.container import Malformed, inflated, strict_cbor
from healthcode.credential.keys import SigningKey
from healthcode.credential.sealed import NotTrusted, seal, unseal
from healthcode.credential.trust import TrustEntry, TrustList, Usage

FULL: Final = "application/statuslist+cwt"
DELTA: Final = "application/vnd.healthcode.statuslist-delta+cwt"
MAX_BYTES: Final = 1 << 17
"""Of a list of 2^20 bits."""

# Claims: RFC 8392, Token Status List; ours are for private use.
ISS: Final = 1
SUB: Final = 2
IAT: Final = 6
STATUS_LIST: Final = 65533
FROM: Final = -65560
TO: Final = -65561
NEWLY: Final = -65562
_BITS: Final = "bits"
_LST: Final = "lst"


def with_bits(bits: bytes, indices: Iterable[int]) -> bytes:
    """The bits with those of the indices set, lowest first in each byte."""
    after = bytearray(bits)
    for index in indices:
        after[index >> 3] |= 1 << (index & 7)
    return bytes(after)


class Gap(ValueError):  # noqa: N818 - names the state
    """Between the list and the delta something is missing: fetch the whole list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusList:
    """A list as of a time. `version` counts up with each revocation published; `bits`: lowest first in each byte."""

    issuer: str
    list_id: str
    version: int
    as_of: datetime
    bits: bytes

    @classmethod
    def of(cls, issuer: str, list_id: str, revoked: list[int], size: int, version: int, as_of: datetime) -> Self:
        """A list of `size` bits in which the `revoked` ones are set."""
        bits = with_bits(bytes(size // 8), revoked)
        return cls(issuer=issuer, list_id=list_id, version=version, as_of=as_of, bits=bits)

    def is_revoked(self, index: int) -> bool:
        """Whether a bit is set. Raises IndexError beyond the end: nobody gets in for it."""
        return bool(self.bits[index >> 3] >> (index & 7) & 1)

    def after(self, delta: "Delta") -> "StatusList":
        """The list with what is new.

        Raises Gap where the delta begins behind it or goes beyond its end, ValueError for another list's.
        """
        if (delta.issuer, delta.list_id) != (self.issuer, self.list_id):
            raise ValueError("a delta of another list")
        if delta.since > self.version:
            raise Gap(f"the list stands at {self.version}, the delta begins at {delta.since}")
        if max(delta.newly, default=-1) >= len(self.bits) * 8:
            raise Gap("the delta goes beyond the list's end")
        newest, as_of = max(self.version, delta.version), max(self.as_of, delta.as_of)
        return replace(self, version=newest, as_of=as_of, bits=with_bits(self.bits, delta.newly))


@dataclass(frozen=True, slots=True, kw_only=True)
class Delta:
    """What was revoked behind version `since` and up to `version`."""

    issuer: str
    list_id: str
    since: int
    version: int
    as_of: datetime
    newly: tuple[int, ...]


def sign_list(whole: StatusList, key: SigningKey) -> bytes:
    """A list as a Status List Token in CWT."""
    entry = {_BITS: 1, _LST: zlib.compress(whole.bits, 9)}
    claims = {ISS: whole.issuer, SUB: whole.list_id, IAT: seconds(whole.as_of), TO: whole.version, STATUS_LIST: entry}
    return seal(claims, key, FULL)


def sign_delta(delta: Delta, key: SigningKey) -> bytes:
    """What is new, signed: the gaps between the indices, compressed."""
    ordered = sorted(delta.newly)
    gaps = [index - before for before, index in zip([0, *ordered], ordered, strict=False)]
    claims = {
        ISS: delta.issuer,
        SUB: delta.list_id,
        IAT: seconds(delta.as_of),
        FROM: delta.since,
        TO: delta.version,
        NEWLY: zlib.compress(cbor2.dumps(gaps), 9),
    }
    return seal(claims, key, DELTA)


def read_list(data: bytes, trust: TrustList) -> StatusList:
    """A signed list. Raises Malformed, and NotTrusted unless a key of its issuer for status lists has signed it."""
    claims = _opened(data, FULL, trust)
    entry = get(claims, STATUS_LIST, dict)
    if get(entry, _BITS, int) != 1:
        raise Malformed("a status list of more than one bit each")
    bits = inflated(get(entry, _LST, bytes), MAX_BYTES)
    return StatusList(**_named(claims), bits=bits)


def read_delta(data: bytes, trust: TrustList) -> Delta:
    """A signed delta. Raises as `read_list` does."""
    claims = _opened(data, DELTA, trust)
    gaps = strict_cbor(inflated(get(claims, NEWLY, bytes), MAX_BYTES * 8))
    if not isinstance(gaps, list) or not all(type(gap) is int and gap >= 0 for gap in gaps):
        raise Malformed("gaps that are no numbers")
    newly, index = [], 0
    for gap in gaps:
        index += gap
        newly.append(index)
    if newly and newly[-1] >= MAX_BYTES * 8:
        raise Malformed("an index beyond any list")
    return Delta(**_named(claims), since=get(claims, FROM, int), newly=tuple(newly))


def _opened(data: bytes, kind: str, trust: TrustList) -> dict[Any, Any]:
    claims, signers = unseal(data, kind, trust.all(Usage.STATUS_LIST))
    issuer, at = get(claims, ISS, str), time_at(get(claims, IAT, int))
    if not any(_speaks(entry, issuer, at) for entry in signers):
        raise NotTrusted("the key is not its issuer's, or was not good then")
    return claims


def _speaks(entry: TrustEntry, issuer: str, at: datetime) -> bool:
    return entry.region == issuer and entry.is_good(at, at)


def _named(claims: dict[Any, Any]) -> dict[str, Any]:
    return {
        "issuer": get(claims, ISS, str),
        "list_id": get(claims, SUB, str),
        "version": get(claims, TO, int),
        "as_of": time_at(get(claims, IAT, int)),
    }
