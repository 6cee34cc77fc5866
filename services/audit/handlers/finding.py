"""The finding as it stands, with where its facts come from. It is not kept anywhere: it follows from the facts."""

from datetime import datetime

import msgspec

from services.audit.domain import Dossier, Finding
from services.audit.handlers.review import Judge
from services.audit.ports.finding import FactOrigin, FindingStore


class Explained(msgspec.Struct, frozen=True):
    """A finding, and the origins of its facts by id; what is not in there the person stated.

    `published` tells whether it is what was published last; if not, a review is on its way.
    """

    finding: Finding
    next_review: datetime | None
    reviewed_at: datetime
    published: bool
    origins: dict[str, FactOrigin]


async def explain(store: FindingStore, judge: Judge, subject: str, now: datetime) -> Explained | None:
    """What is concluded of a person now, and from what; None where nobody was reviewed under this name."""
    reviewed = await store.reviewed(subject)
    if reviewed is None:
        return None
    areas = await judge.areas(store, reviewed.reference)
    finding, next_review = judge.review(Dossier.decode(reviewed.facts), areas, now)
    facts = sorted({fact for hit in finding.hits for fact in hit.facts})
    origins = {origin.id: origin for origin in await store.origins(facts)}
    return Explained(finding, next_review, reviewed.reviewed_at, finding.digest == reviewed.digest, origins)
