"""Findings in SQL, for those who read them."""

from collections.abc import Sequence
from typing import Final

import msgspec

from chassis.postgres.pool import Pool
from healthcode.events import FindingConcluded
from services.audit.ports.finding import FactOrigin

FINDING: Final = "SELECT finding FROM dossier WHERE subject = $1"

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
"""

_unpack = msgspec.msgpack.Decoder(FindingConcluded).decode


class PostgresFindingStore:
    """A FindingStore that reads outside any transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def finding(self, subject: str) -> FindingConcluded | None:
        """The last finding of a person."""
        packed = await self._pool.fetchval(FINDING, subject)
        return None if packed is None else _unpack(packed)

    async def origins(self, facts: Sequence[str]) -> list[FactOrigin]:
        """Those of the facts that an authority entered."""
        return [msgspec.convert(dict(row), FactOrigin) for row in await self._pool.fetch(ORIGINS, facts)]
