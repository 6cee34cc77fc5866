"""Facts into dossiers: each once, in any order, and no more of them than a policy may use."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, TypeVar

from msgspec.structs import replace

from healthcode.events import (
    CheckInAccepted,
    DecisionRecorded,
    DeclarationAccepted,
    DeclarationConfirmed,
    Event,
    ListingRecorded,
    StayRecorded,
    TestRecorded,
    TripDeclared,
)
from services.audit.domain import facts
from services.audit.domain.days import instant
from services.audit.domain.dossier import Dossier
from services.audit.domain.facts import OTHER, CheckIn, Declared, Fact, Id, Revision
from services.audit.domain.prune import pruned
from services.audit.domain.runs import with_day
from services.audit.domain.stayed import stayed_of

RECENT: Final = 4
_F = TypeVar("_F", bound=Fact)
_R = TypeVar("_R", bound=Revision)


def apply(dossier: Dossier, event: Event) -> tuple[Dossier, bool]:
    """The dossier with the fact in an event, and whether it is news to it.

    Idempotent: a fact that is held, and a revision that is not higher than the held one, changes nothing and is no
    news. An event that states no fact of a person is none either.
    """
    gather = _GATHER.get(type(event))
    if gather is None:
        return dossier, False
    after = gather(dossier, event)
    return (dossier, False) if after is None else (pruned(after), True)


def forgetting(dossier: Dossier, now: datetime) -> Dossier:
    """The dossier of somebody of whom nothing new is known, without what no review from now on can use."""
    return pruned(dossier, instant(now))


def _declared(dossier: Dossier, event: DeclarationAccepted) -> Dossier | None:
    fact = facts.declared_of(event)
    if _held(dossier.declared, fact):
        return None
    after = replace(dossier, declared=_ordered(dossier.declared, fact), latest=max(dossier.latest, fact.at))
    if fact.by == OTHER:
        return after
    first = fact.at if dossier.first is None else min(dossier.first, fact.at)
    return replace(after, first=first, measured=_measured(dossier, fact))


def _trip(dossier: Dossier, event: TripDeclared) -> Dossier | None:
    fact = facts.trip_of(event)
    if _held(dossier.trips, fact):
        return None
    return replace(dossier, trips=_ordered(dossier.trips, fact), latest=max(dossier.latest, fact.at))


def _checked_in(dossier: Dossier, event: CheckInAccepted) -> Dossier | None:
    fact = facts.check_in_of(event)
    mark = (fact.at, fact.id)
    if mark in dossier.recent or _held(dossier.check_ins, fact):
        return None
    latest = max(dossier.latest, fact.at)
    if fact.by == OTHER:
        return replace(dossier, check_ins=_ordered(dossier.check_ins, fact), latest=latest)
    last = fact.day if dossier.checked_in is None else max(dossier.checked_in, fact.day)
    after = replace(dossier, latest=latest, measured=_measured(dossier, fact), checked_in=last)
    if not fact.is_normal:
        return replace(after, check_ins=_ordered(dossier.check_ins, fact))
    recent = tuple(sorted((*dossier.recent, mark))[-RECENT:])
    return replace(after, normal=with_day(dossier.normal, fact.day), recent=recent)


def _answered(dossier: Dossier, event: DeclarationConfirmed) -> Dossier | None:
    fact = facts.answer_of(event)
    held = next((each for each in dossier.answers if each.declaration == fact.declaration), None)
    if held is not None and held.id == fact.id:
        return None
    newest = fact if held is None or fact.order > held.order else held
    others = tuple(each for each in dossier.answers if each is not held)
    return replace(dossier, answers=_ordered(others, newest), latest=max(dossier.latest, fact.at))


def _listed(dossier: Dossier, event: ListingRecorded) -> Dossier | None:
    fact = facts.listing_of(event)
    listings = _revised(dossier.listings, fact)
    if listings is None:
        return None
    return replace(dossier, listings=listings, latest=max(dossier.latest, fact.at))


def _tested(dossier: Dossier, event: TestRecorded) -> Dossier | None:
    fact = facts.test_of(event)
    tests = _revised(dossier.tests, fact)
    if tests is None:
        return None
    return replace(dossier, tests=tests, latest=max(dossier.latest, fact.at))


def _stayed(dossier: Dossier, event: StayRecorded) -> Dossier | None:
    fact = stayed_of(event)
    stays = _revised(dossier.stays, fact)
    if stays is None:
        return None
    return replace(dossier, stays=stays, latest=max(dossier.latest, fact.at))


def _decided(dossier: Dossier, event: DecisionRecorded) -> Dossier | None:
    fact = facts.decision_of(event)
    decisions = _revised(dossier.decisions, fact)
    if decisions is None:
        return None
    return replace(dossier, decisions=decisions, latest=max(dossier.latest, fact.at))


_GATHER: Final[dict[type[Event], Callable[[Dossier, Any], Dossier | None]]] = {
    DeclarationAccepted: _declared,
    TripDeclared: _trip,
    CheckInAccepted: _checked_in,
    DeclarationConfirmed: _answered,
    ListingRecorded: _listed,
    TestRecorded: _tested,
    StayRecorded: _stayed,
    DecisionRecorded: _decided,
}


def _held(held: tuple[_F, ...], fact: _F) -> bool:
    return any(each.id == fact.id for each in held)


def _ordered(held: tuple[_F, ...], fact: _F) -> tuple[_F, ...]:
    if not held or held[-1].at < fact.at:  # the usual case
        return (*held, fact)
    return tuple(sorted((*held, fact), key=_order))


def _order(fact: Fact) -> tuple[int, Id]:
    return fact.order


def _revised(held: tuple[_R, ...], fact: _R) -> tuple[_R, ...] | None:
    known = next((each.revision for each in held if each.entry == fact.entry), 0)
    if known >= fact.revision:
        return None
    return tuple(sorted((*(each for each in held if each.entry != fact.entry), fact), key=_order))


def _measured(dossier: Dossier, fact: Declared | CheckIn) -> int | None:
    if not fact.temperature:
        return dossier.measured
    return fact.at if dossier.measured is None else max(dossier.measured, fact.at)
