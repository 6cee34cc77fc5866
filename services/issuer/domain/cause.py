"""Why a code changed, in one word, for statistics and for the person."""

from enum import StrEnum
from typing import Final

from healthcode.events import CodeChanged, FindingConcluded
from healthcode.values import EvidenceClass


class Cause(StrEnum):
    """What set a change off."""

    DECLARATION = "declaration"
    LISTING = "listing"
    AREA = "area"
    CONTACT = "contact"
    TIME = "time"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


_BY_EVIDENCE: Final = {
    EvidenceClass.LISTED: Cause.LISTING,
    EvidenceClass.TRAVELLED: Cause.AREA,
    EvidenceClass.CONTACT: Cause.CONTACT,
}


def cause_of(before: CodeChanged | None, finding: FindingConcluded) -> Cause:
    """What set this finding off, as far as it tells.

    New facts name themselves: one with a source is an authority's, any other the person's own act. Without new facts it
    was time if a rule had run out, else what the rules rest on now, or rested on before.
    """
    if finding.causes:
        new = set(finding.causes)
        authority = any(hit.sources and not new.isdisjoint(hit.facts) for hit in finding.hits)
        return Cause.LISTING if authority else Cause.DECLARATION
    if before is not None and before.until is not None and before.until <= finding.reviewed_at:
        return Cause.TIME
    fallback = Cause.TIME if before is None else _BY_EVIDENCE.get(before.evidence, Cause.TIME)
    return _BY_EVIDENCE.get(finding.evidence, fallback)
