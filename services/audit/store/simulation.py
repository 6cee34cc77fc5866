"""Simulations in SQL: what they read of others they never lock."""

from collections.abc import Sequence
from typing import Final

import asyncpg
import msgspec

from chassis.postgres.pool import Connection
from services.audit.domain import PolicyAct
from services.audit.ports.entry import AreaLevel
from services.audit.ports.simulation import Simulation
from services.audit.store.acts import ACTS, acts_of
from services.audit.store.entry import AREA_COLUMNS
from services.audit.store.schedule import COUNTED, within

COLUMNS: Final = """id, state, change, at, at_subject, passed, estimate, reference, moved, tally, failure, asked_by,
    started_at, ended_at"""
KEPT: Final = 20

RUNNING: Final = f"SELECT {COLUMNS} FROM simulation WHERE state = 'running'"  # noqa: S608 - constants of ours
FIND: Final = f"SELECT {COLUMNS} FROM simulation WHERE id = $1"  # noqa: S608 - as above
LATEST: Final = f"SELECT {COLUMNS} FROM simulation ORDER BY started_at DESC, id LIMIT {KEPT}"  # noqa: S608 - as above
ADD: Final = f"""
INSERT INTO simulation ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (state) WHERE state = 'running' DO NOTHING RETURNING true
"""  # noqa: S608 - as above
FORGET: Final = f"""
DELETE FROM simulation WHERE id IN (
    SELECT id FROM simulation WHERE state <> 'running' ORDER BY started_at DESC, id OFFSET {KEPT - 1})
"""  # noqa: S608 - as above
SAVE: Final = """
UPDATE simulation
SET state = $3, at_subject = $4, passed = $5, moved = $6, tally = $7, failure = $8, ended_at = $9
WHERE id = $1 AND at_subject = $2 AND state = 'running' RETURNING true
"""

REFERENCE: Final = "SELECT version FROM reference"
LEVELS: Final = f"""
SELECT DISTINCT ON (entry) {AREA_COLUMNS} FROM area_level ORDER BY entry, revision DESC
"""  # noqa: S608 - as above

PEOPLE: Final = "SELECT subject, facts FROM dossier WHERE subject > $1 ORDER BY subject LIMIT $2"

# Who was in several of the areas comes once: each area gives its next people by its index, and they are merged. The
# first part hops from area to area, for there may be finer ones within those that were asked for.
PEOPLE_WITHIN: Final = """
WITH RECURSIVE place (area, behind) AS (
    SELECT (SELECT min(s.area) FROM stay s WHERE s.area >= r.first AND s.area < r.behind), r.behind
    FROM unnest($3::text[], $4::text[]) AS r (first, behind)
    UNION
    SELECT (SELECT min(s.area) FROM stay s WHERE s.area > p.area AND s.area < p.behind), p.behind
    FROM place p WHERE p.area IS NOT NULL
), touched AS (
    SELECT DISTINCT t.subject
    FROM (SELECT DISTINCT area FROM place WHERE area IS NOT NULL) p
    CROSS JOIN LATERAL (
        SELECT s.subject FROM stay s WHERE s.area = p.area AND s.subject > $1 ORDER BY s.subject LIMIT $2
    ) t
    ORDER BY t.subject LIMIT $2
)
SELECT d.subject, d.facts FROM touched t JOIN dossier d ON d.subject = t.subject ORDER BY d.subject
"""

COUNT: Final = f"""
SELECT CASE WHEN n < {COUNTED} THEN n ELSE greatest(n, (SELECT reltuples FROM pg_class WHERE oid = 'dossier'::regclass))
END::bigint FROM (SELECT count(*) AS n FROM (SELECT 1 FROM dossier LIMIT {COUNTED}) AS t) AS c
"""  # noqa: S608 - our own number
COUNT_WITHIN: Final = f"""
SELECT count(*) FROM (
    SELECT DISTINCT s.area, s.subject FROM unnest($1::text[], $2::text[]) AS r (first, behind)
    JOIN stay s ON s.area >= r.first AND s.area < r.behind LIMIT {COUNTED}) AS t
"""  # noqa: S608 - our own number


class PostgresSimulationStore:
    """A SimulationStore over a connection, inside its transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def running(self) -> Simulation | None:
        """The one that runs."""
        return _simulation(await self._connection.fetchrow(RUNNING))

    async def find(self, simulation: str) -> Simulation | None:
        """One simulation."""
        return _simulation(await self._connection.fetchrow(FIND, simulation))

    async def latest(self) -> list[Simulation]:
        """Those that are kept, newest first."""
        rows = await self._connection.fetch(LATEST)
        return [found for row in rows if (found := _simulation(row)) is not None]

    async def reference(self) -> int:
        """The number of the reference data."""
        return int(await self._connection.fetchval(REFERENCE))

    async def policy_acts(self) -> list[PolicyAct]:
        """What officers put in force."""
        return acts_of(await self._connection.fetch(ACTS))

    async def levels(self) -> list[AreaLevel]:
        """The highest revision of every area's entry."""
        return [msgspec.convert(dict(row), AreaLevel) for row in await self._connection.fetch(LEVELS)]

    async def estimate(self, areas: Sequence[str] | None) -> int:
        """About how many people there are; beyond 100,000 by the server's own statistics, or so many at least."""
        if areas is None:
            return int(await self._connection.fetchval(COUNT))
        return int(await self._connection.fetchval(COUNT_WITHIN, *_ranges(areas)))

    async def people(self, areas: Sequence[str] | None, after: str, limit: int) -> list[tuple[str, bytes]]:
        """The next people and their facts."""
        if areas is None:
            rows = await self._connection.fetch(PEOPLE, after, limit)
        else:
            rows = await self._connection.fetch(PEOPLE_WITHIN, after, limit, *_ranges(areas))
        return [(row["subject"], bytes(row["facts"])) for row in rows]

    async def add(self, simulation: Simulation) -> bool:
        """Insert one, unless another one runs; delete the oldest."""
        added = await self._connection.fetchval(ADD, *msgspec.structs.astuple(simulation))
        if added:
            await self._connection.execute(FORGET)
        return bool(added)

    async def save(self, simulation: Simulation, after: str) -> bool:
        """Store progress."""
        saved = await self._connection.fetchval(
            SAVE,
            simulation.id,
            after,
            simulation.state,
            simulation.at_subject,
            simulation.passed,
            simulation.moved,
            simulation.tally,
            simulation.failure,
            simulation.ended_at,
        )
        return bool(saved)


def _simulation(row: asyncpg.Record | None) -> Simulation | None:
    return None if row is None else msgspec.convert(dict(row), Simulation)


def _ranges(areas: Sequence[str]) -> tuple[list[str], list[str]]:
    """The first code of each area and the one behind its last."""
    ranges = [within(area) for area in areas]
    return [first for first, _ in ranges], [behind for _, behind in ranges]
