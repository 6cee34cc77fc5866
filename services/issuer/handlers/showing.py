"""What a person shows at a checkpoint: one code or several, certificates of other systems too, and which counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import msgspec

from healthcode.combine import Combine, counting
from healthcode.credential import CheckPolicy, TrustList, Verdict
from healthcode.events import CodeChanged
from healthcode.foreign import ForeignError, ForeignTable, Judged, Refusal, is_foreign
from healthcode.foreign.model import Foreign
from healthcode.values import Color, Status
from services.issuer.handlers.credential import Abroad, Verified, scan
from services.issuer.handlers.place import is_repeated
from services.issuer.ports import Credentials
from services.issuer.ports.place import Passes

COLORS: Final = {Status.LOW: Color.GREEN, Status.MEDIUM: Color.YELLOW, Status.HIGH: Color.RED}
STATUSES: Final = {color: status for status, color in COLORS.items()}
NONE_OF_OURS: Final = frozenset({Verdict.MALFORMED, Verdict.UNKNOWN_ISSUER, Verdict.BAD_SIGNATURE})
REFUSED: Final = {
    Refusal.MALFORMED: Verdict.MALFORMED,
    Refusal.UNSUPPORTED: Verdict.MALFORMED,
    Refusal.UNKNOWN_ISSUER: Verdict.UNKNOWN_ISSUER,
    Refusal.BAD_SIGNATURE: Verdict.BAD_SIGNATURE,
    Refusal.NOT_YET: Verdict.CLOCK_AHEAD,
    Refusal.EXPIRED: Verdict.EXPIRED,
}
"""The verdict nearest to each refusal; the refusal itself is told beside it."""


class Certificate(NamedTuple):
    """A certificate of another system: what it says and means here, or why it is refused."""

    read: Foreign | None = None
    judged: Judged | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing that was scanned. `repeated`: its proof was shown before."""

    found: Verified
    repeated: bool = False
    certificate: Certificate | None = None

    @property
    def status(self) -> Status | None:
        """What it is in the national schema; None for what is not valid."""
        if self.found.verdict is not Verdict.VALID:
            return None
        if self.found.code is not None:
            return STATUSES.get(self.found.code.color, Status.UNKNOWN)
        if self.certificate is not None and self.certificate.judged is not None:
            return self.certificate.judged.status
        return self.found.claims.status if self.found.claims else Status.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What scans are checked with. `foreign`: None where no certificates of other systems are taken."""

    credentials: Credentials
    passes: Passes
    trust: TrustList
    abroad: Abroad
    policy: CheckPolicy
    combine: Combine
    foreign: ForeignTable | None = None


async def look_at(desk: Desk, text: str, now: datetime, place: bytes | None) -> Shown:
    """One thing that was scanned; where a `place` is named, a live proof has to name it, too."""
    found = await scan(desk.credentials, desk.trust, text, now, place=place, abroad=desk.abroad, policy=desk.policy)
    if found.verdict is Verdict.VALID:
        return Shown(found, repeated=await is_repeated(desk.passes, text, now))
    if desk.foreign is None or found.verdict not in NONE_OF_OURS or not is_foreign(text):
        return Shown(found)
    try:
        read = desk.foreign.read(text, now)
    except ForeignError as refused:
        return Shown(Verified(REFUSED[refused.refusal], None), certificate=Certificate(refusal=refused.refusal))
    return Shown(Verified(Verdict.VALID, None), certificate=Certificate(read.certificate, read.judged))


def which_counts(desk: Desk, shown: Sequence[Shown]) -> int | None:
    """The place of the one that counts; one alone counts if it is valid, whatever it says."""
    if len(shown) == 1:
        return 0 if shown[0].status is not None else None
    # A proof for the second time may be somebody else's picture: it opens nothing beside another code.
    return counting(desk.combine, [None if each.repeated else each.status for each in shown])


def as_it_counts(own: CodeChanged, color: Color, act: str) -> CodeChanged:
    """One's own code with what another one makes of it here; nothing else of it changes."""
    return msgspec.structs.replace(own, color=color, act=act)
