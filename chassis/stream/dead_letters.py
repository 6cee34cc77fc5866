"""Dead letters and parked records: what cannot be worked on is kept, with its reason, and nothing else stops for it."""

from collections.abc import Iterable, Sequence
from typing import Final

from chassis import outbox
from chassis.kafka.model import Record
from chassis.postgres.pool import Connection
from healthcode.envelope import Encoded

PARKED_KEYS: Final = "SELECT DISTINCT key FROM parked_record WHERE consumer = $1 AND key = ANY($2)"

PARK: Final = """
INSERT INTO parked_record (consumer, key, topic, partition, record_offset, headers, value, reason)
SELECT $1, * FROM unnest($2::bytea[], $3::text[], $4::int[], $5::bigint[], $6::bytea[], $7::bytea[], $8::text[])
"""

OURS: Final = frozenset({"hc_reason", "hc_detail", "hc_place"})


def dead_letter(record: Record, code: str, detail: str) -> Encoded:
    """The record as it goes to `<topic>.dlq`: unchanged, with the reason and its place in headers."""
    headers = (
        *((name, value) for name, value in record.headers if name not in OURS),
        ("hc_reason", code.encode()),
        ("hc_detail", detail.encode()[:500]),
        ("hc_place", f"{record.topic}/{record.partition}/{record.offset}".encode()),
    )
    return Encoded(f"{record.topic}.dlq", record.key or b"", record.value or b"", headers)


async def parked_keys(connection: Connection, consumer: str, keys: Iterable[bytes]) -> set[bytes]:
    """Those of the keys that have parked records."""
    return {row["key"] for row in await connection.fetch(PARKED_KEYS, consumer, list(set(keys)))}


async def park(connection: Connection, consumer: str, records: Sequence[Record], reason: str) -> None:
    """Park records, in their order, until an operator releases their key."""
    await connection.execute(
        PARK,
        consumer,
        [r.key or b"" for r in records],
        [r.topic for r in records],
        [r.partition for r in records],
        [r.offset for r in records],
        [outbox.encode_headers(r.headers) for r in records],
        [r.value for r in records],
        [reason] * len(records),
    )
