"""Who opened whose page."""

from typing import Final

from chassis.postgres.pool import Pool
from services.portal.domain import Opening, Seen

RECORD: Final = "INSERT INTO opening (subject, officer, authority, purpose, at) VALUES ($1, $2, $3, $4, $5)"
SEEN: Final = """
SELECT id, authority, purpose, at FROM opening WHERE subject = $1 AND ($2::bigint IS NULL OR id < $2)
ORDER BY id DESC LIMIT $3
"""


class PostgresOpenings:
    """Implements Openings over the service's pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def record(self, opening: Opening) -> None:
        """See Openings."""
        of = opening
        await self._pool.execute(RECORD, of.subject, of.officer, of.authority, of.purpose, of.at)

    async def seen(self, subject: str, before: int | None, limit: int) -> list[Seen]:
        """See Openings."""
        return [Seen(*row) for row in await self._pool.fetch(SEEN, subject, before, limit)]
