"""What a revoked key signed, made anew: set by set, each in a transaction."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Final

from chassis.postgres.pool import Connection, Pool
from services.issuer.domain import Code
from services.issuer.ports import Issued
from services.issuer.ports.reissue import Living, Replacement, Run
from services.issuer.store.rows import state_of

COLUMNS: Final = ", ".join(Run.__struct_fields__)

START: Final = "INSERT INTO reissue (kid, started_at) SELECT unnest($1::bytea[]), $2 ON CONFLICT DO NOTHING"
OPEN: Final = "SELECT kid FROM reissue WHERE kid = ANY($1) AND ended_at IS NULL ORDER BY started_at, kid"
RUNS: Final = f"SELECT {COLUMNS} FROM reissue ORDER BY started_at DESC, kid"  # noqa: S608 - constants of ours
RUN: Final = f"""
SELECT {COLUMNS} FROM reissue WHERE kid = $1 AND ended_at IS NULL FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - as above

LIVING: Final = """
SELECT cti, subject, guardian, paper, holder_key, expires_at FROM credential
WHERE kid = $1 AND cti > $2 AND revoked_at IS NULL AND expires_at > $3 ORDER BY cti LIMIT $4
"""
COUNT: Final = "SELECT count(*) FROM credential WHERE kid = $1 AND revoked_at IS NULL AND expires_at > $2"

# Locks in the order of all others: codes, guardianships, credentials; each sorted. FOR SHARE: as in credentials.py.
CODES: Final = """
SELECT subject, event, finding_incarnation, finding_sequence, expires_at FROM code
WHERE subject = ANY($1) ORDER BY subject FOR SHARE
"""
GUARDED: Final = """
SELECT guardian, subject, until FROM guardianship WHERE guardian = ANY($1) AND until > $2 ORDER BY id FOR SHARE
"""

CLAIM: Final = """
INSERT INTO credential (cti, subject, list_id, status_index, issued_at, expires_at, guardian, kid, holder_key)
SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::int[], $5::timestamptz[], $6::timestamptz[], $7::text[],
    $8::bytea[], $9::bytea[])
ON CONFLICT DO NOTHING RETURNING cti
"""

SAVE: Final = """
UPDATE reissue SET cursor = $2, passes = $3, found = $4, replaced = $5, on_paper = $6, voided = $7, ended_at = $8
WHERE kid = $1
"""

# A color that changed since has revoked some of them already; what is laid out is of the color after the change.
VOID: Final = """
UPDATE credential c SET revoked_at = coalesce(c.revoked_at, $3), replaced_by = r.made
FROM unnest($1::bytea[], $2::bytea[]) AS r (old, made) WHERE c.cti = r.old
"""
LAY_OUT: Final = """
INSERT INTO replacement (cti, holder, credential, issued_at, expires_at)
SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])
"""

REPLACEMENT: Final = """
SELECT r.cti, c.replaced_by, r.holder, r.credential, r.issued_at, r.expires_at FROM replacement r
JOIN credential c USING (cti) WHERE r.cti = $1 AND r.holder = $2 AND r.expires_at > $3
"""
FORGET: Final = """
DELETE FROM replacement
WHERE cti IN (SELECT cti FROM replacement WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
"""


class PostgresReissueBook:
    """Implements ReissueBook over a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def run(self, kid: bytes) -> Run | None:
        """See ReissueBook."""
        row = await self._connection.fetchrow(RUN, kid)
        return None if row is None else Run(**dict(row))

    async def living(self, run: Run, now: datetime, limit: int) -> list[Living]:
        """See ReissueBook."""
        return [Living(*row) for row in await self._connection.fetch(LIVING, run.kid, run.cursor, now, limit)]

    async def codes(self, subjects: Sequence[str]) -> dict[str, Code]:
        """See ReissueBook."""
        rows = await self._connection.fetch(CODES, subjects)
        return {subject: Code(state_of(event), *finding) for subject, event, *finding in rows}

    async def guarded(self, guardians: Sequence[str], now: datetime) -> dict[tuple[str, str], datetime]:
        """See ReissueBook."""
        if not guardians:
            return {}
        rows = await self._connection.fetch(GUARDED, guardians, now)
        return {(guardian, subject): until for guardian, subject, until in rows}

    async def claim(self, issued: Sequence[Issued]) -> set[bytes]:
        """See ReissueBook."""
        rows = [
            (i.cti, i.subject, *_place(i), i.issued_at, i.expires_at, i.guardian, i.kid, i.holder_key) for i in issued
        ]
        return {row["cti"] for row in await self._connection.fetch(CLAIM, *_columns(rows))}

    async def save(self, run: Run, void: Sequence[bytes], made: Sequence[Replacement], now: datetime) -> None:
        """See ReissueBook."""
        instead = {each.old: each.new for each in made}
        await self._connection.execute(VOID, void, [instead.get(cti) for cti in void], now)
        if made:
            rows = [(each.old, each.holder, each.text, each.issued_at, each.expires_at) for each in made]
            await self._connection.execute(LAY_OUT, *_columns(rows))
        counts = (run.passes, run.found, run.replaced, run.on_paper, run.voided)
        await self._connection.execute(SAVE, run.kid, run.cursor, *counts, run.ended_at)


class PostgresReissues:
    """Implements Reissues over the service's pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresReissueBook]:
        """See Reissues."""
        async with self._pool.acquire() as connection, connection.transaction():
            yield PostgresReissueBook(connection)

    async def start(self, kids: Sequence[bytes], now: datetime) -> list[bytes]:
        """See Reissues."""
        await self._pool.execute(START, kids, now)
        return [row["kid"] for row in await self._pool.fetch(OPEN, kids)]

    async def runs(self) -> list[Run]:
        """See Reissues."""
        return [Run(**dict(row)) for row in await self._pool.fetch(RUNS)]

    async def living(self, kid: bytes, now: datetime) -> int:
        """See Reissues."""
        return int(await self._pool.fetchval(COUNT, kid, now))

    async def replacement(self, cti: bytes, holder: str, now: datetime) -> Replacement | None:
        """See Reissues."""
        row = await self._pool.fetchrow(REPLACEMENT, cti, holder, now)
        return None if row is None else Replacement(*row)

    async def forget(self, now: datetime, limit: int) -> int:
        """See Reissues."""
        tag = await self._pool.execute(FORGET, now, limit)
        return int(tag.removeprefix("DELETE "))


def _place(issued: Issued) -> tuple[str, int]:
    return issued.place.list_id, issued.place.index


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
