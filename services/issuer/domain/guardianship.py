"""Guardians: who may show whose code, and until when."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Guardianship:
    """That `guardian` may show the code of `subject` before `until`; None: no more. The highest version counts."""

    id: str
    guardian: str
    subject: str
    until: datetime | None
    version: tuple[int, int]

    def stands(self, now: datetime) -> bool:
        """Whether it counts now."""
        return self.until is not None and now < self.until
