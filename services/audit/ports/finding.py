"""What it takes to explain a finding."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

from healthcode.events import FindingConcluded


class FactOrigin(msgspec.Struct, frozen=True):
    """Where a fact comes from. `what` is the category of a listing or the result of a test."""

    id: str
    kind: Literal["listing", "test"]
    what: str
    source: str
    evidence: str
    at: datetime


class FindingStore(Protocol):
    """Reads what was concluded last."""

    async def finding(self, subject: str) -> FindingConcluded | None:
        """The last finding of a person; None when there is none."""
        ...

    async def origins(self, facts: Sequence[str]) -> list[FactOrigin]:
        """Those of the facts that an authority entered."""
        ...
