"""Dead letters and parked records: what cannot be worked on is kept, with its reason, and nothing else stops for it."""

from collections.abc import Iterable, Sequence
from typing import Final

from chassis import outbox
from chassis.kafka.model import Headers, Record
from chassis.postgres.pool import Connection, Pool
from healthcode.envelope import Encoded

PARKED_KEYS: Final = "SELECT DISTINCT key FROM parked_record WHERE consumer = $1 AND key = ANY($2)"

COUNT_PARKED: Final = """
SELECT count(*) FROM (SELECT DISTINCT key FROM parked_record WHERE consumer = $1 LIMIT 10000) AS waiting
"""

PARK: Final = """
INSERT INTO parked_record (consumer, key, topic, partition, record_offset, headers, value, reason)
SELECT $1, * FROM unnest($2::bytea[], $3::text[], $4::int[], $5::bigint[], $6::bytea[], $7::bytea[], $8::text[])
"""

OURS: Final = frozenset({"hc_reason", "hc_detail", "hc_place", "hc_consumer", "hc_cut", "hc_replay_of"})
KEPT_BYTES: Final = 100_000
BEHIND: Final = "behind a parked record of the same key"


def dead_letter(record: Record, code: str, detail: str, *, consumer: str, replay_of: str | None = None) -> Encoded:
    """The record as it goes to `<topic>.dlq`: unchanged, with the reason, its place and its reader in headers.

    `consumer`: `<service>.<consumer>`; `replay_of`: the letter that was replayed and came back as this one. A record
    too large to take the reason along is cut to the first part of its value; `hc_cut` says how long that was.
    """
    reason = (
        ("hc_reason", code.encode()),
        ("hc_detail", detail.encode()[:500]),
        ("hc_place", f"{record.topic}/{record.partition}/{record.offset}".encode()),
        ("hc_consumer", consumer.encode()),
        *((("hc_replay_of", replay_of.encode()),) if replay_of else ()),
    )
    topic, value = f"{record.topic}.dlq", record.value or b""
    headers = (*(header for header in _no_nulls(record.headers) if header[0] not in OURS), *reason)
    whole = Encoded(topic, record.key or b"", value, headers)
    if outbox.size_of(whole) <= outbox.LARGEST:
        return whole
    return Encoded(topic, b"", value[:KEPT_BYTES], (*reason, ("hc_cut", str(len(value)).encode())))


def _no_nulls(headers: Headers) -> tuple[tuple[str, bytes], ...]:
    """Senders may write headers without a value, whatever the types of clients say."""
    return tuple((name, value or b"") for name, value in headers)


async def parked_keys(connection: Connection, consumer: str, keys: Iterable[bytes]) -> set[bytes]:
    """Those of the keys that have parked records. Records without a key have no order, so none waits for another."""
    return {row["key"] for row in await connection.fetch(PARKED_KEYS, consumer, list(set(keys) - {b""}))}


async def count_parked(pool: Pool, consumer: str) -> int:
    """How many keys have parked records, counted to 10,000."""
    return int(await pool.fetchval(COUNT_PARKED, consumer))


async def park(connection: Connection, consumer: str, records: Sequence[Record], reason: str) -> None:
    """Park records, in their order, until an operator releases their key."""
    await connection.execute(
        PARK,
        consumer,
        [r.key or b"" for r in records],
        [r.topic for r in records],
        [r.partition for r in records],
        [r.offset for r in records],
        [outbox.encode_headers(_no_nulls(r.headers)) for r in records],
        [r.value for r in records],
        [reason] * len(records),
    )
