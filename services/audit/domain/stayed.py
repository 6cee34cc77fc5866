"""Stays that other regions shared."""

from healthcode.events import StayRecorded
from services.audit.domain.days import day_number, instant
from services.audit.domain.facts import Place, Revision, pack_id


class Stayed(Revision, frozen=True, array_like=True, gc=False):
    """A stay that another region shared."""

    place: Place
    source: str
    withdrawn: bool
    origin: str

    @property
    def by(self) -> str:
        """Who vouches for it, as for what a person stated."""
        return self.source


def stayed_of(event: StayRecorded) -> Stayed:
    """The fact in an event."""
    return Stayed(
        pack_id(event.id),
        instant(event.recorded_at),
        event.stay,
        event.revision,
        Place(event.area or event.country, day_number(event.since), day_number(event.until)),
        event.source,
        event.withdrawn,
        event.origin,
    )
