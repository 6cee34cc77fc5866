"""Way 1: facts that a region shares with another, through the hub and closed to it, and the receipts that come back."""

from datetime import datetime
from typing import ClassVar

from healthcode.events.base import Event


class FactShared(Event, frozen=True, kw_only=True):
    """A fact about a watched person, or a correction of one that was shared; what it says is sealed to the destination.

    `sealed` is base64 of what docs/records.md says, by HPKE. `sequence` counts with the other messages of the handle.
    """

    type: ClassVar[str] = "org.healthcode.fact.shared.v1"
    topic: ClassVar[str] = "inbox.v1"
    key_field: ClassVar[str] = "handle"

    handle: str
    origin: str
    destination: str
    sequence: int
    sealed: str
    at: datetime


class FactReceipt(Event, frozen=True, kw_only=True):
    """The destination says that it has a fact that the origin shared, or (`refused`, a reason) has not taken it.

    `sequence` is the number of the message that brought it, `digest` SHA-256 of what was sealed, in hexadecimal, which
    nobody knows who has not opened it; empty where it was refused.
    """

    type: ClassVar[str] = "org.healthcode.fact.receipt.v1"
    topic: ClassVar[str] = "inbox.v1"
    key_field: ClassVar[str] = "handle"

    handle: str
    origin: str
    destination: str
    sequence: int
    digest: str
    refused: str | None = None
    at: datetime
