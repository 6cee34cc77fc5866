"""Corrections (纠错, GB/T 38963-2020): a person says that a fact is wrong, and whoever owns it answers in time."""

from datetime import datetime
from typing import ClassVar, Final, Literal

from healthcode.events.base import Event
from healthcode.values import CorrectionCategory

OF_A_GUEST: Final = "guest."
"""Before a handle: not a fact is contested but what a person of another region counts as here."""


class CorrectionAsked(Event, frozen=True, kw_only=True):
    """A person contests a fact. What they wrote stays where it was written; `fact` is an id as findings name it."""

    type: ClassVar[str] = "org.healthcode.correction.asked.v1"
    topic: ClassVar[str] = "corrections.v1"

    subject: str
    at: datetime
    category: CorrectionCategory
    fact: str
    due: datetime


class CorrectionAssigned(Event, frozen=True, kw_only=True):
    """It is known who has to answer: the authority that entered the fact, or (empty) the region's own desk."""

    type: ClassVar[str] = "org.healthcode.correction.assigned.v1"
    topic: ClassVar[str] = "corrections.v1"

    subject: str
    correction: str
    owner: str
    at: datetime


class CorrectionEscalated(Event, frozen=True, kw_only=True):
    """Nobody answered in time; `owner` is the authority that had to."""

    type: ClassVar[str] = "org.healthcode.correction.escalated.v1"
    topic: ClassVar[str] = "corrections.v1"

    subject: str
    correction: str
    owner: str
    at: datetime


class CorrectionSettled(Event, frozen=True, kw_only=True):
    """The owner has answered: what was wrong is put right, or why it stands. `explanation` is for the person."""

    type: ClassVar[str] = "org.healthcode.correction.settled.v1"
    topic: ClassVar[str] = "corrections.v1"

    subject: str
    correction: str
    outcome: Literal["upheld", "rejected"]
    owner: str
    explanation: str
    at: datetime
