"""A finding, as it stands or as it stood, with every rule that was considered, every fact, and the way out."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import msgspec

from services.audit.domain import Areas, Considered, Dossier, Finding, Policy, WayOut, considered, kept, way_out
from services.audit.handlers.history import Past, policy_of
from services.audit.handlers.review import Judge
from services.audit.ports.finding import FactOrigin, FindingStore
from services.audit.ports.history import HistoryStore, Recorded


class Explained(msgspec.Struct, frozen=True):
    """A finding, and the origins of its facts by id; what is not in there the person stated.

    `at` is the time that was asked for, `reviewed_at` when it was concluded, last before that. `published` tells
    whether it is what was published last; if not, a review is on its way. `considered` and `way_out` are None where the
    policy that it was concluded under is not among those of this process any more.
    """

    finding: Finding
    at: datetime
    next_review: datetime | None
    reviewed_at: datetime
    published: bool
    origins: dict[str, FactOrigin]
    dossier: Dossier
    considered: Sequence[Considered] | None
    way_out: WayOut | None


async def explain(store: FindingStore, judge: Judge, subject: str, now: datetime) -> Explained | None:
    """What is concluded of a person now, and from what; None where nobody was reviewed under this name."""
    reviewed = await store.reviewed(subject)
    if reviewed is None:
        return None
    areas, dossier = await judge.areas(store, reviewed.reference), Dossier.decode(reviewed.facts)
    finding, next_review = judge.review(dossier, areas, now)
    policy = judge.policies.at(now)
    return Explained(
        finding,
        now,
        next_review,
        reviewed.reviewed_at,
        finding.digest == reviewed.digest,
        await _origins(store, dossier),
        dossier,
        considered(dossier, areas, policy, now, judge.timezone),
        await _way_out(dossier, areas, policy, now, judge),
    )


async def explain_then(
    store: FindingStore, history: HistoryStore, judge: Judge, subject: str, at: datetime
) -> Explained | None:
    """What had been concluded of a person by a time, as it was published then; None where nothing is on record."""
    recorded = await history.at(subject, at)
    if recorded is None:
        return None
    await judge.refresh(store)
    finding, dossier = kept(recorded.finding), Dossier.decode(recorded.facts)
    areas, policy = Past(await history.levels()).areas(recorded.reference), policy_of(judge, finding)
    then = recorded.reviewed_at
    return Explained(
        finding,
        at,
        finding.next_review,
        then,
        True,
        await _origins(store, dossier),
        dossier,
        None if policy is None else considered(dossier, areas, policy, then, judge.timezone),
        None if policy is None else await _way_out(dossier, areas, policy, at, judge),
    )


async def past(store: HistoryStore, subject: str, before: int | None, limit: int) -> list[tuple[Recorded, Finding]]:
    """The findings on record of a person, the latest first."""
    return [(each, kept(each.finding)) for each in await store.latest(subject, before, limit)]


async def _origins(store: FindingStore, dossier: Dossier) -> dict[str, FactOrigin]:
    return {origin.id: origin for origin in await store.origins(sorted(dossier.recorded))}


async def _way_out(dossier: Dossier, areas: Areas, policy: Policy, now: datetime, judge: Judge) -> WayOut:
    """Beside other requests: of some dossiers it takes a tenth of a second."""
    return await asyncio.to_thread(way_out, dossier, areas, policy, now, judge.timezone)
