"""Migrations in SQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

import asyncpg
import msgspec

from chassis import outbox
from chassis.postgres.pool import Connection
from healthcode.envelope import encode
from healthcode.events import Event, HandoverAnswered
from services.audit.ports.migration import Candidate, Count, Entries, HandedOver, Migration
from services.audit.store.entry import DECISIONS, LISTINGS, STANDING, TESTS, Table
from services.audit.store.review import SERVICE

NAMES: Final = Migration.__struct_fields__
COLUMNS: Final = ", ".join(NAMES)

OPEN: Final = f"""
SELECT {COLUMNS} FROM migration WHERE state <> 'done' ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - names of ours
OF: Final = f"""
SELECT {COLUMNS} FROM migration WHERE region = $1 ORDER BY started_at DESC LIMIT 1 FOR UPDATE
"""  # noqa: S608 - as above
ADD: Final = f"""
INSERT INTO migration ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (region) WHERE state <> 'done' DO NOTHING RETURNING true
"""  # noqa: S608 - as above
SAVE: Final = """
UPDATE migration SET state = $2, at_subject = $3, passes = $4, began_at = $5, since = $6, next_at = $7,
    cut_over_at = $8, ended_at = $9 WHERE id = $1
"""
SAVED: Final = (
    "id", "state", "at_subject", "passes", "began_at", "since", "next_at", "cut_over_at", "ended_at",
)  # fmt: skip

CANDIDATES: Final = """
SELECT d.subject, d.facts, coalesce(d.color, 'pending') AS color, f.finding, h.subject AS known, h.handle, h.sequence,
    h.digest, h.answered, h.outcome, h.cut_at
FROM dossier d LEFT JOIN handed_over h ON h.migration = $1 AND h.subject = d.subject
LEFT JOIN LATERAL (
    SELECT finding FROM finding WHERE subject = d.subject ORDER BY sequence DESC LIMIT 1
) f ON true
WHERE d.subject > $2 AND d.facts <> ''
    AND ($3::timestamptz IS NULL OR d.reviewed_at >= $3 OR (h.subject IS NOT NULL AND h.cut_at IS NULL))
ORDER BY d.subject LIMIT $4
"""
KEEP: Final = """
INSERT INTO handed_over (migration, subject, handle, sequence, digest, cut_at)
SELECT $1, * FROM unnest($2::text[], $3::text[], $4::bigint[], $5::bytea[], $6::timestamptz[])
ON CONFLICT (migration, subject) DO UPDATE
SET sequence = excluded.sequence, digest = excluded.digest, cut_at = excluded.cut_at
"""
ANSWER: Final = """
UPDATE handed_over h SET answered = t.sequence, outcome = t.outcome
FROM (
    SELECT DISTINCT ON (handle) * FROM unnest($1::text[], $2::bigint[], $3::text[]) AS t (handle, sequence, outcome)
    ORDER BY handle, sequence DESC
) t WHERE h.handle = t.handle AND h.answered < t.sequence
"""
COUNT: Final = """
SELECT count(*) AS handed_over,
    count(*) FILTER (WHERE answered = sequence AND outcome = 'taken') AS taken,
    count(*) FILTER (WHERE answered = sequence AND outcome = 'unnamed') AS unnamed,
    count(*) FILTER (WHERE answered = sequence AND outcome = 'refused') AS refused,
    count(*) FILTER (WHERE answered < sequence) AS waiting,
    count(cut_at) AS moved
FROM handed_over WHERE migration = $1
"""


class PostgresMigrationStore:
    """A MigrationStore over a connection, inside its transaction."""

    def __init__(self, connection: Connection, region: str, now: datetime) -> None:
        """`now`: the time of the events."""
        self._connection = connection
        self._region = region
        self._now = now

    async def open(self) -> Migration | None:
        """The one whose next pass is due first."""
        return _migration(await self._connection.fetchrow(OPEN))

    async def of(self, region: str) -> Migration | None:
        """The latest."""
        return _migration(await self._connection.fetchrow(OF, region))

    async def add(self, migration: Migration) -> bool:
        """Insert it."""
        return bool(await self._connection.fetchval(ADD, *msgspec.structs.astuple(migration)))

    async def save(self, migration: Migration) -> None:
        """Update it."""
        await self._connection.execute(SAVE, *(getattr(migration, name) for name in SAVED))

    async def candidates(self, migration: Migration, limit: int) -> list[Candidate]:
        """By the order of subjects, which is that of the index."""
        place = (migration.id, migration.at_subject, migration.since, limit)
        return [_candidate(row) for row in await self._connection.fetch(CANDIDATES, *place)]

    async def entries(self, subjects: Sequence[str]) -> Mapping[str, Entries]:
        """One statement for each kind."""
        if not subjects:
            return {}
        listings = await self._standing(LISTINGS, subjects)
        tests = await self._standing(TESTS, subjects)
        decisions = await self._standing(DECISIONS, subjects)
        return {
            subject: Entries(
                tuple(each for each in listings if each.subject == subject),
                tuple(each for each in tests if each.subject == subject),
                tuple(each for each in decisions if each.subject == subject),
            )
            for subject in {each.owner for each in (*listings, *tests, *decisions)}
        }

    async def keep(self, migration: str, people: Sequence[HandedOver]) -> None:
        """Upsert them."""
        if people:
            names = ("subject", "handle", "sequence", "digest", "cut_at")
            columns = [[attrgetter(name)(each) for each in people] for name in names]
            await self._connection.execute(KEEP, migration, *columns)

    async def answer(self, answers: Sequence[HandoverAnswered]) -> None:
        """Of each person the answer to the latest."""
        columns = [[attrgetter(name)(each) for each in answers] for name in ("handle", "sequence", "outcome")]
        await self._connection.execute(ANSWER, *columns)

    async def count(self, migration: str) -> Count:
        """One row over all of them."""
        return msgspec.convert(dict(await self._connection.fetchrow(COUNT, migration) or {}), Count)

    async def publish(self, events: Sequence[Event]) -> None:
        """Append to the outbox."""
        encoded = [encode(each, owner=self._region, service=SERVICE, time=self._now) for each in events]
        await outbox.append(self._connection, SERVICE, encoded)

    async def _standing(self, table: "Table[Any]", subjects: Sequence[str]) -> list[Any]:
        rows = await self._connection.fetch(table.sql(STANDING), subjects)
        return [msgspec.convert(dict(row), table.record) for row in rows]


def _migration(row: asyncpg.Record | None) -> Migration | None:
    return None if row is None else msgspec.convert(dict(row), Migration)


def _candidate(row: asyncpg.Record) -> Candidate:
    handed = None
    if row["known"] is not None:
        handed = HandedOver(
            subject=row["subject"],
            handle=row["handle"],
            sequence=row["sequence"],
            digest=row["digest"],
            answered=row["answered"],
            outcome=row["outcome"],
            cut_at=row["cut_at"],
        )
    return Candidate(row["subject"], bytes(row["facts"]), row["color"], row["finding"], handed)
