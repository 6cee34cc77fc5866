"""Registrations of dependants."""

from collections.abc import Sequence
from typing import Final

import asyncpg

from chassis.postgres.pool import Connection
from services.declaration.domain.dependant import Agreement, Basis, Dependant, Relation
from services.declaration.domain.people import Sealed
from services.declaration.store.keys import KeyStore, new_name

READ: Final = """
SELECT d.*, p.self_declared, i.incarnation FROM dependant d JOIN person p USING (subject) CROSS JOIN incarnation i
"""
GET: Final = f"{READ} WHERE d.id = $1"
OF: Final = f"{READ} WHERE d.guardian = $1 ORDER BY d.registered_at, d.id"
OVER: Final = f"{READ} WHERE d.subject = $1 ORDER BY d.registered_at, d.id"
OVER_ALL: Final = f"{READ} WHERE d.subject = ANY($1::text[]) ORDER BY d.registered_at, d.id"

PUT: Final = """
WITH put AS (
    INSERT INTO dependant (id, guardian, subject, relation, until, registered_at, wrapped, sealed)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (guardian, subject) DO UPDATE
        SET relation = excluded.relation, until = excluded.until, registered_at = excluded.registered_at,
            wrapped = excluded.wrapped, sealed = excluded.sealed
    RETURNING *
) SELECT put.*, p.self_declared, i.incarnation FROM put JOIN person p USING (subject) CROSS JOIN incarnation i
"""

CHANGE: Final = """
WITH changed AS (
    UPDATE dependant SET until = $2, basis = $3, agreed_until = $4, evidence = $5, version = version + 1
    WHERE id = $1 RETURNING *
) SELECT changed.*, p.self_declared, i.incarnation
FROM changed JOIN person p USING (subject) CROSS JOIN incarnation i
"""


class DependantStore:
    """Implements Dependants."""

    def __init__(self, connection: Connection, keys: KeyStore) -> None:
        self._connection = connection
        self._keys = keys

    async def get(self, dependant: str) -> Dependant | None:
        """A registration."""
        row = await self._connection.fetchrow(GET, dependant)
        return (await self._read([row]))[0] if row else None

    async def of(self, guardian: str) -> list[Dependant]:
        """All registrations of a guardian, oldest first."""
        return await self._read(await self._connection.fetch(OF, guardian))

    async def over(self, subject: str) -> list[Dependant]:
        """All registrations of a person, oldest first."""
        return await self._read(await self._connection.fetch(OVER, subject))

    async def over_all(self, subjects: Sequence[str]) -> list[Dependant]:
        """All registrations of these persons, oldest first."""
        return await self._read(await self._connection.fetch(OVER_ALL, subjects))

    async def change(self, dependant: Dependant) -> Dependant:
        """Write its end and its agreement down, as the next version; the caller holds the person's lock."""
        agreed = dependant.agreement
        terms = (agreed.basis, agreed.until, agreed.evidence) if agreed else (None, None, None)
        rows = await self._connection.fetch(CHANGE, dependant.id, dependant.until, *terms)
        return (await self._read(rows))[0]

    async def put(self, dependant: Dependant) -> Dependant:
        """Write it down; what is known of the same two persons keeps its id and takes the rest over."""
        d = dependant
        name, sealed = (new_name(), d.basic.sealed) if d.basic else (None, None)
        rows = await self._connection.fetch(
            PUT, d.id, d.guardian, d.subject, d.relation, d.until, d.registered_at, name, sealed
        )
        if name and d.basic:
            await self._keys.put([(name, d.subject, d.basic.wrapped)])
        return (await self._read(rows))[0]

    async def _read(self, rows: Sequence[asyncpg.Record]) -> list[Dependant]:
        keys = await self._keys.get(row["wrapped"] for row in rows)
        return [_dependant(row, keys.get(row["wrapped"])) for row in rows]


def _dependant(row: asyncpg.Record, wrapped: bytes | None) -> Dependant:
    return Dependant(
        id=row["id"],
        guardian=row["guardian"],
        subject=row["subject"],
        relation=Relation(row["relation"]),
        until=row["until"],
        registered_at=row["registered_at"],
        basic=Sealed(wrapped, row["sealed"]) if wrapped is not None else None,
        self_declared=row["self_declared"],
        agreement=Agreement(Basis(row["basis"]), row["agreed_until"], row["evidence"]) if row["basis"] else None,
        incarnation=row["incarnation"],
        version=row["version"],
    )
