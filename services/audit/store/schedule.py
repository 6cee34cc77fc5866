"""Timers and storms in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from chassis import outbox
from chassis.postgres.pool import Connection
from healthcode.envelope import encode
from healthcode.events import ReviewDue
from services.audit.ports.schedule import Passed, Pending, Storm
from services.audit.store.review import SERVICE

TAKE_DUE: Final = """
WITH due AS (SELECT subject FROM timer WHERE due <= $1 ORDER BY due LIMIT $2 FOR UPDATE SKIP LOCKED)
DELETE FROM timer t USING due WHERE t.subject = due.subject RETURNING t.subject, t.due
"""

# All or none: only one process advances storms at a time.
ONLY_ONE: Final = "SELECT pg_try_advisory_xact_lock(hashtext(current_schema() || '/storm'))"
OPEN_STORMS: Final = "SELECT * FROM storm WHERE state <> 'done' ORDER BY id FOR UPDATE"

OWN_XID: Final = "SELECT pg_current_xact_id()::text::bigint"
OLDEST_XID: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"

# $1, $2: where the sweep is; $3: the storm's reference; $4, $5: the range of areas; $6: how many.
SWEEP_AREA: Final = """
WITH passed AS (
    SELECT area, subject FROM stay
    WHERE (area, subject) > ($1, $2) AND area >= $4 AND area < $5 ORDER BY area, subject LIMIT $6
)
SELECT p.area, p.subject, d.reference < $3 AS older
FROM passed p JOIN dossier d ON d.subject = p.subject ORDER BY p.area, p.subject
"""

SWEEP_ALL: Final = """
SELECT '' AS area, subject, reference < $2 AS older FROM dossier WHERE subject > $1 ORDER BY subject LIMIT $3
"""

BACKLOG: Final = "SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT $1) o"

SAVE: Final = """
UPDATE storm SET state = $2, fence = $3, at_area = $4, at_subject = $5, swept = $6, queued = $7, ended_at = $8
WHERE id = $1
"""

COUNTED: Final = 100_000
DUE: Final = f"SELECT count(*), min(due) FROM (SELECT due FROM timer WHERE due <= $1 ORDER BY due LIMIT {COUNTED}) AS t"  # noqa: S608 - our own number
OPEN: Final = "SELECT count(*) OVER () AS storms, * FROM storm WHERE state <> 'done' ORDER BY id LIMIT 1"
LEFT_IN_AREA: Final = f"""
SELECT count(*) FROM (
    SELECT 1 FROM stay WHERE (area, subject) > ($1, $2) AND area >= $3 AND area < $4 LIMIT {COUNTED}) AS t
"""  # noqa: S608 - our own number
LEFT_OF_ALL: Final = f"SELECT count(*) FROM (SELECT 1 FROM dossier WHERE subject > $1 LIMIT {COUNTED}) AS t"  # noqa: S608 - as above

LATEST: Final = "SELECT * FROM storm WHERE id < $1 ORDER BY id DESC LIMIT $2"


class PostgresScheduleStore:
    """A ScheduleStore over a connection, inside its transaction."""

    def __init__(self, connection: Connection, region: str) -> None:
        self._connection = connection
        self._region = region

    async def take_due(self, now: datetime, limit: int) -> list[tuple[str, datetime]]:
        """Take away timers that are due; those that a review is rewriting just now are left for the next time."""
        return [(row["subject"], row["due"]) for row in await self._connection.fetch(TAKE_DUE, now, limit)]

    async def open_storms(self) -> list[Storm]:
        """The open storms, locked."""
        if not await self._connection.fetchval(ONLY_ONE):
            return []
        return [_storm(row) for row in await self._connection.fetch(OPEN_STORMS)]

    async def own_xid(self) -> int:
        """The id of this transaction."""
        return int(await self._connection.fetchval(OWN_XID))

    async def oldest_xid(self) -> int:
        """The cluster's horizon."""
        return int(await self._connection.fetchval(OLDEST_XID))

    async def sweep(self, storm: Storm, limit: int) -> list[Passed]:
        """The next places of a sweep."""
        if storm.area is None:
            rows = await self._connection.fetch(SWEEP_ALL, storm.at_subject, storm.reference, limit)
        else:
            rows = await self._connection.fetch(
                SWEEP_AREA, storm.at_area, storm.at_subject, storm.reference, *within(storm.area), limit
            )
        return [Passed(*row) for row in rows]

    async def backlog(self, limit: int) -> int:
        """How many rows the outbox holds, up to a limit."""
        return int(await self._connection.fetchval(BACKLOG, limit))

    async def save(self, storm: Storm) -> None:
        """Store a storm's progress."""
        await self._connection.execute(
            SAVE,
            storm.id,
            storm.state,
            storm.fence,
            storm.at_area,
            storm.at_subject,
            storm.swept,
            storm.queued,
            storm.ended_at,
        )

    async def ask(self, reviews: Sequence[ReviewDue]) -> None:
        """Append to the outbox."""
        encoded = [encode(each, owner=self._region, service=SERVICE, time=each.due) for each in reviews]
        await outbox.append(self._connection, SERVICE, encoded)

    async def storms(self, before: int | None, limit: int) -> list[Storm]:
        """The latest storms, open or done, newest first, behind `before`."""
        rows = await self._connection.fetch(LATEST, 2**62 if before is None else before, limit)
        return [_storm(row) for row in rows]

    async def pending(self, now: datetime) -> Pending:
        """What is left to do; it locks nothing, and asks no more than an index."""
        due, since = await self._connection.fetchrow(DUE, now) or (0, None)
        row = await self._connection.fetchrow(OPEN)
        if row is None:
            return Pending(due, since, 0, None, 0)
        if row["area"] is None:
            left = await self._connection.fetchval(LEFT_OF_ALL, row["at_subject"])
        else:
            place = (row["at_area"], row["at_subject"], *within(row["area"]))
            left = await self._connection.fetchval(LEFT_IN_AREA, *place)
        return Pending(due, since, row["storms"], row["started_at"], left)


def _storm(row: object) -> Storm:
    return msgspec.convert(dict(row), Storm)  # type: ignore[call-overload]  # an asyncpg row is a mapping


def within(area: str) -> tuple[str, str]:
    """The range of codes, in byte order, of an area and all that is within it: 330100 holds 3301 to 3302.

    A level of a district says nothing of who only said that they were in its city, so areas around are left alone.
    """
    stem = area
    while len(stem) > 2 and len(stem) <= 6 and stem.endswith("00"):
        stem = stem[:-2]
    return stem, f"{int(stem) + 1:0{len(stem)}d}"
