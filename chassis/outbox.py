"""The outbox: what a transaction wants to publish, written with what it changed."""

from collections.abc import Sequence
from typing import Final

import msgspec

from chassis.postgres.pool import Connection
from healthcode.envelope import Encoded, Headers

COLUMNS: Final = ("lane", "topic", "key", "headers", "value")
WAKE: Final = "SELECT pg_notify($1, '')"

_encode_headers = msgspec.msgpack.Encoder().encode
_decode_headers = msgspec.msgpack.Decoder(tuple[tuple[str, bytes], ...]).decode


def channel(schema: str, lane: int) -> str:
    """The NOTIFY channel that wakes the relay of one lane."""
    return f"{schema}_outbox_{lane}"


async def append(connection: Connection, schema: str, messages: Sequence[Encoded], *, lane: int = 0) -> None:
    """Append messages to the outbox in the caller's transaction, in their order, and wake the relay when it commits.

    The caller holds the locks of the subjects concerned: that is what makes the drawn ids ascend per subject.
    """
    if not messages:
        return
    rows = [(lane, m.topic, m.key, _encode_headers(m.headers), m.value) for m in messages]
    await connection.copy_records_to_table("outbox", records=rows, columns=COLUMNS)
    await connection.execute(WAKE, channel(schema, lane))


def decode_headers(stored: bytes) -> Headers:
    """The headers of an outbox row."""
    return _decode_headers(stored)


def encode_headers(headers: Sequence[tuple[str, bytes]]) -> bytes:
    """Headers as they are stored."""
    return _encode_headers(tuple(headers))
