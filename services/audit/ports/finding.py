"""What it takes to explain a finding."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from services.audit.ports.review import AreaReader


class FactOrigin(msgspec.Struct, frozen=True):
    """Where a fact comes from. `what`: a listing's category, a test's result, a decision's color or `exempt`."""

    id: str
    kind: Literal["listing", "test", "decision"]
    what: str
    source: str
    evidence: str
    at: datetime


class Reviewed(msgspec.Struct, frozen=True):
    """A dossier as it was reviewed last; `reference` is the number of the reference data now, not then."""

    facts: bytes
    digest: str
    reviewed_at: datetime
    reference: int


class FindingStore(AreaReader, Protocol):
    """Reads dossiers, and changes none."""

    async def reviewed(self, subject: str) -> Reviewed | None:
        """A person's dossier; None where none was reviewed yet."""
        ...

    async def origins(self, facts: Sequence[str]) -> list[FactOrigin]:
        """Those of the facts that an authority entered."""
        ...
