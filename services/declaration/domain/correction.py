"""Corrections: what a person contests, and until when it has to be answered."""

from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from healthcode.values import CorrectionCategory
from services.declaration.domain.people import Sealed

ANSWERED_WITHIN: Final = timedelta(hours=24)
MOST_OPEN: Final = 20


class TooManyOpen(ValueError):  # noqa: N818 - names the state
    """A person has as many unanswered corrections as one may have."""


class Asking(msgspec.Struct, frozen=True):
    """What a person says is wrong; `said` is in their own words and kept out of `repr`."""

    category: CorrectionCategory
    fact: str
    said: str

    def __repr__(self) -> str:
        return f"Asking({self.category.value})"


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """A correction and how it stands; `said` is None where it was not read, or its key was destroyed."""

    id: str
    subject: str
    category: CorrectionCategory
    fact: str
    said: Sealed | None
    asked_at: datetime
    due: datetime
    escalated_at: datetime | None = None
    outcome: Literal["upheld", "rejected"] | None = None
    owner: str | None = None
    explanation: str | None = None
    settled_at: datetime | None = None


class Reading(msgspec.Struct, frozen=True):
    """An officer reads what the person wrote."""

    correction: str
    reader: str
    authority: str
    at: datetime
