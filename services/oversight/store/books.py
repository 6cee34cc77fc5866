"""Counts and alarms within one transaction."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from chassis import outbox
from chassis.postgres.pool import Connection
from healthcode.envelope import Encoded, encode
from healthcode.values import AlarmState
from services.oversight.domain.alarm import About, Alarm, Step
from services.oversight.domain.count import Dimension, Kind, Line
from services.oversight.domain.rhythm import Rhythm
from services.oversight.domain.tally import Tally
from services.oversight.ports import Place, Position
from services.oversight.store.rows import alarm_of

SCHEMA: Final = "oversight"

INSERT_MISSING: Final = """
INSERT INTO counted_offset (topic, partition, next_offset)
SELECT *, 0 FROM unnest($1::text[], $2::int[]) AS t (topic, partition) ORDER BY topic, partition
ON CONFLICT DO NOTHING
"""

LOCK: Final = """
SELECT p.topic, p.partition, p.next_offset, p.latest FROM counted_offset p
JOIN unnest($1::text[], $2::int[]) AS t (topic, partition) USING (topic, partition)
ORDER BY p.topic, p.partition FOR UPDATE OF p
"""

MOVE: Final = """
UPDATE counted_offset p SET next_offset = t.next_offset, latest = t.latest
FROM unnest($1::text[], $2::int[], $3::bigint[], $4::timestamptz[]) AS t (topic, partition, next_offset, latest)
WHERE p.topic = t.topic AND p.partition = t.partition
"""

# Two workers may count into the same rows: rows are written in one order everywhere.
ADD_COUNT: Final = """
INSERT INTO count (bucket, kind, dimension, value, area, color, n)
SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[])
ON CONFLICT (bucket, kind, dimension, value, area, color) DO UPDATE SET n = count.n + excluded.n
"""

ADD_TOTAL: Final = """
INSERT INTO total (bucket, kind, dimension, value, n)
SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::bigint[])
ON CONFLICT (kind, bucket, dimension, value) DO UPDATE SET n = total.n + excluded.n
"""

ADD_PEOPLE: Final = """
INSERT INTO people (color, n) SELECT * FROM unnest($1::text[], $2::bigint[])
ON CONFLICT (color) DO UPDATE SET n = people.n + excluded.n
"""

ADD_RESIDENTS: Final = """
INSERT INTO residents (area, color, n) SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])
ON CONFLICT (area, color) DO UPDATE SET n = residents.n + excluded.n
"""

SUMS: Final = """
SELECT e.until, t.kind, t.dimension, t.value, sum(t.n)::bigint AS n
FROM unnest($1::timestamptz[]) AS e (until)
JOIN total t ON t.bucket >= e.until - $2::interval AND t.bucket < e.until
WHERE t.kind = ANY($3) GROUP BY e.until, t.kind, t.dimension, t.value
"""

PEOPLE: Final = "SELECT coalesce(sum(n), 0)::bigint FROM people WHERE color <> 'cancelled'"

RHYTHMS: Final = "SELECT source, hours FROM source WHERE $1::text[] IS NULL OR source = ANY($1)"

KEEP_RHYTHMS: Final = """
INSERT INTO source (source, hours) VALUES ($1, $2) ON CONFLICT (source) DO UPDATE SET hours = excluded.hours
"""

# Held to the end of the transaction: who opens or clears alarms does so alone.
ALARM_LOCK: Final = "LOCK TABLE alarm IN SHARE ROW EXCLUSIVE MODE"

OPEN_ALARMS: Final = "SELECT event, told FROM alarm WHERE NOT cleared ORDER BY opened_at, alarm"

KEEP_ALARM: Final = """
INSERT INTO alarm (alarm, about, opened_at, cleared, changed_at, told, news, event)
VALUES ($1, $2, $3, $4, $5, $6, nextval('news'), $7)
ON CONFLICT (alarm) DO UPDATE SET cleared = excluded.cleared, changed_at = excluded.changed_at, told = excluded.told,
    news = excluded.news, event = excluded.event
