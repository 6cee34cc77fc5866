"""Guardians show the codes of children and parents: by consent or by documents that an officer saw, to an end."""

from datetime import datetime
from typing import ClassVar

from healthcode.events.base import Event


class GuardianshipChanged(Event, frozen=True, kw_only=True):
    """Whether a guardian may show a person's code, and until when; None: no more.

    `guardian` is a subject too. Of one `guardianship` the highest (incarnation, version) counts.
    """

    type: ClassVar[str] = "org.healthcode.guardianship.changed.v1"
    topic: ClassVar[str] = "guardianships.v1"

    subject: str
    guardian: str
    guardianship: str
    until: datetime | None
    incarnation: int
    version: int
    at: datetime
