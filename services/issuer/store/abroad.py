"""Status lists of other regions, in SQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from chassis.postgres.pool import Pool
from services.issuer.ports.abroad import Wanted

FIND: Final = "SELECT data, asked_at FROM list_abroad WHERE region = $1 AND list_id = $2"
ASK: Final = """
INSERT INTO list_abroad (region, list_id, asked_at) SELECT region, list_id, $3
FROM unnest($1::text[], $2::text[]) AS t (region, list_id) ORDER BY region, list_id
ON CONFLICT (region, list_id) DO UPDATE SET asked_at = excluded.asked_at
"""
DUE: Final = """
SELECT region, list_id FROM list_abroad WHERE asked_at >= $2 AND (tried_at IS NULL OR tried_at < $1)
ORDER BY tried_at NULLS FIRST LIMIT $3
"""
TRIED: Final = "UPDATE list_abroad SET tried_at = $3 WHERE region = $1 AND list_id = $2"
KEEP: Final = """
UPDATE list_abroad SET tried_at = $3, data = $4, version = $5
WHERE region = $1 AND list_id = $2 AND (data IS NULL OR version <= $5)
"""
FORGET: Final = "DELETE FROM list_abroad WHERE asked_at < $1"
# That a list is asked about is written down once an hour, not at every scan.
ASKED_AGAIN: Final = timedelta(hours=1)


class PostgresListsAbroad:
    """Implements ListsAbroad over the service's pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def find(self, wanted: Wanted, now: datetime) -> bytes | None:
        """See ListsAbroad."""
        row = await self._pool.fetchrow(FIND, *wanted)
        if row is None or now - row["asked_at"] > ASKED_AGAIN:
            await self.ask([wanted], now)
        data: bytes | None = None if row is None else row["data"]
        return data

    async def ask(self, wanted: Sequence[Wanted], now: datetime) -> None:
        """See ListsAbroad."""
        await self._pool.execute(ASK, [each.region for each in wanted], [each.list_id for each in wanted], now)

    async def due(self, tried: datetime, asked: datetime, limit: int) -> list[Wanted]:
        """See ListsAbroad."""
        return [Wanted(*row) for row in await self._pool.fetch(DUE, tried, asked, limit)]

    async def tried(self, wanted: Wanted, now: datetime, data: bytes | None = None, version: int = 0) -> None:
        """See ListsAbroad."""
        if data is None:
            await self._pool.execute(TRIED, *wanted, now)
        else:
            await self._pool.execute(KEEP, *wanted, now, data, version)

    async def forget(self, asked: datetime) -> int:
        """See ListsAbroad."""
        tag = await self._pool.execute(FORGET, asked)
        return int(tag.removeprefix("DELETE "))
