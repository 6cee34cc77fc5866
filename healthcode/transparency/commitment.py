"""What is put into the tree of a finding: nothing can be read from it, and only that finding opens it."""

import hashlib
import hmac
from datetime import datetime
from typing import Final

SALT_BYTES: Final = 16
_CONTEXT: Final = b"hc-finding-1"


def salt_of(key: bytes, subject: str, sequence: int) -> bytes:
    """The salt of a finding: it need not be kept, for whoever has the region's sealing key can derive it.

    Without one a finding could be guessed from its commitment: there are few colors and few rules.
    """
    return hmac.digest(key, f"{subject}\0{sequence}".encode(), "sha256")[:SALT_BYTES]


def commitment(salt: bytes, subject: str, sequence: int, reviewed_at: datetime, finding: bytes) -> bytes:
    """SHA-256 over context ‖ salt ‖ subject ‖ sequence ‖ when ‖ the finding's bytes, each with its length before it."""
    parts = (salt, subject.encode(), str(sequence).encode(), reviewed_at.isoformat().encode(), finding)
    return hashlib.sha256(_CONTEXT + b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()
