"""What every use case has at hand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from services.declaration.ports import SubjectOf, Vault


@dataclass(frozen=True, slots=True)
class Desk:
    """`zone` is the region's own, whose calendar days count; `new_id` makes an id for something at an instant."""

    subject_of: SubjectOf
    vault: Vault
    now: Callable[[], datetime]
    zone: tzinfo
    new_id: Callable[[datetime], str]

    def today(self, at: datetime) -> date:
        """The region's calendar day of an instant."""
        return at.astimezone(self.zone).date()
