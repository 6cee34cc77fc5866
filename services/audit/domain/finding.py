"""What a review concludes."""

from datetime import datetime
from hashlib import blake2b
from typing import Final

import msgspec

from healthcode.events import RuleHit
from healthcode.values import Color, EvidenceClass

_DIGEST_BYTES: Final = 16
_pack = msgspec.msgpack.Encoder().encode


class Finding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The color of one person at one time, and all that explains it.

    `until` is the earliest time at which this color can end, None where that is not known; `next_review` the earliest
    at which time alone can change what is visible, None where it never does; `digest` is equal exactly when what is
    visible is equal: everything but `next_review`. `evidence` is the strongest kind behind the color; `first_hand`
    says that the region's own facts suffice for it.
    """

    color: Color
    act: str
    hits: tuple[RuleHit, ...]
    until: datetime | None
    next_review: datetime | None
    policy: str
    policy_version: str
    evidence: EvidenceClass
    first_hand: bool
    digest: str


def sealed(*visible: object) -> str:
    """The digest of what is visible of a finding: its fields in their order, without `next_review`."""
    return blake2b(_pack(visible), digest_size=_DIGEST_BYTES).hexdigest()
