"""A finding as it is put under seal: JSON that a citizen can read, the same bytes whenever it is written."""

from typing import Final

import msgspec

from services.audit.domain.finding import Finding

_FIELDS: Final = tuple(name for name in Finding.__struct_fields__ if name not in {"digest", "next_review"})
_encode: Final = msgspec.json.Encoder(order="deterministic").encode


def opened(finding: Finding) -> bytes:
    """All of it that a person can see."""
    return _encode({name: getattr(finding, name) for name in _FIELDS})
