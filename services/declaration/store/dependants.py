"""Registrations of dependants."""

from typing import Final

import asyncpg

from chassis.postgres.pool import Connection
from services.declaration.domain.dependant import Dependant, Relation
from services.declaration.domain.people import Sealed

GET: Final = """
SELECT d.*, p.self_declared FROM dependant d JOIN person p USING (subject) WHERE d.id = $1
"""

OF: Final = """
SELECT d.*, p.self_declared FROM dependant d JOIN person p USING (subject)
WHERE d.guardian = $1 ORDER BY d.registered_at, d.id
"""

PUT: Final = """
WITH put AS (
    INSERT INTO dependant (id, guardian, subject, relation, until, registered_at, wrapped, sealed)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (guardian, subject) DO UPDATE
        SET relation = excluded.relation, until = excluded.until, registered_at = excluded.registered_at,
            wrapped = excluded.wrapped, sealed = excluded.sealed
    RETURNING *
) SELECT put.*, p.self_declared FROM put JOIN person p USING (subject)
"""


class DependantStore:
    """Implements Dependants."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, dependant: str) -> Dependant | None:
        """A registration."""
        row = await self._connection.fetchrow(GET, dependant)
        return _dependant(row) if row else None

    async def of(self, guardian: str) -> list[Dependant]:
        """All registrations of a guardian, oldest first."""
        return [_dependant(row) for row in await self._connection.fetch(OF, guardian)]

    async def put(self, dependant: Dependant) -> Dependant:
        """Write it down; what is known of the same two persons keeps its id and takes the rest over."""
        d = dependant
        wrapped, sealed = (d.basic.wrapped, d.basic.sealed) if d.basic else (None, None)
        rows = await self._connection.fetch(
            PUT, d.id, d.guardian, d.subject, d.relation, d.until, d.registered_at, wrapped, sealed
        )
        return _dependant(rows[0])


def _dependant(row: asyncpg.Record) -> Dependant:
    return Dependant(
        id=row["id"],
        guardian=row["guardian"],
        subject=row["subject"],
        relation=Relation(row["relation"]),
        until=row["until"],
        registered_at=row["registered_at"],
        basic=Sealed(row["wrapped"], row["sealed"]) if row["wrapped"] is not None else None,
        self_declared=row["self_declared"],
    )
