"""Who looked whom up."""

from datetime import datetime
from typing import Final

from chassis.postgres.pool import Pool
from services.issuer.ports import Lookup, Seen

RECORD: Final = """
INSERT INTO lookup (at, caller, client, authority, subject, found, role) VALUES ($1, $2, $3, $4, $5, $6, $7)
"""

SEEN: Final = """
SELECT * FROM lookup WHERE subject = $1 AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
"""

FORGET: Final = """
DELETE FROM lookup WHERE id IN (SELECT id FROM lookup WHERE at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)
"""


class PostgresLookupLog:
    """Implements LookupLog over the service's pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def record(self, lookup: Lookup) -> None:
        """See LookupLog."""
        of = lookup
        await self._pool.execute(RECORD, of.at, of.caller, of.client, of.authority, of.subject, of.found, of.role)

    async def seen(self, subject: str, before: int | None, limit: int) -> list[Seen]:
        """See LookupLog."""
        return [
            Seen(
                row["id"],
                Lookup(
                    at=row["at"],
                    caller=row["caller"],
                    client=row["client"],
                    authority=row["authority"],
                    subject=row["subject"],
                    found=row["found"],
                    role=row["role"],
                ),
            )
            for row in await self._pool.fetch(SEEN, subject, before, limit)
        ]

    async def forget(self, before: datetime, limit: int) -> int:
        """See LookupLog."""
        tag = await self._pool.execute(FORGET, before, limit)
        return int(tag.removeprefix("DELETE "))
