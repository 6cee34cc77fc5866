"""Registrations of dependants."""

from typing import Final

import asyncpg

from chassis.postgres.pool import Connection
from services.declaration.domain.dependant import Dependant, Relation
from services.declaration.domain.people import Sealed

GET: Final = "SELECT * FROM dependant WHERE id = $1"

OF: Final = """
SELECT d.*, p.wrapped, p.sealed FROM dependant d LEFT JOIN person p USING (subject)
WHERE d.guardian = $1 ORDER BY d.registered_at, d.id
"""

PUT: Final = """
INSERT INTO dependant (id, guardian, subject, relation, until, registered_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (guardian, subject) DO UPDATE
    SET relation = excluded.relation, until = excluded.until, registered_at = excluded.registered_at
RETURNING *
"""


class DependantStore:
    """Implements Dependants."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def get(self, dependant: str) -> Dependant | None:
        """A registration."""
        row = await self._connection.fetchrow(GET, dependant)
        return _dependant(row) if row else None

    async def of(self, guardian: str) -> list[tuple[Dependant, Sealed | None]]:
        """All registrations of a guardian, oldest first, with the basic information of each person."""
        rows = await self._connection.fetch(OF, guardian)
        return [
            (_dependant(row), Sealed(row["wrapped"], row["sealed"]) if row["wrapped"] is not None else None)
            for row in rows
        ]

    async def put(self, dependant: Dependant) -> Dependant:
        """Write it down; what is known of the same two persons keeps its id and takes the rest over."""
        d = dependant
        rows = await self._connection.fetch(PUT, d.id, d.guardian, d.subject, d.relation, d.until, d.registered_at)
        return _dependant(rows[0])


def _dependant(row: asyncpg.Record) -> Dependant:
    return Dependant(
        id=row["id"],
        guardian=row["guardian"],
        subject=row["subject"],
        relation=Relation(row["relation"]),
        until=row["until"],
        registered_at=row["registered_at"],
    )
