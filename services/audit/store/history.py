"""The history of findings in SQL: the worker writes it (store/review.py), this reads it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from chassis.postgres.pool import Pool
from services.audit.ports.history import Level, Place, Recorded

COLUMNS: Final = "subject, sequence, reviewed_at, reference, facts, finding"

# A review may run a little ahead of the clock (timers), so of two the later sequence counts, not the later time.
AT: Final = f"""
SELECT {COLUMNS} FROM finding WHERE subject = $1 AND reviewed_at <= $2 ORDER BY sequence DESC LIMIT 1
"""  # noqa: S608 - a constant of ours

LATEST: Final = f"""
SELECT {COLUMNS} FROM finding WHERE subject = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3
"""  # noqa: S608 - as above

PAGE: Final = f"""
SELECT {COLUMNS} FROM finding
WHERE (subject, sequence) > ($2, $3) AND ($1::text IS NULL OR subject = $1) ORDER BY subject, sequence LIMIT $4
"""  # noqa: S608 - as above

COUNT: Final = "SELECT count(*) FROM finding WHERE $1::text IS NULL OR subject = $1"

LEVELS: Final = """
SELECT entry, revision, area, level, valid_from, valid_until, withdrawn, reference FROM area_level
"""


class PostgresHistoryStore:
    """A HistoryStore that reads outside any transaction."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def at(self, subject: str, time: datetime) -> Recorded | None:
        """What was concluded last by a time."""
        row = await self._pool.fetchrow(AT, subject, time)
        return None if row is None else Recorded(*row)

    async def latest(self, subject: str, before: int | None, limit: int) -> list[Recorded]:
        """The latest on record, newest first."""
        return [Recorded(*row) for row in await self._pool.fetch(LATEST, subject, before or 2**62, limit)]

    async def page(self, subject: str | None, after: Place, limit: int) -> list[Recorded]:
        """The next findings on record."""
        return [Recorded(*row) for row in await self._pool.fetch(PAGE, subject, *after, limit)]

    async def count(self, subject: str | None) -> int:
        """How many are on record."""
        return int(await self._pool.fetchval(COUNT, subject))

    async def levels(self) -> Sequence[Level]:
        """Every revision of every level."""
        return [msgspec.convert(dict(row), Level) for row in await self._pool.fetch(LEVELS)]
