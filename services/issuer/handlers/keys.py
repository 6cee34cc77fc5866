"""The region's own keys: which signs now, and which of them verifiers are to believe."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from healthcode.credential import SigningKey, TrustEntry, TrustList, Usage
from services.issuer.domain.trust import signs_now
from services.issuer.ports import PrivateKeys


class NoSigningKey(Exception):  # noqa: N818 - a state that an operator ends
    """Nothing can be signed: the catalogue gives the region no key for now, or its private half is not at hand."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of a region. `believed`: whom it believes as of now, itself among them; it may differ at each call."""

    region: str
    believed: Callable[[], TrustList]
    private: PrivateKeys

    def signing(self, usage: Usage, now: datetime) -> SigningKey:
        """The key that signs. Raises NoSigningKey, whose text says what to do."""
        entry = signs_now(self.believed(), self.region, usage, now)
        if entry is None:
            raise NoSigningKey(f"the catalogue holds no key of {self.region} that signs {usage} now; see docs/keys.md")
        key = self.private.find(entry.kid)
        if key is None:
            raise NoSigningKey(f"the private half of key {entry.kid.hex()} ({usage}) is missing; see docs/keys.md")
        return key

    def credentials(self, now: datetime) -> SigningKey:
        """The key for credentials. Raises NoSigningKey."""
        return self.signing(Usage.CREDENTIAL, now)

    def lists(self, now: datetime) -> SigningKey:
        """The key for status lists and codes of places. Raises NoSigningKey."""
        return self.signing(Usage.STATUS_LIST, now)

    def own(self, usage: Usage) -> list[TrustEntry]:
        """All that the region has or had, the revoked ones too, in the order in which they began."""
        mine = (entry for entry in self.believed().all(usage) if entry.region == self.region)
        return sorted(mine, key=lambda entry: entry.not_before)
