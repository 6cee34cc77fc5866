"""Looking at counts and alarms."""

from datetime import datetime
from typing import Final

from chassis.postgres.pool import Pool
from services.oversight.domain.alarm import Alarm
from services.oversight.ports import AlarmCursor, CountRow, Query, Residents
from services.oversight.store.rows import alarm_of

COUNTS: Final = """
SELECT w.since, w.area, w.color, w.value, sum(w.n)::bigint AS n FROM (
    SELECT date_bin($4::interval, bucket, $5::timestamptz) AS since, value, n,
        CASE WHEN $6 THEN area ELSE '' END AS area, CASE WHEN $7 THEN color ELSE '' END AS color
    FROM count
    WHERE kind = $1 AND bucket >= $2 AND bucket < $3 AND dimension = $8
        AND ($9::text IS NULL OR area = $9) AND ($10::text IS NULL OR color = $10)
) AS w
WHERE $11::timestamptz IS NULL OR (w.since, w.area, w.color, w.value) > ($11, $12::text, $13::text, $14::text)
GROUP BY w.since, w.area, w.color, w.value ORDER BY w.since, w.area, w.color, w.value LIMIT $15
"""

ALARMS: Final = """
SELECT event, told FROM alarm
WHERE NOT (cleared AND $1) AND ($2::timestamptz IS NULL OR (opened_at, alarm) < ($2, $3::text))
ORDER BY opened_at DESC, alarm DESC LIMIT $4
"""

NEWS: Final = "SELECT news, event, told FROM alarm WHERE news > $1 AND NOT (cleared AND $3) ORDER BY news LIMIT $2"

RESIDENTS: Final = "SELECT area, color, n FROM residents WHERE n > 0 ORDER BY area, color"

LATEST: Final = "SELECT max(latest) FROM counted_offset"


class PostgresViews:
    """Implements Views over the service's pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def counts(self, query: Query) -> list[CountRow]:
        """See Views."""
        rows = await self._pool.fetch(
            COUNTS,
            query.kind,
            query.since,
            query.until,
            query.size,
            query.origin,
            query.by_area,
            query.by_color,
            query.dimension,
            query.area,
            query.color,
            *(query.after or (None, "", "", "")),
            query.limit,
        )
        return [CountRow(*row) for row in rows]

    async def alarms(self, *, open_only: bool, after: AlarmCursor | None, limit: int) -> list[Alarm]:
        """See Views."""
        rows = await self._pool.fetch(ALARMS, open_only, *(after or (None, "")), limit)
        return [alarm_of(row) for row in rows]

    async def news(self, after: int, limit: int, *, open_only: bool) -> list[tuple[int, Alarm]]:
        """See Views."""
        return [(row["news"], alarm_of(row)) for row in await self._pool.fetch(NEWS, after, limit, open_only)]

    async def residents(self) -> list[Residents]:
        """See Views."""
        return [Residents(*row) for row in await self._pool.fetch(RESIDENTS)]

    async def latest(self) -> datetime | None:
        """See Views."""
        latest: datetime | None = await self._pool.fetchval(LATEST)
        return latest
