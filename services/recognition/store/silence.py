"""Regions to which nothing is told now."""

from collections.abc import Collection
from typing import Final

from chassis.postgres.pool import Connection
from services.recognition.ports.membership import Silence

NOTE: Final = """
INSERT INTO silence (region) SELECT region FROM unnest($1::text[]) AS t (region) ORDER BY region
ON CONFLICT (region) DO UPDATE SET cursor = ''
"""

ALL: Final = "SELECT region, cursor FROM silence ORDER BY region FOR UPDATE"

WATCHES: Final = """
SELECT trip, subject FROM watch
WHERE handle IS NOT NULL AND trip > $2 AND ($1::text IS NULL OR destination = $1) ORDER BY trip LIMIT $3
"""

MOVE: Final = "UPDATE silence SET cursor = $2 WHERE region = $1"

END: Final = "DELETE FROM silence WHERE region = $1"


class PostgresSilences:
    """Implements Silences over a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def note(self, regions: Collection[str]) -> None:
        """See Silences."""
        if regions:
            await self._connection.execute(NOTE, sorted(regions))

    async def lock(self) -> list[Silence]:
        """See Silences."""
        return [Silence(row["region"], row["cursor"]) for row in await self._connection.fetch(ALL)]

    async def watches(self, destination: str | None, after: str, limit: int) -> list[tuple[str, str]]:
        """See Silences."""
        rows = await self._connection.fetch(WATCHES, destination, after, limit)
        return [(row["trip"], row["subject"]) for row in rows]

    async def move(self, region: str, cursor: str) -> None:
        """See Silences."""
        await self._connection.execute(MOVE, region, cursor)

    async def end(self, region: str) -> None:
        """See Silences."""
        await self._connection.execute(END, region)
