"""Sealed days: the root over all findings of a day, published by the region and countersigned by the nation."""

from datetime import datetime
from typing import ClassVar

from healthcode.events.base import Event


class DaySealed(Event, frozen=True, kw_only=True):
    """All findings of a day are in one root; `signed` is the region's seal (`healthcode.transparency`) in base64."""

    type: ClassVar[str] = "org.healthcode.day.sealed.v1"
    topic: ClassVar[str] = "seals.v1"
    key_field: ClassVar[str] = "region"

    region: str
    day: str
    signed: str
    at: datetime


class SealCountersigned(Event, frozen=True, kw_only=True):
    """The nation has seen a region's seal; `countersigned` holds it under the nation's signature, in base64."""

    type: ClassVar[str] = "org.healthcode.seal.countersigned.v1"
    topic: ClassVar[str] = "countersigned.v1"
    key_field: ClassVar[str] = "region"

    region: str
    day: str
    countersigned: str
    at: datetime
