"""The finding as it stands, with where its facts come from."""

import msgspec

from healthcode.events import FindingConcluded
from services.audit.ports.finding import FactOrigin, FindingStore


class Explained(msgspec.Struct, frozen=True):
    """A finding, and the origins of its facts by id; what is not in there the person stated."""

    finding: FindingConcluded
    origins: dict[str, FactOrigin]


async def explain(store: FindingStore, subject: str) -> Explained | None:
    """What was concluded last of a person, and from what."""
    finding = await store.finding(subject)
    if finding is None:
        return None
    facts = sorted({fact for hit in finding.hits for fact in hit.facts})
    return Explained(finding, {origin.id: origin for origin in await store.origins(facts)})
