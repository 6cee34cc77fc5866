"""Dossiers, timers and stays in SQL: a fixed number of statements for a batch of any size."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import asyncpg

from chassis import outbox
from chassis.postgres.pool import Connection
from healthcode.envelope import encode, topic_name
from healthcode.events.code import FINDINGS_IN_BACKGROUND
from services.audit.domain import PolicyAct
from services.audit.ports.review import AreaRow, Held, Outcome, Standing
from services.audit.store.acts import ACTS, acts_of

SERVICE: Final = "audit"

INSERT_MISSING: Final = """
INSERT INTO dossier (subject) SELECT s FROM unnest($1::text[]) AS t (s) ORDER BY s COLLATE "C"
ON CONFLICT (subject) DO NOTHING
"""

LOCK: Final = """
SELECT subject, facts, sequence, digest, reference, due
FROM dossier WHERE subject = ANY($1::text[]) ORDER BY subject FOR UPDATE
"""

STANDING: Final = "SELECT r.version, i.incarnation FROM reference r, incarnation i"

# One statement, so the number and the rows are of one snapshot.
AREAS: Final = """
SELECT r.version, a.area, a.level, a.valid_from, a.valid_until
FROM reference r LEFT JOIN (
    SELECT DISTINCT ON (entry) area, level, valid_from, valid_until, withdrawn
    FROM area_level ORDER BY entry, revision DESC
) a ON NOT a.withdrawn
"""

# One statement, so that the facts travel once; a finding that is as it was leaves no row.
WRITE: Final = """
WITH t AS MATERIALIZED (
    SELECT * FROM unnest($1::text[], $2::bytea[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[],
        $9::timestamptz[], $10::bigint[], $11::bytea[])
        AS t (subject, facts, sequence, digest, color, due, kept_at, kept_reference, kept)
), history AS (
    INSERT INTO finding (subject, sequence, reviewed_at, reference, facts, finding)
    SELECT subject, sequence, kept_at, kept_reference, facts, kept FROM t WHERE kept IS NOT NULL
)
UPDATE dossier d
SET facts = t.facts, sequence = t.sequence, digest = t.digest, color = t.color, due = t.due,
    reference = $7, reviewed_at = $8
FROM t WHERE d.subject = t.subject
"""

ARM: Final = """
INSERT INTO timer (subject, due) SELECT s, due FROM unnest($1::text[], $2::timestamptz[]) AS t (s, due)
ON CONFLICT (subject) DO UPDATE SET due = excluded.due
"""

DISARM: Final = "DELETE FROM timer WHERE subject = ANY($1::text[])"

STAYED: Final = """
INSERT INTO stay (area, subject) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING
"""


class PostgresReviewStore:
    """A ReviewStore over the connection of a batch, inside its transaction."""

    def __init__(self, connection: Connection, region: str) -> None:
        self._connection = connection
        self._region = region

    async def lock(self, subjects: Sequence[str]) -> list[Held]:
        """Lock all in order; make those that are missing, and lock them.

        Most exist, so they are not inserted in vain. Two batches that make and lock the same at once may end in a
        deadlock, which the worker tries again; one owner per partition makes that rare.
        """
        held = [Held(*row) for row in await self._connection.fetch(LOCK, subjects)]
        if len(held) == len(subjects):
            return held
        known = {row.subject for row in held}
        missing = [subject for subject in subjects if subject not in known]
        await self._connection.execute(INSERT_MISSING, missing)
        return held + [Held(*row) for row in await self._connection.fetch(LOCK, missing)]

    async def standing(self) -> Standing:
        """The number of the reference data and the incarnation."""
        return Standing(*await self._connection.fetchrow(STANDING) or (0, 0))

    async def areas(self) -> tuple[int, Iterable[AreaRow]]:
        """The levels that count, with their number."""
        return areas_of(await self._connection.fetch(AREAS))

    async def policy_acts(self) -> list[PolicyAct]:
        """What officers put in force."""
        return acts_of(await self._connection.fetch(ACTS))

    async def write(self, outcomes: Sequence[Outcome], reference: int, now: datetime) -> None:
        """Write what changed and append the findings to the outbox."""
        if not outcomes:
            return
        kept = [o.kept for o in outcomes]
        await self._connection.execute(
            WRITE,
            [o.subject for o in outcomes],
            [o.facts for o in outcomes],
            [o.sequence for o in outcomes],
            [o.digest for o in outcomes],
            [o.color for o in outcomes],
            [o.due for o in outcomes],
            reference,
            now,
            [each and each.reviewed_at for each in kept],
            [each and each.reference for each in kept],
            [each and each.finding for each in kept],
        )
        await self._write_timers([o for o in outcomes if o.rearm])
        await self._write_stays(outcomes)
        background = topic_name(self._region, FINDINGS_IN_BACKGROUND)
        encoded = [
            encode(o.concluded, owner=self._region, service=SERVICE, time=now, topic=None if o.awaited else background)
            for o in outcomes
            if o.concluded
        ]
        await outbox.append(self._connection, SERVICE, encoded)

    async def _write_timers(self, changed: Sequence[Outcome]) -> None:
        armed = [o for o in changed if o.due is not None]
        if armed:
            await self._connection.execute(ARM, [o.subject for o in armed], [o.due for o in armed])
        idle = [o.subject for o in changed if o.due is None]
        if idle:
            await self._connection.execute(DISARM, idle)

    async def _write_stays(self, outcomes: Sequence[Outcome]) -> None:
        places = sorted((area, o.subject) for o in outcomes for area in o.areas)
        if places:
            await self._connection.execute(STAYED, [area for area, _ in places], [subject for _, subject in places])


def areas_of(rows: Sequence[asyncpg.Record]) -> tuple[int, Iterable[AreaRow]]:
    """The number of the reference data and the levels that count, from the rows of AREAS."""
    return rows[0]["version"], [tuple(row)[1:] for row in rows if row["area"] is not None]
