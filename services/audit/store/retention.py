"""Sweeps in SQL that drop what is past the region's retention: each statement passes one chunk by primary key."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from chassis import outbox
from chassis.postgres.pool import Connection
from healthcode.envelope import encode
from healthcode.events import ReviewDue
from services.audit.domain import PolicyAct
from services.audit.ports.retention import Kind, Row, Sweep
from services.audit.ports.review import AreaRow
from services.audit.store.acts import ACTS, acts_of
from services.audit.store.review import AREAS, SERVICE, areas_of

BEGIN: Final = "INSERT INTO retention (kind) VALUES ($1) ON CONFLICT DO NOTHING"
SWEEP: Final = """
SELECT kind, at_name, at_number, dropped, passed_at FROM retention WHERE kind = $1 FOR UPDATE SKIP LOCKED
"""
SAVE: Final = "UPDATE retention SET at_name = $2, at_number = $3, dropped = $4, passed_at = $5 WHERE kind = $1"

# A dossier's, when nobody has looked at it since: the review that is asked for forgets what no rule can use.
NEXT_DOSSIERS: Final = """
SELECT subject AS name, sequence AS number, subject, coalesce(reviewed_at < $3, false) AS past
FROM dossier WHERE (subject, sequence) > ($1, $2) ORDER BY subject LIMIT $4
"""

# A finding's time is over when a later one had taken its place: what was in force then can be told for all days kept.
NEXT_FINDINGS: Final = """
SELECT f.subject AS name, f.sequence AS number, f.subject, EXISTS (
    SELECT 1 FROM finding n WHERE n.subject = f.subject AND n.sequence > f.sequence AND n.reviewed_at < $3
) AS past
FROM finding f WHERE (f.subject, f.sequence) > ($1, $2) ORDER BY f.subject, f.sequence LIMIT $4
"""

# A revision's, when the next one had taken its place; of the highest, when the entry had ended or been withdrawn.
NEXT_ENTRIES: Final = """
SELECT e.entry AS name, e.revision AS number, e.subject, coalesce(coalesce(
    (SELECT min(n.recorded_at) FROM {table} n WHERE n.entry = e.entry AND n.revision > e.revision),
    CASE WHEN e.withdrawn THEN e.recorded_at ELSE {ends} END
) < $3, false) AS past
FROM {table} e WHERE (e.entry, e.revision) > ($1, $2) ORDER BY e.entry, e.revision LIMIT $4
"""
_ENDS: Final = "CASE WHEN e.valid_until IS NOT NULL THEN greatest(e.valid_until, e.recorded_at) END"

NEXT: Final[Mapping[Kind, str]] = {
    "dossiers": NEXT_DOSSIERS,
    "findings": NEXT_FINDINGS,
    "listings": NEXT_ENTRIES.format(table="listing", ends=_ENDS),
    "tests": NEXT_ENTRIES.format(table="test", ends="greatest(e.sampled_at, e.recorded_at)"),
    "decisions": NEXT_ENTRIES.format(table="decision", ends=_ENDS),
}

DROP_FINDINGS: Final = """
DELETE FROM finding f USING unnest($1::text[], $2::bigint[]) AS t (name, number)
WHERE f.subject = t.name AND f.sequence = t.number
"""
DROP_ENTRIES: Final = """
DELETE FROM {table} e USING unnest($1::text[], $2::bigint[]) AS t (name, number)
WHERE e.entry = t.name AND e.revision = t.number AND NOT EXISTS (
    SELECT 1 FROM correction c WHERE c.fact = e.entry || '.' || e.revision AND c.settled_at IS NULL)
"""
DROP: Final[Mapping[Kind, str]] = {
    "findings": DROP_FINDINGS,
    "listings": DROP_ENTRIES.format(table="listing"),
    "tests": DROP_ENTRIES.format(table="test"),
    "decisions": DROP_ENTRIES.format(table="decision"),
}

REFERENCE: Final = "SELECT version FROM reference"
DOSSIERS: Final = "SELECT facts FROM dossier WHERE subject = ANY($1::text[])"


class PostgresRetentionStore:
    """A RetentionStore over a connection, inside its transaction."""

    def __init__(self, connection: Connection, region: str) -> None:
        self._connection = connection
        self._region = region

    async def sweep(self, kind: Kind) -> Sweep | None:
        """How far the sweep of a kind is, locked."""
        await self._connection.execute(BEGIN, kind)
        row = await self._connection.fetchrow(SWEEP, kind)
        return None if row is None else msgspec.convert(dict(row), Sweep)

    async def passing(self, sweep: Sweep, before: datetime, limit: int) -> list[Row]:
        """The next rows in order."""
        rows = await self._connection.fetch(NEXT[sweep.kind], sweep.at_name, sweep.at_number, before, limit)
        return [Row(*row) for row in rows]

    async def reference(self) -> int:
        """The number of the reference data."""
        return int(await self._connection.fetchval(REFERENCE))

    async def areas(self) -> tuple[int, Iterable[AreaRow]]:
        """The levels that count, with their number."""
        return areas_of(await self._connection.fetch(AREAS))

    async def policy_acts(self) -> list[PolicyAct]:
        """What officers put in force."""
        return acts_of(await self._connection.fetch(ACTS))

    async def dossiers(self, subjects: Sequence[str]) -> list[bytes]:
        """The dossiers of some people."""
        return [row["facts"] for row in await self._connection.fetch(DOSSIERS, subjects)]

    async def drop(self, kind: Kind, rows: Sequence[Row]) -> int:
        """Drop rows."""
        tag = await self._connection.execute(DROP[kind], [row.name for row in rows], [row.number for row in rows])
        return int(tag.removeprefix("DELETE "))

    async def ask(self, reviews: Sequence[ReviewDue]) -> None:
        """Append to the outbox."""
        encoded = [encode(each, owner=self._region, service=SERVICE, time=each.due) for each in reviews]
        await outbox.append(self._connection, SERVICE, encoded)

    async def save(self, sweep: Sweep) -> None:
        """Store a sweep's progress."""
        place = sweep.at_name, sweep.at_number
        await self._connection.execute(SAVE, sweep.kind, *place, sweep.dropped, sweep.passed_at)
