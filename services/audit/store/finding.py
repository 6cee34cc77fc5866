"""Findings in SQL, for those who read them."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from chassis.postgres.pool import Pool
from services.audit.domain import PolicyAct
from services.audit.ports.finding import FactOrigin, Reviewed
from services.audit.ports.review import AreaRow
from services.audit.store.acts import ACTS, acts_of
from services.audit.store.review import AREAS, areas_of

REVIEWED: Final = """
SELECT d.facts, d.digest, d.reviewed_at, r.version AS reference
FROM dossier d, reference r WHERE d.subject = $1 AND d.reviewed_at IS NOT NULL
"""

# The id of a fact is its entry and revision.
ORIGINS: Final = r"""
WITH asked AS (
    SELECT id, left(id, -length(revision) - 1) AS entry, revision::int AS revision
    FROM unnest($1::text[]) AS t (id), substring(id FROM '\.([0-9]{1,9})$') AS revision WHERE revision IS NOT NULL
)
SELECT id, 'listing' AS kind, category AS what, source, evidence, recorded_at AS at
FROM asked JOIN listing USING (entry, revision)
UNION ALL
SELECT id, 'test', result, source, evidence, sampled_at
FROM asked JOIN test USING (entry, revision)
UNION ALL
SELECT id, 'decision', coalesce(color, 'exempt'), source, evidence, recorded_at
FROM asked JOIN decision USING (entry, revision)
"""


class PostgresFindingStore:
    """A FindingStore that reads outside any transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def reviewed(self, subject: str) -> Reviewed | None:
        """A person's dossier."""
        row = await self._pool.fetchrow(REVIEWED, subject)
        return None if row is None else Reviewed(*row)

    async def areas(self) -> tuple[int, Iterable[AreaRow]]:
        """The levels that count, with their number."""
        return areas_of(await self._pool.fetch(AREAS))

    async def policy_acts(self) -> list[PolicyAct]:
        """What officers put in force."""
        return acts_of(await self._pool.fetch(ACTS))

    async def origins(self, facts: Sequence[str]) -> list[FactOrigin]:
        """Those of the facts that an authority entered."""
        return [msgspec.convert(dict(row), FactOrigin) for row in await self._pool.fetch(ORIGINS, facts)]
