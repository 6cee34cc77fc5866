"""Parked subjects: listed, shown, released in order, dropped.

While one is released its consumer handles nothing, so no newer record of the key can come between.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import asyncpg

from chassis import outbox
from chassis.kafka.model import Record
from chassis.ops import acts
from chassis.ops.replay import PASSING
from chassis.postgres.pool import Connection, Pool
from chassis.stream import dead_letters
from chassis.stream.hand_over import handle_now
from chassis.stream.model import Committed, Delivery, Rejected, StreamSpec

CHUNK: Final = 20
"""Records of one transaction: the relay's horizon waits for it, and so does the consumer."""

LIST: Final = """
SELECT consumer, encode(sha256(key), 'hex') AS key_hash, key = '' AS keyless, count(*) AS records, min(id) AS first,
       min(parked_at) AS since, (array_agg(reason ORDER BY id))[1] AS reason,
       coalesce(sum(octet_length(value)), 0) AS bytes
FROM parked_record WHERE $1::text IS NULL OR consumer = $1
GROUP BY consumer, key HAVING min(id) > $2 ORDER BY min(id) LIMIT $3
"""
RECORDS: Final = """
SELECT * FROM parked_record WHERE consumer = $1 AND sha256(key) = decode($2, 'hex') AND id > $3 ORDER BY id LIMIT $4
"""
LEFT: Final = "SELECT count(*) FROM parked_record WHERE consumer = $1 AND sha256(key) = decode($2, 'hex')"
REASON: Final = "UPDATE parked_record SET reason = $2 WHERE id = $1"
REMOVE: Final = "DELETE FROM parked_record WHERE id = $1"
DROP: Final = """
WITH chosen AS (
    SELECT id FROM parked_record WHERE consumer = $1 AND sha256(key) = decode($2, 'hex') ORDER BY id LIMIT $3 FOR UPDATE
)
DELETE FROM parked_record p USING chosen WHERE p.id = chosen.id RETURNING p.topic, p.partition, p.record_offset
"""


@dataclass(frozen=True, slots=True)
class Released:
    """How far a release came. `failed`: the type of the error that stopped it; `next`: the last record looked at."""

    released: int
    rejected: int
    left: int
    failed: str | None
    next: int


async def subjects(pool: Pool, consumer: str | None, after: int, limit: int) -> list[asyncpg.Record]:
    """Parked subjects in the order of their first records, behind the number `after`."""
    return await pool.fetch(LIST, consumer, after, limit)


async def records(connection: "Connection | Pool", consumer: str, key_hash: str, limit: int) -> list[asyncpg.Record]:
    """The records of a subject, in order."""
    return await connection.fetch(RECORDS, consumer, key_hash, 0, limit)


async def release(
    connection: Connection, service: str, spec: StreamSpec, key_hash: str, start: int, after: list[Committed]
) -> Released:
    """Handle the next records of a subject, each in a savepoint of the caller's transaction.

    `after` is called behind the commit.

    A record that fails again keeps those behind it; records without a key have no order, and none waits for another.
    """
    await acts.hold(connection, spec.consumer)
    rows = await connection.fetch(RECORDS, spec.consumer, key_hash, start, CHUNK)
    counts, failed, last = {"released": 0, "rejected": 0}, None, start
    for row in rows:
        last = row["id"]
        outcome = await _release(connection, service, spec, row, after)
        if outcome in counts:
            counts[outcome] += 1
            continue
        failed = failed or outcome
        await connection.execute(REASON, row["id"], outcome)
        if row["key"]:
            break
    left = await connection.fetchval(LEFT, spec.consumer, key_hash)
    return Released(counts["released"], counts["rejected"], int(left or 0), failed, last)


async def drop(connection: Connection, consumer: str, key_hash: str, *, first_only: bool) -> list[str]:
    """Forget the first record of a subject, or all; gives their places."""
    await acts.hold(connection, consumer)
    rows = await connection.fetch(DROP, consumer, key_hash, 1 if first_only else None)
    return [f"{row['topic']}/{row['partition']}/{row['record_offset']}" for row in rows]


def record_of(row: asyncpg.Record) -> Record:
    """The record as it was read."""
    headers = outbox.decode_headers(row["headers"])
    return Record(row["topic"], row["partition"], row["record_offset"], row["key"] or None, row["value"], headers)


async def _release(
    connection: Connection, service: str, spec: StreamSpec, row: asyncpg.Record, after: list[Committed]
) -> str:
    record = record_of(row)
    try:
        async with connection.transaction():
            await connection.execute(REMOVE, row["id"])
            done = await handle_now(connection, spec.consumer, spec, [Delivery(record, spec.decode(record))])
    except Rejected as verdict:
        await connection.execute(REMOVE, row["id"])
        await _refuse(connection, service, spec, [(record, verdict)])
        return "rejected"
    except PASSING:
        raise
    except Exception as fault:  # noqa: BLE001 - whatever it is, the record stays parked, and its reason says so
        return type(fault).__name__
    after += [done] if done else []
    return "released"


async def _refuse(
    connection: Connection, service: str, spec: StreamSpec, refused: Sequence[tuple[Record, Rejected]]
) -> None:
    name = f"{service}.{spec.consumer}"
    letters = [dead_letters.dead_letter(record, why.code, why.detail, consumer=name) for record, why in refused]
    await outbox.append(connection, service, letters, lane=spec.lane)