"""

FORGET: Final = (
    "DELETE FROM count WHERE bucket < $1",
    "DELETE FROM total WHERE bucket < $1",
    "DELETE FROM alarm WHERE cleared AND changed_at < $1",
)

_encode: Final = msgspec.json.Encoder().encode


class PostgresBooks:
    """Implements Books over a connection that is in a transaction."""

    def __init__(self, connection: Connection, region: str) -> None:
        """`region`: whose topics are written."""
        self._connection = connection
        self._region = region

    async def lock(self, places: Collection[Place]) -> dict[Place, Position]:
        """See Books."""
        topics, partitions = [place.topic for place in places], [place.partition for place in places]
        await self._connection.execute(INSERT_MISSING, topics, partitions)
        rows = await self._connection.fetch(LOCK, topics, partitions)
        return {Place(row["topic"], row["partition"]): Position(row["next_offset"], row["latest"]) for row in rows}

    async def move(self, positions: Mapping[Place, Position]) -> None:
        """See Books."""
        await self._connection.execute(
            MOVE,
            [place.topic for place in positions],
            [place.partition for place in positions],
            [position.next_offset for position in positions.values()],
            [position.latest for position in positions.values()],
        )

    async def add(self, tally: Tally) -> None:
        """See Books."""
        cells = sorted(tally.cells.items())
        await self._connection.execute(
            ADD_COUNT,
            [cell.bucket for cell, _ in cells],
            *_columns([cell.line for cell, _ in cells]),
            [cell.area for cell, _ in cells],
            [cell.color for cell, _ in cells],
            [n for _, n in cells],
        )
        totals: Counter[tuple[datetime, Line]] = Counter()
        for cell, n in cells:
            totals[cell.bucket, cell.line] += n
        rows = sorted(totals.items())
        await self._connection.execute(
            ADD_TOTAL, [key[0] for key, _ in rows], *_columns([key[1] for key, _ in rows]), [n for _, n in rows]
        )
        await self._add_people(tally)

    async def _add_people(self, tally: Tally) -> None:
        moves = sorted((area, color, n) for (area, color), n in tally.people.items() if n)
        if not moves:
            return
        colors: Counter[str] = Counter()
        for _, color, n in moves:
            colors[color] += n
        rows = sorted(colors.items())
        await self._connection.execute(ADD_PEOPLE, [color for color, _ in rows], [n for _, n in rows])
        await self._connection.execute(ADD_RESIDENTS, *(list(column) for column in zip(*moves, strict=True)))

    async def sums(
        self, ends: Sequence[datetime], size: timedelta, kinds: Collection[Kind]
    ) -> dict[datetime, dict[Line, int]]:
        """See Books."""
        found: dict[datetime, dict[Line, int]] = {}
        if ends:
            for until, kind, dimension, value, n in await self._connection.fetch(SUMS, ends, size, list(kinds)):
                found.setdefault(until, {})[Line(Kind(kind), Dimension(dimension), value)] = n
        return found

    async def people(self) -> int:
        """See Books."""
        return int(await self._connection.fetchval(PEOPLE))

    async def rhythms(self, sources: Collection[str] | None = None) -> dict[str, Rhythm]:
        """See Books."""
        wanted = None if sources is None else list(sources)
        found = dict.fromkeys(wanted or (), Rhythm())
        rows = await self._connection.fetch(RHYTHMS, wanted)
        return found | {row["source"]: Rhythm(tuple(row["hours"])) for row in rows}

    async def keep_rhythms(self, rhythms: Mapping[str, Rhythm]) -> None:
        """See Books."""
        rows = [(source, list(rhythm.hours)) for source, rhythm in sorted(rhythms.items())]
        await self._connection.executemany(KEEP_RHYTHMS, rows)

    async def open_alarms(self) -> list[Alarm]:
        """See Books."""
        await self._connection.execute(ALARM_LOCK)
        return [alarm_of(row) for row in await self._connection.fetch(OPEN_ALARMS)]

    async def keep(self, steps: Sequence[Step]) -> None:
        """See Books."""
        if not steps:
            return
        latest = {step.alarm.event.alarm: step.alarm for step in steps}
        rows = [
            (
                alarm.event.alarm,
                _key(alarm.about),
                alarm.event.opened_at,
                alarm.event.state is AlarmState.CLEARED,
                alarm.event.changed_at,
                alarm.told,
                _encode(alarm.event),
            )
            for alarm in latest.values()
        ]
        await self._connection.executemany(KEEP_ALARM, rows)
        messages: list[Encoded] = [
            encode(step.alarm.event, owner=self._region, service=SCHEMA, time=step.alarm.event.changed_at)
            for step in steps
            if step.tell
        ]
        await outbox.append(self._connection, SCHEMA, messages)

    async def forget(self, before: datetime) -> None:
        """See Books."""
        for query in FORGET:
            await self._connection.execute(query, before)


def _columns(lines: Sequence[Line]) -> tuple[list[str], list[str], list[str]]:
    return [line.kind for line in lines], [line.dimension for line in lines], [line.value for line in lines]


def _key(about: About) -> str:
    return "/".join((about.kind, about.rule or "", about.source or ""))
