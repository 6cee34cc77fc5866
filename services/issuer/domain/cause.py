"""Why a code changed, in one word, for statistics and for the person."""

from enum import StrEnum
from typing import Final

from healthcode.events import CodeChanged, FindingConcluded, RuleHit
from healthcode.values import Attestation, EvidenceClass


class Cause(StrEnum):
    """What set a change off."""

    DECLARATION = "declaration"
    LISTING = "listing"
    AREA = "area"
    CONTACT = "contact"
    TIME = "time"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    MOVED = "moved"


_BY_EVIDENCE: Final = {
    EvidenceClass.LISTED: Cause.LISTING,
    EvidenceClass.TRAVELLED: Cause.AREA,
    EvidenceClass.CONTACT: Cause.CONTACT,
}


_STATED: Final = frozenset(way.value for way in Attestation)


def authorities_of(hit: RuleHit) -> tuple[str, ...]:
    """The authorities among who says so; the others are how the person stated it."""
    return tuple(source for source in hit.sources if source not in _STATED)


def cause_of(before: CodeChanged | None, finding: FindingConcluded) -> Cause:
    """What set this finding off, as far as it tells.

    New facts name themselves: one of an entry that an authority's rule rests on, or rested on before it was changed or
    withdrawn, is the authority's, any other the person's own act. Without new facts it was time if a rule had run out,
    else what the rules rest on now, or rested on before.
    """
    if finding.causes:
        new = {_entry(fact) for fact in finding.causes}
        hits = (*finding.hits, *(before.hits if before else ()))
        recorded = {_entry(fact) for hit in hits if authorities_of(hit) for fact in hit.facts}
        return Cause.DECLARATION if new.isdisjoint(recorded) else Cause.LISTING
    if before is not None and before.until is not None and before.until <= finding.reviewed_at:
        return Cause.TIME
    fallback = Cause.TIME if before is None else _BY_EVIDENCE.get(before.evidence, Cause.TIME)
    return _BY_EVIDENCE.get(finding.evidence, fallback)


def _entry(fact: str) -> str:
    """The entry that a fact is a revision of; a statement's id stands for itself."""
    return fact.rpartition(".")[0] or fact
