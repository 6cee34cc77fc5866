"""Corrections in SQL."""

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

import asyncpg
import msgspec

from chassis import outbox
from chassis.postgres.pool import Connection
from healthcode.envelope import encode
from healthcode.events import Event
from services.audit.ports.correction import Correction, Step
from services.audit.ports.finding import FactOrigin
from services.audit.store.finding import ORIGINS
from services.audit.store.review import SERVICE

NAMES: Final = Correction.__struct_fields__
COLUMNS: Final = ", ".join(NAMES)

ADD: Final = """
INSERT INTO correction (id, subject, category, fact, kind, owner, asked_at, due)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
    $8::timestamptz[])
ON CONFLICT (id) DO NOTHING RETURNING id
"""
LOCK: Final = f"SELECT {COLUMNS} FROM correction WHERE id = $1 FOR UPDATE"  # noqa: S608 - names of ours
OVERDUE: Final = f"""
SELECT {COLUMNS} FROM correction WHERE settled_at IS NULL AND escalated_at IS NULL AND due <= $1
ORDER BY due LIMIT $2 FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - as above
SAVE: Final = """
UPDATE correction c SET escalated_at = t.escalated_at, outcome = t.outcome, explanation = t.explanation,
    settled_by = t.settled_by, settled_at = t.settled_at
FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
    AS t (id, escalated_at, outcome, explanation, settled_by, settled_at)
WHERE c.id = t.id
"""
SAVED: Final = ("id", "escalated_at", "outcome", "explanation", "settled_by", "settled_at")
NOTE: Final = """
INSERT INTO correction_step (correction, step, by, note, at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
"""
STEPS: Final = "SELECT correction, step, by, note, at FROM correction_step WHERE correction = $1 ORDER BY id"
INBOX: Final = f"""
SELECT {COLUMNS} FROM correction
WHERE settled_at IS NULL AND (owner = ANY($1::text[]) OR ($2 AND escalated_at IS NOT NULL))
    AND ($3::text IS NULL OR (due, id) > (SELECT b.due, b.id FROM correction b WHERE b.id = $3))
ORDER BY due, id LIMIT $4
"""  # noqa: S608 - as above


class PostgresCorrectionStore:
    """A CorrectionStore over a connection, inside its transaction."""

    def __init__(self, connection: Connection, region: str, now: datetime) -> None:
        """`now`: the time of the events."""
        self._connection = connection
        self._region = region
        self._now = now

    async def origins(self, facts: Sequence[str]) -> list[FactOrigin]:
        """Those of the facts that an authority entered."""
        return [msgspec.convert(dict(row), FactOrigin) for row in await self._connection.fetch(ORIGINS, facts)]

    async def add(self, corrections: Sequence[Correction]) -> list[Correction]:
        """Insert those that are new."""
        names = NAMES[:8]
        rows = await self._connection.fetch(ADD, *_columns(corrections, names))
        new = {row["id"] for row in rows}
        return [each for each in corrections if each.id in new]

    async def lock(self, correction: str) -> Correction | None:
        """One correction, locked."""
        row = await self._connection.fetchrow(LOCK, correction)
        return None if row is None else _correction(row)

    async def lock_overdue(self, now: datetime, limit: int) -> list[Correction]:
        """Those whose time is over; what an officer is answering just now is left to the next look."""
        return [_correction(row) for row in await self._connection.fetch(OVERDUE, now, limit)]

    async def save(self, corrections: Sequence[Correction]) -> None:
        """Write how they stand."""
        if corrections:
            await self._connection.execute(SAVE, *_columns(corrections, SAVED))

    async def note(self, steps: Sequence[Step]) -> None:
        """Append steps."""
        if steps:
            await self._connection.execute(NOTE, *_columns(steps, Step.__struct_fields__))

    async def steps(self, correction: str) -> list[Step]:
        """What was done about one, oldest first."""
        return [msgspec.convert(dict(row), Step) for row in await self._connection.fetch(STEPS, correction)]

    async def inbox(self, owners: Sequence[str], *, escalated: bool, after: str | None, limit: int) -> list[Correction]:
        """A page, least time first."""
        return [_correction(row) for row in await self._connection.fetch(INBOX, owners, escalated, after, limit)]

    async def publish(self, events: Sequence[Event]) -> None:
        """Append to the outbox."""
        encoded = [encode(each, owner=self._region, service=SERVICE, time=self._now) for each in events]
        await outbox.append(self._connection, SERVICE, encoded)


def _columns(records: Sequence[msgspec.Struct], names: Sequence[str]) -> list[list[Any]]:
    return [[attrgetter(name)(record) for record in records] for name in names]


def _correction(row: asyncpg.Record) -> Correction:
    return msgspec.convert(dict(row), Correction)
