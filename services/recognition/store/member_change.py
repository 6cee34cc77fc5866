"""What officers propose about the members of the catalogue."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import msgspec

from chassis.postgres.pool import Connection, Pool
from healthcode.two_officers import ProposalState
from services.recognition.ports.membership import MemberAct, MemberChange

FIELDS: Final = MemberChange.__struct_fields__
COLUMNS: Final = ", ".join(FIELDS)
PLACES: Final = ", ".join(f"${number}" for number in range(1, len(FIELDS) + 1))
ADD: Final = f"INSERT INTO member_change ({COLUMNS}) VALUES ({PLACES})"  # noqa: S608 - constants of ours
LOCK: Final = f"SELECT {COLUMNS} FROM member_change WHERE id = $1 FOR UPDATE"  # noqa: S608 - as above
SETTLE: Final = "UPDATE member_change SET state = $2, decided_by = $3, decided_at = $4, note = $5 WHERE id = $1"
LATEST: Final = f"SELECT {COLUMNS} FROM member_change ORDER BY proposed_at DESC, id LIMIT $1"  # noqa: S608 - as above


class PostgresMemberChangeBook:
    """Implements MemberChangeBook over a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, change: MemberChange) -> None:
        """See MemberChangeBook."""
        await self._connection.execute(ADD, *msgspec.structs.astuple(change))

    async def lock(self, ident: str) -> MemberChange | None:
        """See MemberChangeBook."""
        row = await self._connection.fetchrow(LOCK, ident)
        return None if row is None else _change(row)

    async def settle(self, change: MemberChange) -> None:
        """See MemberChangeBook."""
        await self._connection.execute(
            SETTLE, change.id, change.state, change.decided_by, change.decided_at, change.note
        )


class PostgresMemberChanges:
    """Implements MemberChanges over the service's pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresMemberChangeBook]:
        """See MemberChanges."""
        async with self._pool.acquire() as connection, connection.transaction():
            yield PostgresMemberChangeBook(connection)

    async def latest(self, limit: int) -> list[MemberChange]:
        """See MemberChanges."""
        return [_change(row) for row in await self._pool.fetch(LATEST, limit)]


def _change(row: asyncpg.Record) -> MemberChange:
    return MemberChange(**{**dict(row), "act": MemberAct(row["act"]), "state": ProposalState(row["state"])})
