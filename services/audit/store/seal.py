"""Sealed days in SQL."""

import base64
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import asyncpg

from chassis import outbox
from chassis.postgres.pool import Connection, Pool
from healthcode.envelope import encode
from healthcode.events import DaySealed
from services.audit.ports.history import Place, Recorded
from services.audit.ports.seal import Day, Part
from services.audit.store.history import COLUMNS
from services.audit.store.review import SERVICE

HASH_BYTES: Final = 32
DAY: Final = "day, size, after_subject, after_sequence, root, signed, countersigned"

LATEST: Final = f"SELECT {DAY} FROM seal ORDER BY day DESC LIMIT 1 FOR UPDATE"  # noqa: S608 - a constant of ours
BEGIN: Final = "INSERT INTO seal (day) VALUES ($1) ON CONFLICT DO NOTHING"
FINDINGS: Final = f"""
SELECT {COLUMNS} FROM finding
WHERE (subject, sequence) > ($3, $4) AND reviewed_at >= $1 AND reviewed_at < $2 ORDER BY subject, sequence LIMIT $5
"""  # noqa: S608 - as above
PART: Final = """
INSERT INTO seal_part (day, part, first_subject, first_sequence, root, leaves) VALUES ($1, $2, $3, $4, $5, $6)
"""
GROW: Final = "UPDATE seal SET size = $2, after_subject = $3, after_sequence = $4 WHERE day = $1"
ROOTS: Final = "SELECT root FROM seal_part WHERE day = $1 ORDER BY part"
CLOSE: Final = "UPDATE seal SET root = $2, signed = $3, sealed_at = $4, size = $5 WHERE day = $1"
COUNTERSIGNED: Final = "UPDATE seal SET countersigned = $2 WHERE day = $1 AND countersigned IS NULL"
PAGE: Final = f"""
SELECT {DAY} FROM seal WHERE root IS NOT NULL AND ($1::date IS NULL OR day < $1) ORDER BY day DESC LIMIT $2
"""  # noqa: S608 - as above
SEALED: Final = f"SELECT {DAY} FROM seal WHERE day = $1 AND root IS NOT NULL"  # noqa: S608 - as above
LAST: Final = f"""
SELECT {COLUMNS} FROM finding
WHERE subject = $1 AND reviewed_at >= $2 AND reviewed_at < $3 ORDER BY sequence DESC LIMIT 1
"""  # noqa: S608 - as above
PART_WITH: Final = """
SELECT part, first_subject, first_sequence, root, leaves FROM seal_part
WHERE day = $1 AND (first_subject, first_sequence) <= ($2, $3) ORDER BY first_subject DESC, first_sequence DESC LIMIT 1
"""


class PostgresSealStore:
    """A SealStore over a connection that is in a transaction."""

    def __init__(self, connection: Connection, region: str) -> None:
        self._connection = connection
        self._region = region

    async def latest(self) -> Day | None:
        """See SealStore."""
        return _day(await self._connection.fetchrow(LATEST))

    async def begin(self, day: date) -> None:
        """See SealStore."""
        await self._connection.execute(BEGIN, day)

    async def findings(self, since: datetime, until: datetime, after: Place, limit: int) -> list[Recorded]:
        """See SealStore."""
        return [Recorded(*row) for row in await self._connection.fetch(FINDINGS, since, until, *after, limit)]

    async def grow(self, day: Day, part: Part) -> None:
        """See SealStore."""
        await self._connection.execute(PART, day.day, part.number, *part.first, part.root, b"".join(part.leaves))
        await self._connection.execute(GROW, day.day, day.size, *day.after)

    async def roots(self, day: date) -> list[bytes]:
        """See SealStore."""
        return [row["root"] for row in await self._connection.fetch(ROOTS, day)]

    async def close(self, day: Day, sealed_at: datetime) -> None:
        """See SealStore."""
        await self._connection.execute(CLOSE, day.day, day.root, day.signed, sealed_at, day.size)
        signed = base64.b64encode(day.signed or b"").decode()
        name = day.day.isoformat()
        event = DaySealed(id=f"{self._region}.{name}", region=self._region, day=name, signed=signed, at=sealed_at)
        message = encode(event, owner=self._region, service=SERVICE, time=sealed_at)
        await outbox.append(self._connection, SERVICE, [message])

    async def countersigned(self, day: date, signed: bytes) -> None:
        """See SealStore."""
        await self._connection.execute(COUNTERSIGNED, day, signed)


class PostgresSeals:
    """Seals over the service's pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def page(self, before: date | None, limit: int) -> Sequence[Day]:
        """See Seals."""
        return [day for row in await self._pool.fetch(PAGE, before, limit) if (day := _day(row))]

    async def sealed(self, day: date) -> Day | None:
        """See Seals."""
        return _day(await self._pool.fetchrow(SEALED, day))

    async def last_of(self, subject: str, since: datetime, until: datetime) -> Recorded | None:
        """See Seals."""
        row = await self._pool.fetchrow(LAST, subject, since, until)
        return None if row is None else Recorded(*row)

    async def part_with(self, day: date, place: Place) -> Part | None:
        """See Seals."""
        row = await self._pool.fetchrow(PART_WITH, day, *place)
        if row is None:
            return None
        leaves = row["leaves"]
        cut = tuple(leaves[at : at + HASH_BYTES] for at in range(0, len(leaves), HASH_BYTES))
        return Part(row["part"], (row["first_subject"], row["first_sequence"]), row["root"], cut)

    async def roots(self, day: date) -> list[bytes]:
        """See Seals."""
        return [row["root"] for row in await self._pool.fetch(ROOTS, day)]


def _day(row: asyncpg.Record | None) -> Day | None:
    if row is None:
        return None
    day, size, subject, sequence, root, signed, countersigned = row
    return Day(day, size, (subject, sequence), root, signed, countersigned)
