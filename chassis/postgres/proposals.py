"""Proposals of two officers in SQL: a table whose columns are the fields of one kind of them."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, Generic, TypeVar

import asyncpg
import msgspec

from chassis.postgres.pool import Connection, Pool
from healthcode.two_officers import OfAuthority

A = TypeVar("A", bound=OfAuthority)

SETTLE: Final = "UPDATE {table} SET state = $2, decided_by = $3, decided_at = $4, note = $5 WHERE id = $1"


class PostgresProposals(Generic[A]):
    """The proposals of one table over the service's pool."""

    def __init__(self, pool: Pool, table: str, kind: type[A], read: Callable[[asyncpg.Record], A]) -> None:
        """`table` is a name of ours; `read` makes a proposal of a row."""
        fields = kind.__struct_fields__
        columns, places = ", ".join(fields), ", ".join(f"${number}" for number in range(1, len(fields) + 1))
        self._pool = pool
        self.read = read
        self.add = f"INSERT INTO {table} ({columns}) VALUES ({places})"  # noqa: S608 - constants of ours
        self.lock = f"SELECT {columns} FROM {table} WHERE id = $1 FOR UPDATE"  # noqa: S608 - as above
        self.settle = SETTLE.format(table=table)
        self._latest = f"SELECT {columns} FROM {table} ORDER BY proposed_at DESC, id LIMIT $1"  # noqa: S608 - as above

    @asynccontextmanager
    async def begin(self) -> AsyncIterator["PostgresBook[A]"]:
        """A transaction that commits when left without an error."""
        async with self._pool.acquire() as connection, connection.transaction():
            yield PostgresBook(connection, self)

    async def latest(self, limit: int) -> list[A]:
        """Newest first."""
        return [self.read(row) for row in await self._pool.fetch(self._latest, limit)]


class PostgresBook(Generic[A]):
    """Proposals over a connection that is in a transaction."""

    def __init__(self, connection: Connection, table: PostgresProposals[A]) -> None:
        self._connection = connection
        self._table = table

    async def add(self, proposal: A) -> None:
        """Keep one that was proposed."""
        await self._connection.execute(self._table.add, *msgspec.structs.astuple(proposal))

    async def lock(self, ident: str) -> A | None:
        """One of them, kept from others."""
        row = await self._connection.fetchrow(self._table.lock, ident)
        return None if row is None else self._table.read(row)

    async def settle(self, proposal: A) -> None:
        """Keep what was decided."""
        decided = (proposal.state, proposal.decided_by, proposal.decided_at, proposal.note)
        await self._connection.execute(self._table.settle, proposal.id, *decided)
