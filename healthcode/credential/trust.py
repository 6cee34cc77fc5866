"""Whom a verifier believes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric import ec

from healthcode.credential.algorithms import ALGORITHMS, ES256
from healthcode.credential.keys import key_id


class Usage(StrEnum):
    """What a key may sign."""

    CREDENTIAL = "credential"
    STATUS_LIST = "status_list"
    TRUST_LIST = "trust_list"
    SEAL = "seal"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustEntry:
    """A key and what it is believed for.

    What it signed before `not_before` never counts, nor what it signed from `signs_until` on: another key signs then.
    From `not_after` on nothing of it counts, expired or not: that is one credential's longest life later. `revoked_at`:
    its private half may be in other hands, so whatever it signed is void from then on, whenever it says it did. Raises
    ValueError for a key of another curve than its algorithm's.
    """

    kid: bytes
    public_key: ec.EllipticCurvePublicKey
    region: str
    not_before: datetime
    not_after: datetime
    usages: frozenset[Usage] = frozenset({Usage.CREDENTIAL})
    signs_until: datetime | None = None
    revoked_at: datetime | None = None
    algorithm: int = ES256

    def __post_init__(self) -> None:
        """Refuse a key that its algorithm does not know."""
        known = ALGORITHMS[self.algorithm]
        if self.public_key.curve.name != known.curve_name:
            raise ValueError(f"an {known.name} key lies on the curve {known.curve}")

    def is_good(self, issued_at: datetime, now: datetime) -> bool:
        """Tell whether the key was good when something was issued and still is."""
        signed_in_time = self.not_before <= issued_at < (self.signs_until or self.not_after)
        return signed_in_time and now < self.not_after and not self.is_revoked(now)

    def is_revoked(self, now: datetime) -> bool:
        """Whether it is void, at a time."""
        return self.revoked_at is not None and self.revoked_at <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedRegion:
    """A region as a whole. `lists`: where its status lists are, with `{id}`; what is suspended counts for nothing.

    `suspended_until` is known to who reads the catalogue; a signed list tells of it for as long as it holds.
    """

    code: str
    lists: str = ""
    suspended_since: datetime | None = None
    suspended_until: datetime | None = None

    def is_suspended(self, now: datetime) -> bool:
        """Whether it is, at a time."""
        begun = self.suspended_since is not None and self.suspended_since <= now
        return begun and (self.suspended_until is None or now < self.suspended_until)


class TrustList:
    """Trusted keys by key id. Ids are short and collide, so one id may stand for several keys."""

    def __init__(
        self,
        entries: Iterable[TrustEntry],
        regions: Iterable[TrustedRegion] = (),
        *,
        sequence: int = 0,
        as_of: datetime | None = None,
    ) -> None:
        """`sequence` counts up with each list that is signed; `as_of` is None for one that was never signed."""
        self._entries: dict[bytes, tuple[TrustEntry, ...]] = {}
        for entry in entries:
            self._entries[entry.kid] = (*self._entries.get(entry.kid, ()), entry)
        self.regions: Mapping[str, TrustedRegion] = {region.code: region for region in regions}
        self.sequence = sequence
        self.as_of = as_of

    def candidates(self, kid: bytes, usage: Usage) -> tuple[TrustEntry, ...]:
        """Return every entry with a key id and a usage."""
        return tuple(entry for entry in self._entries.get(kid, ()) if usage in entry.usages)

    def all(self, usage: Usage) -> tuple[TrustEntry, ...]:
        """Return every entry with a usage."""
        return tuple(entry for same in self._entries.values() for entry in same if usage in entry.usages)

    def is_suspended(self, code: str, now: datetime) -> bool:
        """Whether a region is suspended at a time; one that is not described is not."""
        region = self.regions.get(code)
        return region is not None and region.is_suspended(now)


def anchored(public_key: ec.EllipticCurvePublicKey) -> TrustList:
    """What a verifier begins with: the nation's key, which came with it, believed for trust lists alone.

    It is believed for as long as the verifier has it; whoever ends it brings another.
    """
    always = (datetime(2020, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))
    entry = TrustEntry(
        kid=key_id(public_key),
        public_key=public_key,
        region="",
        not_before=always[0],
        not_after=always[1],
        usages=frozenset({Usage.TRUST_LIST}),
    )
    return TrustList([entry])
