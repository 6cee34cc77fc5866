"""What the routes of places and passes are built from, and the place that a code names."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chassis.http.problems import Problem
from healthcode.combine import Combine
from healthcode.credential import CheckPolicy, TrustList
from healthcode.foreign import ForeignTable
from services.issuer.api.problems import NO_PLACE
from services.issuer.domain.place import Place
from services.issuer.handlers.credential import STRICT, Abroad
from services.issuer.handlers.place import UnknownPlace, place_behind
from services.issuer.ports.place import Passes, PlaceBook
from services.issuer.ports.scan import Scans


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """Places, passes and scans; made by bootstrap. `trust`: whose signature on a place's code counts, the region's own.

    `policy`: what this region makes of a code that is scanned, `combine`: which of several counts, `foreign`: what it
    makes of certificates of other systems. `scans` hears of codes of other regions.
    """

    places: PlaceBook
    passes: Passes
    trust: Callable[[], TrustList]
    region: str
    new_place: Callable[[], str]
    new_number: Callable[[], str]
    kept_days: int
    abroad: Abroad
    scans: Scans
    policy: CheckPolicy = STRICT
    combine: Combine = Combine.STRICTEST
    foreign: ForeignTable | None = None

    async def behind(self, text: str, now: datetime) -> Place:
        """The open place whose code that is; 404 for every other text."""
        try:
            return await place_behind(self.places, self.trust(), self.region, text, now)
        except UnknownPlace:
            raise Problem(NO_PLACE) from None
