"""The outbox: what a transaction wants to publish, written with what it changed."""

from collections.abc import Sequence
from typing import Final

import msgspec

from chassis import carry, trace
from chassis.postgres.pool import Connection
from healthcode.envelope import Encoded, Headers

# Less than the broker takes: one message in the outbox that cannot be published would hold up all behind it.
LARGEST: Final = 900_000
SEPARATOR: Final = ","
"""Between the topics of a row that has several; no topic's name can hold it."""
COLUMNS: Final = ("lane", "topic", "key", "headers", "value")
WAKE: Final = "SELECT pg_notify($1, '')"

_encode_headers = msgspec.msgpack.Encoder().encode
_decode_headers = msgspec.msgpack.Decoder(tuple[tuple[str, bytes], ...]).decode


class TooLarge(ValueError):  # noqa: N818 - says what is wrong
    """A message that no broker would take."""

    def __init__(self, message: Encoded) -> None:
        """Names the topic and the size, and quotes nothing."""
        super().__init__(f"a message for {message.topic} has {size_of(message)} bytes; {LARGEST} are the limit")


def size_of(message: Encoded) -> int:
    """About the bytes that a message takes on the wire."""
    return len(message.key) + len(message.value) + len(_encode_headers(message.headers))


def channel(schema: str, lane: int) -> str:
    """The NOTIFY channel that wakes the relay of one lane."""
    return f"{schema}_outbox_{lane}"


def for_both(message: Encoded, topic: str) -> Encoded:
    """The message for one more topic: one row, and a record on each topic in the same window."""
    return Encoded(message.topic + SEPARATOR + topic, message.key, message.value, message.headers)


def topics_of(stored: str) -> list[str]:
    """The topics of an outbox row."""
    return stored.split(SEPARATOR)


async def append(
    connection: Connection,
    schema: str,
    messages: Sequence[Encoded],
    *,
    lane: int = 0,
    beside: carry.Carried = carry.NOTHING,
) -> None:
    """Append messages to the outbox in the caller's transaction, in their order, and wake the relay when it commits.

    The caller holds the locks of the subjects concerned: that is what makes the drawn ids ascend per subject. In the
    first lane alone they carry what chassis/carry.py says, or, where an act is accepted, `beside` and its trace. Raises
    TooLarge, and then nothing is appended.
    """
    if not messages:
        return
    carried = carry.current() if lane == 0 else {}
    rows = []
    for message in messages:
        more = carried.get(message.key, carry.NOTHING)
        if beside and lane == 0:
            more = (*beside, *trace.origin(message.key))
        headers = _encode_headers((*message.headers, *more) if more else message.headers)
        if len(message.key) + len(message.value) + len(headers) > LARGEST:
            raise TooLarge(message)
        rows.append((lane, message.topic, message.key, headers, message.value))
    await connection.copy_records_to_table("outbox", records=rows, columns=COLUMNS)
    await connection.execute(WAKE, channel(schema, lane))


def decode_headers(stored: bytes) -> Headers:
    """The headers of an outbox row."""
    return _decode_headers(stored)


def encode_headers(headers: Sequence[tuple[str, bytes]]) -> bytes:
    """Headers as they are stored."""
    return _encode_headers(tuple(headers))
