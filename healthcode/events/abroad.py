"""What a guest contests goes to the region of their code, and its answer comes back."""

from datetime import datetime
from typing import ClassVar, Literal

from healthcode.events.base import Event
from healthcode.values import CorrectionCategory


class CorrectionPassed(Event, frozen=True, kw_only=True):
    """The destination passes on that a guest contests what they count as; the clock runs to `due` from the asking on.

    `correction` is a random name of the destination's making. Nothing of what the person wrote is in it.
    """

    type: ClassVar[str] = "org.healthcode.correction.passed.v1"
    topic: ClassVar[str] = "inbox.v1"
    key_field: ClassVar[str] = "correction"

    correction: str
    handle: str
    origin: str
    destination: str
    sequence: int
    category: CorrectionCategory
    due: datetime
    until: datetime
    at: datetime


class CorrectionAnswered(Event, frozen=True, kw_only=True):
    """How it stands at the origin; `sealed`: the explanation for the person, to the destination (base64 of HPKE)."""

    type: ClassVar[str] = "org.healthcode.correction.answered.v1"
    topic: ClassVar[str] = "inbox.v1"
    key_field: ClassVar[str] = "correction"

    correction: str
    origin: str
    destination: str
    sequence: int
    state: Literal["assigned", "escalated", "upheld", "rejected"]
    sealed: str | None = None
    at: datetime
