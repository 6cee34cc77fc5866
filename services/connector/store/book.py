"""The connector's book in SQL: a fixed number of statements a page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import asyncpg
import msgspec

from chassis import outbox
from chassis.postgres.pool import Connection, Pool
from healthcode.envelope import encode
from healthcode.events import ListingSubmitted
from services.connector.domain import Known
from services.connector.ports import Counts, Page, State, Superseded

SCHEMA: Final = "connector"

COLUMNS: Final = """connector, epoch, mark, sweep, sweeping, sweep_after, swept_at, pulled_at, held, allowed,
    gone_allowed"""

CLAIM: Final = f"""
INSERT INTO connector AS c (connector) VALUES ($1) ON CONFLICT (connector) DO UPDATE SET epoch = c.epoch + 1
RETURNING {COLUMNS}
"""  # noqa: S608 - constants of ours

STATE: Final = f"SELECT {COLUMNS} FROM connector WHERE connector = $1"  # noqa: S608 - as above

MOVE: Final = """
UPDATE connector SET mark = $3, sweep = $4, sweeping = $5, sweep_after = $6, swept_at = $7, pulled_at = $8, held = $9,
    gone_allowed = $10
WHERE connector = $1 AND epoch = $2
"""

KNOWN: Final = """
SELECT key, generation, person, content, submitted FROM pulled WHERE connector = $1 AND key = ANY($2::text[])
"""

UNMET: Final = """
SELECT key, generation, person, content, submitted FROM pulled
WHERE connector = $1 AND met < $2 AND NOT withdrawn ORDER BY key LIMIT $3
"""

COUNTS: Final = """
SELECT (SELECT count(*) FROM pulled WHERE connector = $1 AND NOT withdrawn) AS standing,
       (SELECT count(*) FROM pulled WHERE connector = $1 AND NOT withdrawn AND met < $2) AS unmet,
       (SELECT count(*) FROM row_fault WHERE connector = $1) AS faults
"""

KEEP: Final = """
INSERT INTO pulled (connector, key, generation, person, content, submitted, withdrawn, met)
SELECT $1, key, generation, person, content, submitted, withdrawn, $8
FROM unnest($2::text[], $3::int[], $4::bytea[], $5::bytea[], $6::bytea[], $7::boolean[])
    AS t (key, generation, person, content, submitted, withdrawn)
ON CONFLICT (connector, key) DO UPDATE SET generation = excluded.generation, person = excluded.person,
    content = excluded.content, submitted = excluded.submitted, withdrawn = excluded.withdrawn
