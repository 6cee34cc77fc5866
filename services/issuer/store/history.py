"""What was published of a person."""

from typing import Final

from chassis.postgres.pool import Pool
from healthcode.events import CodeChanged
from services.issuer.store.rows import state_of

PAGE: Final = """
SELECT event FROM code_history WHERE subject = $1 AND (incarnation, version) < ($2, $3)
ORDER BY incarnation DESC, version DESC LIMIT $4
"""
ABOVE_ALL: Final = (2**31 - 1, 2**63 - 1)


class PostgresHistory:
    """Implements History over the service's pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(self, subject: str, before: tuple[int, int] | None, limit: int) -> list[CodeChanged]:
        """See History."""
        rows = await self._pool.fetch(PAGE, subject, *(before or ABOVE_ALL), limit)
        return [state_of(row["event"]) for row in rows]
