"""What a credential says, and what no credential may say."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from healthcode.values import Coded, Status

_CTI_BYTES: Final = 16
_POINT_BYTES: Final = 65
_REGION: Final = re.compile(r"[A-Za-z0-9-]{1,16}")
_LIST_ID: Final = re.compile(r"[A-Za-z0-9._~-]{1,16}")
_ID_TAIL: Final = re.compile(r"[A-Z0-9]{2}")
_MAX_MASKED_NAME: Final = 64
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# Only a judgement can be shown. A code that is grey, expired or unknown has no credential.
_SHOWN: Final = frozenset({Status.LOW, Status.MEDIUM, Status.HIGH})


class CredentialKind(Coded):
    """How a credential is carried: an app can prove that it holds the key, paper names its holder instead."""

    APP = "app", "手机亮码", "shown by an app"
    PAPER = "paper", "纸质码", "on paper"


@dataclass(frozen=True, slots=True)
class StatusReference:
    """The place of a credential in a status list: which bit, of the list of which short id (address: trust list)."""

    index: int
    list_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What an issuer signs. Times are aware and go down to whole seconds when encoded.

    Raises ValueError for what must never be signed or believed, so that both sides refuse the same things.
    """

    issuer: str
    """The region that signs: the region of its entry in the trust list."""
    issued_at: datetime
    expires_at: datetime
    credential_id: bytes
    """16 random bytes, fresh for every credential."""
    status: Status
    """LOW, MEDIUM or HIGH."""
    since: datetime
    until: datetime | None = None
    """When the color ends by itself; None if it has no such time."""
    region: str
    """The region whose code this is; differs from the issuer where another region's stack serves it."""
    kind: CredentialKind = CredentialKind.APP
    status_list: StatusReference | None = None
    holder_key: bytes | None = None
    """The holder's P-256 public key as an uncompressed point (65 bytes), a fresh pair for every credential."""
    masked_name: str | None = None
    """Paper only."""
    id_tail: str | None = None
    """The last two characters of the document number. Paper only."""

    def __post_init__(self) -> None:
        """Refuse what is inconsistent."""
        _require(_REGION.fullmatch(self.issuer) and _REGION.fullmatch(self.region), "a region is 1-16 of A-Z a-z 0-9 -")
        _require(len(self.credential_id) == _CTI_BYTES, "a credential id is 16 bytes")
        _require(self.status in _SHOWN, "only low, medium and high can be shown")
        times = [self.issued_at, self.expires_at, self.since] + ([self.until] if self.until else [])
        _require(all(each.tzinfo is not None and each >= _EPOCH for each in times), "times are aware and after 1970")
        _require(self.issued_at < self.expires_at, "a credential expires after its issue")
        if self.status_list is not None:
            _require(0 <= self.status_list.index < 2**32, "an index of a status list fits in 32 bits")
            _require(_LIST_ID.fullmatch(self.status_list.list_id), "a list id is 1-16 of A-Z a-z 0-9 . _ ~ -")
        if self.holder_key is not None:
            _require(len(self.holder_key) == _POINT_BYTES, "a holder key is an uncompressed point of 65 bytes")
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), self.holder_key)
        self._check_paper()

    def _check_paper(self) -> None:
        if self.masked_name is None and self.id_tail is None:
            return
        _require(self.kind is CredentialKind.PAPER, "only paper may say anything of who its holder is")
        _require(self.masked_name is None or "*" in self.masked_name, "a name is masked, with *")
        _require(len(self.masked_name or "") <= _MAX_MASKED_NAME, "a masked name has 64 characters at most")
        _require(self.id_tail is None or _ID_TAIL.fullmatch(self.id_tail), "an id tail is two of A-Z 0-9")


def _require(condition: object, message: str) -> None:
    if not condition:
        raise ValueError(message)