"""

MEET: Final = "UPDATE pulled SET met = $3 WHERE connector = $1 AND key = ANY($2::text[]) AND met < $3"

FAULTS: Final = """
INSERT INTO row_fault (connector, key, code, field, met, since)
SELECT $1, key, code, field, $5, $6 FROM unnest($2::text[], $3::text[], $4::text[]) AS t (key, code, field)
ON CONFLICT (connector, key) DO UPDATE SET code = excluded.code, field = excluded.field, met = excluded.met
"""

MENDED: Final = "DELETE FROM row_fault WHERE connector = $1 AND key = ANY($2::text[])"
LOST: Final = "DELETE FROM row_fault WHERE connector = $1 AND met < $2"

FAULT_PAGE: Final = """
SELECT key, code, field, since FROM row_fault WHERE connector = $1 AND key > $2 ORDER BY key LIMIT $3
"""

RELEASE: Final = """
WITH released AS (
    SELECT connector, held FROM connector WHERE connector = $1 AND held IS NOT NULL FOR UPDATE
), let_go AS (
    UPDATE connector c SET held = NULL, gone_allowed = c.sweep,
        allowed = (SELECT count(*) FROM row_fault f WHERE f.connector = c.connector)
    FROM released r WHERE c.connector = r.connector
)
INSERT INTO release (connector, held, reason, by, at) SELECT connector, held, $2, $3, $4 FROM released RETURNING held
"""

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(ListingSubmitted).decode


class PostgresBook:
    """Implements Book over the service's pool."""

    def __init__(self, pool: Pool, region: str) -> None:
        """`region`: whose topic of lists is written."""
        self._pool = pool
        self._region = region

    async def claim(self, connector: str) -> State:
        """See Book."""
        return _state(await self._pool.fetchrow(CLAIM, connector))

    async def state(self, connector: str) -> State:
        """See Book. A connector that never ran stands at its beginning."""
        row = await self._pool.fetchrow(STATE, connector)
        return State(connector=connector) if row is None else _state(row)

    async def known(self, connector: str, keys: Sequence[str]) -> dict[str, Known]:
        """See Book."""
        rows = await self._pool.fetch(KNOWN, connector, keys)
        return {row["key"]: _known(row) for row in rows}

    async def unmet(self, state: State, limit: int) -> list[Known]:
        """See Book."""
        return [_known(row) for row in await self._pool.fetch(UNMET, state.connector, state.sweep, limit)]

    async def counts(self, state: State) -> Counts:
        """See Book."""
        row = await self._pool.fetchrow(COUNTS, state.connector, state.sweep)
        return Counts(*row) if row else Counts(0, 0, 0)

    async def write(self, state: State, page: Page, now: datetime) -> State:
        """See Book."""
        async with self._pool.acquire() as connection, connection.transaction():
            await self._move(connection, state)
            await self._keep(connection, state, page.known)
            if page.met:
                await connection.execute(MEET, state.connector, page.met, state.sweep)
            await self._note(connection, state, page, now)
            encoded = [encode(event, owner=self._region, service=SCHEMA, time=now) for event in page.events]
            await outbox.append(connection, SCHEMA, encoded)
        return state

    async def faults(self, connector: str, after: str, limit: int) -> list[dict[str, Any]]:
        """A page of the rows that cannot be read, by key."""
        return [dict(row) for row in await self._pool.fetch(FAULT_PAGE, connector, after, limit)]

    async def release(self, connector: str, reason: str, by: str, now: datetime) -> bool:
        """Let a held connector go on, and write down who did; False when it was not held."""
        return await self._pool.fetchval(RELEASE, connector, reason, by, now) is not None

    async def _move(self, connection: Connection, state: State) -> None:
        moved = await connection.execute(
            MOVE,
            state.connector,
            state.epoch,
            state.mark,
            state.sweep,
            state.sweeping,
            state.sweep_after,
            state.swept_at,
            state.pulled_at,
            state.held,
            state.gone_allowed,
        )
        if moved != "UPDATE 1":
            raise Superseded(state.connector)

    async def _keep(self, connection: Connection, state: State, known: Sequence[Known]) -> None:
        if known:
            await connection.execute(
                KEEP,
                state.connector,
                [one.key for one in known],
                [one.generation for one in known],
                [one.person for one in known],
                [one.content for one in known],
                [_pack(one.submitted) for one in known],
                [one.is_gone for one in known],
                state.sweep,
            )

    async def _note(self, connection: Connection, state: State, page: Page, now: datetime) -> None:
        """The rows that cannot be read; at the end of a sweep, those that it did not meet are no more."""
        if page.faults:
            codes, fields = zip(*page.faults.values(), strict=True)
            keys = list(page.faults)
            await connection.execute(FAULTS, state.connector, keys, list(codes), list(fields), state.sweep, now)
        if page.mended:
            await connection.execute(MENDED, state.connector, page.mended)
        if not state.sweeping and state.swept_at == now:
            await connection.execute(LOST, state.connector, state.sweep)


def _state(row: asyncpg.Record | None) -> State:
    if row is None:
        raise Superseded("the connector's row is gone")
    return msgspec.convert(dict(row), State)


def _known(row: asyncpg.Record) -> Known:
    return Known(
        key=row["key"],
        generation=row["generation"],
        person=row["person"],
        content=row["content"],
        submitted=_unpack(row["submitted"]),
    )
