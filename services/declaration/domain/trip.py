"""A trip into an area of this or another region."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

import msgspec

from healthcode import areas
from services.declaration.domain.declaration import LONGEST_DAYS
from services.declaration.domain.fault import Fault
from services.declaration.domain.people import Document

AHEAD_DAYS: Final = 60


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """`until` is the last day, None while the return is open; whose trip it is as with a check-in."""

    destination: str
    area: str
    since: date
    until: date | None = None
    person: Document | None = None
    dependant: str | None = None


def trip_faults(trip: Trip, today: date) -> list[Fault]:
    """What breaks the rules of dates and places; shapes, and whether areas are known, were checked before."""
    return [*_place_faults(trip), *_date_faults(trip, today)]


def _place_faults(trip: Trip) -> Iterator[Fault]:
    # Regions are run by provinces: a trip into a city of the own region must not look like one abroad.
    if not (len(trip.destination) == 6 and trip.destination.endswith("0000")):
        yield Fault("not_a_region", ("destination",))
    elif not areas.contains(trip.destination, trip.area):
        yield Fault("area_outside", ("area",))


def _date_faults(trip: Trip, today: date) -> Iterator[Fault]:
    if trip.since > today + timedelta(days=AHEAD_DAYS):
        yield Fault("too_far_ahead", ("since",), {"days": AHEAD_DAYS})
    if trip.since < today - timedelta(days=LONGEST_DAYS):
        yield Fault("too_long_ago", ("since",), {"days": LONGEST_DAYS})
    if trip.until is None:
        return
    if trip.until < trip.since:
        yield Fault("until_before_since", ("until",))
    elif trip.until < today:
        yield Fault("trip_over", ("until",))
    elif trip.until - trip.since > timedelta(days=LONGEST_DAYS):
        yield Fault("trip_too_long", ("until",), {"days": LONGEST_DAYS})
