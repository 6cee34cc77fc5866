"""A citizen's proof: this finding was in the day's tree, whose root the region signed and the nation has seen."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from healthcode.credential.container import Malformed
from healthcode.credential.sealed import NotTrusted
from healthcode.credential.trust import TrustList
from healthcode.transparency.commitment import commitment
from healthcode.transparency.merkle import leaf_of, root_from
from healthcode.transparency.seal import Seal, countersigned, read_seal


class ProofError(ValueError):
    """The proof proves nothing; the text says where it fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingProof:
    """All that it takes to check one finding without asking anybody.

    `finding`: its bytes as recorded; `path`: from the leaf at `index` to the root; `seal`: signed by the region;
    `countersigned`: the same seal under the nation's signature, None until that has come back.
    """

    subject: str
    sequence: int
    reviewed_at: datetime
    finding: bytes
    salt: bytes
    index: int
    path: tuple[bytes, ...]
    seal: bytes
    countersigned: bytes | None

    def to_json(self) -> dict[str, Any]:
        """As a document: bytes in base64, the finding as its own text."""
        return {
            "subject": self.subject,
            "sequence": self.sequence,
            "reviewed_at": self.reviewed_at.isoformat(),
            "finding": self.finding.decode(),
            "salt": _text(self.salt),
            "index": self.index,
            "path": [_text(each) for each in self.path],
            "seal": _text(self.seal),
            "countersigned": None if self.countersigned is None else _text(self.countersigned),
        }

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """Read such a document. Raises ProofError."""
        try:
            signed = document["countersigned"]
            return cls(
                subject=str(document["subject"]),
                sequence=int(document["sequence"]),
                reviewed_at=datetime.fromisoformat(document["reviewed_at"]),
                finding=str(document["finding"]).encode(),
                salt=_bytes(document["salt"]),
                index=int(document["index"]),
                path=tuple(_bytes(each) for each in document["path"]),
                seal=_bytes(document["seal"]),
                countersigned=None if signed is None else _bytes(signed),
            )
        except (KeyError, TypeError, ValueError, binascii.Error) as error:
            raise ProofError(f"this is no proof: {type(error).__name__} {error}") from None


def check_proof(proof: FindingProof, trust: TrustList, anchors: TrustList) -> tuple[Seal, datetime | None]:
    """The day's seal, and when the nation saw it; None where it has not yet signed.

    `trust`: the regions' keys; `anchors`: the nation's. Raises ProofError.
    """
    try:
        seal = read_seal(proof.seal, trust)
        seen = None
        if proof.countersigned is not None:
            inner, seen = countersigned(proof.countersigned, anchors)
            if inner != proof.seal:
                raise ProofError("the nation has signed another seal than this one")
    except (Malformed, NotTrusted) as error:
        raise ProofError(f"the seal is not to be believed: {error}") from None
    opened = commitment(proof.salt, proof.subject, proof.sequence, proof.reviewed_at, proof.finding)
    try:
        root = root_from(leaf_of(opened), proof.index, seal.size, proof.path)
    except ValueError as error:
        raise ProofError(f"the finding is not in the tree of that day: {error}") from None
    if root != seal.root:
        raise ProofError("the finding is not in the tree of that day: it was changed, or never there")
    return seal, seen


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
