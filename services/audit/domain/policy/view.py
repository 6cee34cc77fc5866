"""A dossier as the rules look at it, at one time; and what they find."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from healthcode.values import EvidenceClass
from services.audit.domain.areas import Areas
from services.audit.domain.days import NEVER, Days
from services.audit.domain.dossier import Dossier
from services.audit.domain.facts import OTHER, CheckIn, Declared, Id, Listing, Place, Test, Trip
from services.audit.domain.prune import STATED
from services.audit.domain.runs import Runs, spans, with_day, without_days
from services.audit.domain.stayed import Stayed

STRENGTH: Final = tuple(reversed(EvidenceClass))
"""Kinds of evidence, the weakest first; the index is what an occurrence carries."""

LISTED: Final = STRENGTH.index(EvidenceClass.LISTED)
CONTACT: Final = STRENGTH.index(EvidenceClass.CONTACT)
TRAVELLED: Final = STRENGTH.index(EvidenceClass.TRAVELLED)
SYMPTOMATIC: Final = STRENGTH.index(EvidenceClass.SYMPTOMATIC)
SELF_REPORTED: Final = STRENGTH.index(EvidenceClass.SELF_REPORTED)


class Occurrence(msgspec.Struct, frozen=True, gc=False):
    """Facts that make a predicate true, from `start` to before `end`.

    `anchor` is where the rule's hold counts from: NEVER while that is still to come, None where these facts do not give
    it. `known` is when the facts became known, `way_out` the kind of release that ends it where no rule says another,
    `received` whether it takes a fact that another region shared.
    """

    start: int
    end: int
    anchor: int | None
    known: int
    facts: tuple[Id, ...]
    source: str
    strength: int
    way_out: str
    received: bool = False


Evaluate = Callable[["View"], Sequence[Occurrence]]


class View:
    """What counts of a dossier at an instant. `next` gathers the earliest later instant that may change an answer."""

    __slots__ = (
        "_normal",
        "areas",
        "check_ins",
        "days",
        "declared",
        "dossier",
        "listings",
        "next",
        "now",
        "stays",
        "tests",
        "today",
    )

    def __init__(self, dossier: Dossier, areas: Areas, days: Days, now: int) -> None:
        """`days`: of the region's time zone."""
        self.dossier = dossier
        self.areas = areas
        self.days = days
        self.now = now
        self.today = days.of(now)
        self.next = NEVER
        self._normal: Runs | None = None
        declared, check_ins, trips = dossier.declared, dossier.check_ins, dossier.trips
        self.declared: Sequence[Declared] = [each for each in declared if each.by != OTHER or dossier.counts(each)]
        self.check_ins: Sequence[CheckIn] = check_ins and [each for each in check_ins if dossier.counts(each)]
        self.listings: Sequence[Listing] = dossier.listings and [
            each for each in dossier.listings if not each.withdrawn
        ]
        self.tests: Sequence[Test] = dossier.tests and [each for each in dossier.tests if not each.withdrawn]
        self.stays: list[tuple[Declared | Trip | Stayed, Place]] = [
            (each, place) for each in self.declared for place in each.stays
        ]
        if trips:
            self.stays += [(each, each.place) for each in trips if dossier.counts(each)]
        if dossier.stays:
            self.stays += [(each, each.place) for each in dossier.stays if not each.withdrawn]

    def note(self, at: int) -> None:
        """Something may differ from an instant on."""
        if self.now < at < self.next:
            self.next = at

    def spent(self, stated: int) -> int:
        """When a statement stops being evidence."""
        return stated + STATED

    def normal(self) -> Runs:
        """The days up to today with a normal check-in and no other."""
        if self._normal is None:
            runs = self.dossier.normal
            for each in self.check_ins:
                if each.is_normal:
                    runs = with_day(runs, each.day)
            bad = [each.day for each in self.check_ins if not each.is_normal]
            self._normal = self._past(without_days(runs, bad) if bad else runs)
        return self._normal

    def _past(self, runs: Runs) -> Runs:
        if not runs or runs[-1] <= self.today:
            return runs
        self.note(self.days.start(self.today + 1))
        past: list[int] = []
        for first, last in spans(runs):
            if first <= self.today:
                past += (first, min(last, self.today))
        return tuple(past)
