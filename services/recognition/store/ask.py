"""What this region asked others."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import asyncpg

from chassis.postgres.pool import Connection, Pool
from healthcode.values import Purpose
from services.recognition.domain.ask import Ask
from services.recognition.domain.message import Between, Signer
from services.recognition.ports.ask import Answered
from services.recognition.store.hub import tell_hub

COLUMNS: Final = "ask, origin, purpose, seen_at, asked_at, until, credential, state, handle"

ADD: Final = f"""
INSERT INTO ask ({COLUMNS})
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
    $7::bytea[], $8::text[], $9::text[])
ON CONFLICT (credential) DO NOTHING RETURNING ask
"""  # noqa: S608 - our own columns

ANSWERED: Final = """
UPDATE ask a SET state = t.state, handle = t.handle
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS t (ask, origin, state, handle)
WHERE a.ask = t.ask AND a.origin = t.origin AND a.state = 'asked'
"""

FORGET: Final = """
DELETE FROM ask WHERE ask IN (SELECT ask FROM ask WHERE until <= $1 ORDER BY until LIMIT $2 FOR UPDATE SKIP LOCKED)
"""

CLOSE: Final = "DELETE FROM ask WHERE handle = ANY($1)"

ASK: Final = f"SELECT {COLUMNS} FROM ask WHERE ask = $1"  # noqa: S608 - as above
ASK_ABOUT: Final = f"SELECT {COLUMNS} FROM ask WHERE credential = $1"  # noqa: S608 - as above


class PostgresAsks:
    """Implements AskStore over a connection that is in a transaction."""

    def __init__(self, connection: Connection, region: str, signer: Signer) -> None:
        """`signer` signs for `region`."""
        self._connection = connection
        self._region = region
        self._signer = signer

    async def add(self, asks: Sequence[Ask]) -> set[str]:
        """See AskStore."""
        if not asks:
            return set()
        rows = [
            (
                each.ask,
                each.origin,
                each.purpose.value,
                each.seen_at,
                each.asked_at,
                each.until,
                each.credential,
                each.state,
                each.handle,
            )
            for each in sorted(asks, key=lambda each: each.credential or b"")
        ]
        columns = (list(column) for column in zip(*rows, strict=True))
        return {row["ask"] for row in await self._connection.fetch(ADD, *columns)}

    async def send(self, messages: Sequence[Between]) -> None:
        """See AskStore."""
        await tell_hub(self._connection, self._region, self._signer, messages)

    async def answered(self, answers: Sequence[Answered]) -> None:
        """See AskStore."""
        if answers:
            first = {each.ask: each for each in reversed(answers)}
            columns = zip(*(first[ask] for ask in sorted(first)), strict=True)
            await self._connection.execute(ANSWERED, *(list(column) for column in columns))

    async def close(self, handles: Sequence[str]) -> None:
        """See AskStore."""
        await self._connection.execute(CLOSE, list(handles))

    async def forget(self, now: datetime, limit: int) -> int:
        """See AskStore."""
        return int((await self._connection.execute(FORGET, now, limit)).rpartition(" ")[2])


class PostgresAskViews:
    """Implements AskViews over the service's pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def ask(self, ask: str) -> Ask | None:
        """See AskViews."""
        return _ask_of(await self._pool.fetchrow(ASK, ask))

    async def ask_about(self, credential: bytes) -> Ask | None:
        """See AskViews."""
        return _ask_of(await self._pool.fetchrow(ASK_ABOUT, credential))


def _ask_of(row: asyncpg.Record | None) -> Ask | None:
    return None if row is None else Ask(**{**dict(row), "purpose": Purpose(row["purpose"])})
