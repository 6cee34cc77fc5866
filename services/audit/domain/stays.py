"""Where people were: what storms find them by."""

from datetime import date

from healthcode.events import DeclarationAccepted, Event, StayRecorded, TripDeclared
from services.audit.domain.days import calendar_day
from services.audit.domain.dossier import Dossier


def stays_of(source: Event | Dossier) -> list[tuple[str, date, date | None]]:
    """The stays in areas of this country that an event, or a dossier, tells of: area, first day, last day if known."""
    if isinstance(source, DeclarationAccepted):
        return [(stay.area, stay.since, stay.until) for stay in source.stays if stay.area is not None]
    if isinstance(source, TripDeclared):
        return [(source.area, source.since, source.until)]
    if isinstance(source, StayRecorded):
        return [] if source.area is None else [(source.area, source.since, source.until)]
    if not isinstance(source, Dossier):
        return []
    places = [place for each in source.declared for place in each.stays]
    places += [each.place for each in source.trips] + [each.place for each in source.stays]
    return [
        (place.area, calendar_day(place.since), None if place.until is None else calendar_day(place.until))
        for place in places
        if not place.abroad
    ]
