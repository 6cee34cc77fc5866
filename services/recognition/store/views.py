"""Looking at guests and watches."""

from datetime import datetime
from typing import Final

from chassis.postgres.pool import Pool
from services.recognition.domain.guest import Guest
from services.recognition.domain.home import HomeCode, Watch
from services.recognition.domain.link import Link
from services.recognition.store.guest import COLUMNS, guest_of
from services.recognition.store.home import code_of, watch_of
from services.recognition.store.link import LINKS

GUEST: Final = f"SELECT {COLUMNS} FROM guest WHERE handle = $1 AND NOT ended"  # noqa: S608 - our own columns

GUESTS: Final = f"""
SELECT {COLUMNS} FROM guest WHERE handle > $1 AND NOT ended ORDER BY handle LIMIT $2
"""  # noqa: S608 - our own columns

CODE: Final = """
SELECT incarnation, version, color, evidence, since, until, changed_at FROM home_code WHERE subject = $1
"""

WATCHES: Final = """
SELECT trip, subject, destination, until, purpose, handle, opened_at, sequence, gone FROM watch
WHERE subject = $1 AND handle IS NOT NULL AND NOT gone AND until > $2 ORDER BY opened_at, trip
"""


class PostgresViews:
    """Implements Views over the service's pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def guest(self, handle: str) -> Guest | None:
        """See Views."""
        row = await self._pool.fetchrow(GUEST, handle)
        return None if row is None else guest_of(row)

    async def guests(self, after: str, limit: int) -> list[Guest]:
        """See Views."""
        return [guest_of(row) for row in await self._pool.fetch(GUESTS, after, limit)]

    async def code(self, subject: str) -> HomeCode | None:
        """See Views."""
        row = await self._pool.fetchrow(CODE, subject)
        return None if row is None else code_of(row)

    async def watches(self, subject: str, now: datetime) -> list[Watch]:
        """See Views."""
        return [watch_of(row) for row in await self._pool.fetch(WATCHES, subject, now)]

    async def links(self) -> dict[str, Link]:
        """See Views."""
        return {row["region"]: Link(*row) for row in await self._pool.fetch(LINKS)}
