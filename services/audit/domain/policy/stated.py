"""Predicates about what people stated: declarations, trips and check-ins."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from services.audit.domain.days import NEVER, day_number
from services.audit.domain.facts import CheckIn, Declared, Place, Trip, tenths
from services.audit.domain.policy.arguments import (
    CheckInArgs,
    ContactArgs,
    DeclaredArgs,
    PresentArgs,
    StayedArgs,
    SymptomArgs,
    TemperatureArgs,
)
from services.audit.domain.policy.scope import Scope
from services.audit.domain.policy.view import (
    CONTACT,
    SELF_REPORTED,
    SYMPTOMATIC,
    TRAVELLED,
    Evaluate,
    Occurrence,
    View,
)
from services.audit.domain.stayed import Stayed

Span: TypeAlias = tuple[int, int]
"""From an instant to before another."""

# True because nothing speaks against it: no facts, no time of its own.
CONDITION = (Occurrence(0, NEVER, None, 0, (), "", 0, "declaration"),)


def stayed(args: StayedArgs, scope: Scope) -> Evaluate:
    """Was in such areas, or abroad, and had not left too long ago when that became known."""
    exposures = _exposures(args)
    anchored = scope.anchor in {"left_at", "since"}
    leaving = scope.anchor == "left_at"

    def evaluate(view: View) -> Sequence[Occurrence]:
        if not view.stays:
            return ()
        found: list[Occurrence] = []
        for fact, place in view.stays:
            for begun, left in exposures(view, place):
                start = begun
                if args.left:
                    if place.until is None or left < view.days.start(place.until + 1):
                        continue
                    start = left
                known = max(fact.at, start)
                lapse = view.days.later(left, args.within_days)
                end = scope.end(lapse, view.spent(fact.at))
                if known < lapse and scope.applies(view, start, end):
                    anchor = (left if leaving else start) if anchored else None
                    received = isinstance(fact, Stayed)
                    found.append(
                        Occurrence(start, end, anchor, known, (fact.id,), fact.by, TRAVELLED, "time", received)
                    )
        return found

    return evaluate


def _exposures(args: StayedArgs) -> Callable[[View, Place], Iterable[Span]]:
    """The times of a stay that a predicate asks for."""
    at_risk = _at_risk(args)
    window = None if args.between is None else (day_number(args.between[0]), day_number(args.between[1]))

    def times(view: View, place: Place) -> Span:
        """Of the stay, cut to the days that are asked for; empty where it has none of them."""
        since, until = place.since, place.until
        if window is not None:
            since, until = max(since, window[0]), window[1] if until is None else min(until, window[1])
        return view.days.start(since), NEVER if until is None else view.days.start(until + 1)

    def abroad(view: View, place: Place) -> Iterable[Span]:
        return (times(view, place),) if place.abroad else ()

    def here(view: View, place: Place) -> Iterable[Span]:
        start, end = times(view, place)
        return at_risk(view, place.area, start, end) if start < end and not place.abroad else ()

    if args.abroad and window is None:
        return abroad
    return (lambda view, place: [each for each in abroad(view, place) if each[0] < each[1]]) if args.abroad else here


def _at_risk(args: StayedArgs | PresentArgs) -> Callable[[View, str, int, int], Iterable[Span]]:
    """When in some time a place was one of those that are asked for."""
    levels = frozenset(level.value for level in args.level)
    stems = tuple(stem(area) for area in args.areas)

    def named(_: View, area: str, start: int, end: int) -> Iterable[Span]:
        return ((start, end),) if area.startswith(stems) else ()

    def leveled(view: View, area: str, start: int, end: int) -> Iterable[Span]:
        if stems and not area.startswith(stems):
            return ()
        during = view.areas.levels_during(area, start, end)
        return [(since, until) for level, since, until in during if level in levels]

    return leveled if levels else named


def present(args: PresentArgs, scope: Scope) -> Evaluate:
    """Is now in such an area. Unlike a stay it is over when it is over: it lasts for no hold."""
    at_risk = _at_risk(args)

    def evaluate(view: View) -> Sequence[Occurrence]:
        where: list[tuple[Declared | Trip | Stayed, str, int, int]] = []
        if view.declared:
            latest = view.declared[-1]
            where.append((latest, latest.residence, latest.at, NEVER))
        for fact, place in view.stays:
            if not place.abroad and (place.until is None or place.until >= view.today):
                end = NEVER if place.until is None else view.days.start(place.until + 1)
                where.append((fact, place.area, view.days.start(place.since), min(end, view.spent(fact.at))))
        found: list[Occurrence] = []
        for fact, area, since, until in where:
            for start, end in at_risk(view, area, since, until) if since < until else ():
                # As in _stated: a statement speaks from when it is known.
                if scope.applies(view, min(start, view.now) if start == fact.at else start, end):
                    received = isinstance(fact, Stayed)
                    found.append(Occurrence(start, end, None, start, (fact.id,), fact.by, TRAVELLED, "time", received))
        return found

    return evaluate


def stem(area: str) -> str:
    """What the codes of all that lies in an area begin with: 33 for 330000, 3301 for 330100."""
    while 2 < len(area) <= 6 and area.endswith("00"):
        area = area[:-2]
    return area


def symptom(args: SymptomArgs, scope: Scope) -> Evaluate:
    """Stated one of the symptoms."""
    wanted = frozenset(each.value for each in args.any_of)
    return _stated(scope, args.within_days, SYMPTOMATIC, lambda each: not wanted.isdisjoint(each.symptoms))


def temperature(args: TemperatureArgs, scope: Scope) -> Evaluate:
    """Had such a temperature, or had none taken."""
    if args.missing_days is not None:
        return _missing_temperature(args.missing_days, scope)
    least = tenths(args.at_least)
    return _stated(scope, args.within_days, SYMPTOMATIC, lambda each: each.temperature >= least)


def contact(args: ContactArgs, scope: Scope) -> Evaluate:
    """Declared contact."""
    return _stated(scope, args.within_days, CONTACT, lambda each: isinstance(each, Declared) and each.contact)


def _stated(scope: Scope, within: int, strength: int, says: Callable[[Declared | CheckIn], bool]) -> Evaluate:
    """Every statement that says so, each for so many days."""
    anchored = scope.anchor in {"declared_at", "since"}

    def evaluate(view: View) -> Sequence[Occurrence]:
        found: list[Occurrence] = []
        for statements in (view.declared, view.check_ins):
            for each in statements:
                if says(each):
                    at = each.at
                    end = scope.end(view.days.later(at, within), view.spent(at))
                    # Whoever stated it may have a clock ahead of ours: it speaks from when it is known.
                    if scope.applies(view, min(at, view.now), end):
                        anchor = at if anchored else None
                        found.append(Occurrence(at, end, anchor, at, (each.id,), each.by, strength, "time"))
        return found

    return evaluate


def declared(args: DeclaredArgs, scope: Scope) -> Evaluate:
    """Never declared, or too long ago."""
    older = args.older_than_days

    def missing(view: View) -> Sequence[Occurrence]:
        return () if view.declared else CONDITION

    def outdated(view: View) -> Sequence[Occurrence]:
        if not view.declared:
            return ()
        latest = view.declared[-1]
        return _since(view, latest, view.days.later(latest.at, older or 0), scope, "declaration")

    return missing if older is None else outdated


def check_in(args: CheckInArgs, scope: Scope) -> Evaluate:
    """Has declared, but not checked in for so many whole days; or checks in as well every day."""
    return _checks_in(args.streak) if args.missed_days is None else _misses(args.missed_days, scope)


def _checks_in(streak: int | None) -> Evaluate:
    needed = streak or 1

    def evaluate(view: View) -> Sequence[Occurrence]:
        runs = view.normal()
        if not runs or runs[-1] < view.today - 1:
            return ()
        view.note(view.days.start(runs[-1] + 2))  # the day that would be missed is over then
        return CONDITION if runs[-1] - runs[-2] + 1 >= needed else ()

    return evaluate


def _misses(missed: int, scope: Scope) -> Evaluate:
    def evaluate(view: View) -> Sequence[Occurrence]:
        if not view.declared:
            return ()
        first = view.dossier.first or view.declared[-1].at
        last = max(view.days.of(first), view.dossier.checked_in or 0, *(each.day for each in view.check_ins))
        return _since(view, view.declared[-1], view.days.start(last + missed + 1), scope, "check_ins")

    return evaluate


def _missing_temperature(days: int, scope: Scope) -> Evaluate:
    """Has declared, but had no temperature taken for so many whole days."""

    def evaluate(view: View) -> Sequence[Occurrence]:
        if not view.declared:
            return ()
        dossier = view.dossier
        last = max(dossier.first or 0, dossier.measured or 0) or view.declared[-1].at
        day = view.days.of(last) + days + 1
        return _since(view, view.declared[-1], view.days.start(day), scope, "temperature")

    return evaluate


def _since(view: View, latest: Declared, start: int, scope: Scope, way_out: str) -> Sequence[Occurrence]:
    """A lack that lasts from an instant on, until the person acts."""
    if view.now < start:
        view.note(start)
        return ()
    anchor = start if scope.anchor == "since" else None
    return (Occurrence(start, NEVER, anchor, start, (latest.id,), latest.by, SELF_REPORTED, way_out),)
