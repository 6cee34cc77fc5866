"""Batches of employers, each its own record of idempotency."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

import asyncpg
import msgspec

from chassis.postgres.pool import Connection
from services.declaration.domain.batch import (
    RUNNER_SECONDS,
    SHOWN_ERRORS,
    Batch,
    LineFaults,
    Progress,
    Sending,
    Tally,
)
from services.declaration.domain.fault import InFlight, KeyReused

# A batch without a sign of life belongs to whoever sends it again; the server's real time decides.
TAKE: Final = """
INSERT INTO batch AS b (id, account, client, key, body_hash, runner, received_at, errors)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (client, key) DO UPDATE SET runner = excluded.runner, touched_at = clock_timestamp()
    WHERE b.body_hash = excluded.body_hash AND NOT b.finished AND b.touched_at < clock_timestamp() - $9::interval
RETURNING *
"""
READ: Final = "SELECT * FROM batch WHERE client = $1 AND key = $2"

ADVANCE: Final = """
UPDATE batch SET done = $3, accepted = accepted + $4, refused = refused + $5, errors = $6, finished = $7,
    touched_at = clock_timestamp()
WHERE id = $1 AND runner = $2 RETURNING *
"""

RECEIPTS: Final = "SELECT line, id FROM statement WHERE batch = $1 ORDER BY line"

PROGRESS: Final = """
SELECT b.*, s.audited, s.coloured FROM batch b, LATERAL (
    SELECT count(audited_at) AS audited, count(coloured_at) AS coloured FROM statement WHERE batch = b.id
) s WHERE b.id = $1
"""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[LineFaults, ...]).decode


class BatchStore:
    """Implements Batches."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def take(self, batch: Batch) -> Batch:
        """Begin a batch, take up a forsaken one, or read the finished one. Raises InFlight, KeyReused."""
        sending = batch.sending
        rows = await self._connection.fetch(
            TAKE,
            batch.id,
            sending.account,
            sending.client,
            sending.key,
            sending.body_hash,
            batch.runner,
            batch.received_at,
            _encode(batch.errors),
            timedelta(seconds=RUNNER_SECONDS),
        )
        rows = rows or await self._connection.fetch(READ, sending.client, sending.key)
        known = _batch(rows[0])
        if known.sending.body_hash != sending.body_hash:
            raise KeyReused
        if not known.finished and known.runner != batch.runner:
            raise InFlight
        return known

    async def advance(self, batch: Batch, tally: Tally, done: int, *, finished: bool) -> Batch:
        """Store that `done` lines are decided. Raises InFlight when another runner has taken the batch over."""
        errors = (*batch.errors, *tally.refused)[:SHOWN_ERRORS]
        row = await self._connection.fetchrow(
            ADVANCE, batch.id, batch.runner, done, tally.accepted, len(tally.refused), _encode(errors), finished
        )
        if row is None:
            raise InFlight
        return _batch(row)

    async def receipts(self, batch: str) -> Mapping[int, str]:
        """The receipts of accepted lines, by line number."""
        return {row["line"]: row["id"] for row in await self._connection.fetch(RECEIPTS, batch)}

    async def progress(self, batch: str) -> Progress | None:
        """A batch and how far its lines have come."""
        row = await self._connection.fetchrow(PROGRESS, batch)
        return Progress(_batch(row), row["audited"], row["coloured"]) if row else None


def _batch(row: asyncpg.Record) -> Batch:
    return Batch(
        id=row["id"],
        sending=Sending(row["account"], row["client"], row["key"], row["body_hash"]),
        runner=row["runner"],
        received_at=row["received_at"],
        done=row["done"],
        accepted=row["accepted"],
        refused=row["refused"],
        errors=_decode(row["errors"]),
        finished=row["finished"],
    )
