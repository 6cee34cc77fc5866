"""Ids that sort by time, so that an index grows at its end (RFC 9562, UUID version 7, in hexadecimal)."""

import hashlib
from datetime import datetime
from typing import Final

TAIL_BYTES: Final = 10


def time_id(at: datetime, tail: bytes) -> str:
    """The id of something at an instant; `tail` are ten bytes that nothing else of that millisecond has."""
    milliseconds = int(at.timestamp() * 1000).to_bytes(6, "big")
    versioned = bytes([0x70 | tail[0] & 0x0F, tail[1], 0x80 | tail[2] & 0x3F, *tail[3:TAIL_BYTES]])
    return (milliseconds + versioned).hex()


def line_id(batch: str, at: datetime, line: int) -> str:
    """The id of a batch's line: the same whenever the batch is taken up again."""
    return time_id(at, hashlib.sha256(f"{batch}/{line}".encode()).digest())
