"""Events as they are kept in rows: the bytes that were published."""

from typing import Final

import msgspec

from healthcode.events import CodeChanged

_decoder: Final = msgspec.json.Decoder(CodeChanged)


def state_of(event: bytes) -> CodeChanged:
    """The event in a row."""
    return _decoder.decode(event)
