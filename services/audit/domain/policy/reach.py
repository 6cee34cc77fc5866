"""Which conditions follow from which, and which can never hold, as far as their words tell."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from services.audit.domain.policy import arguments as a
from services.audit.domain.policy import predicates as p
from services.audit.domain.policy.stated import stem

Place: TypeAlias = tuple[str | int, ...]


def implies(one: p.Predicate, other: p.Predicate) -> bool:  # noqa: PLR0911 - one case for each way to combine
    """Whether whoever meets the one meets the other at that time. Errs on the side of no."""
    if one == other:
        return True
    match one, other:
        case p.Any_(), _:
            return all(implies(each, other) for each in one.any)
        case _, p.All():
            return all(implies(one, each) for each in other.all)
        case p.All(), _:
            return any(implies(each, other) for each in one.all)
        case _, p.Any_():
            return any(implies(one, each) for each in other.any)
        case p.Not(), p.Not():
            return implies(other.not_, one.not_)
    return type(one) is type(other) and type(one) in _NARROWER and _NARROWER[type(one)](_args(one), _args(other))


def never(predicate: p.Predicate, *, latched: bool) -> Iterator[tuple[Place, str]]:
    """Why a condition can never hold, with the place of the part that is to blame."""
    match predicate:
        case p.All():
            for number, each in enumerate(predicate.all):
                yield from _under(("all", number), never(each, latched=latched))
            yield from _contradictions(list(_conjuncts(predicate)), latched=latched)
        case p.Any_():
            for number, each in enumerate(predicate.any):
                yield from _under(("any", number), never(each, latched=latched))
        case p.Tested():
            tested = predicate.tested
            if (tested.count - 1) * tested.apart_hours >= tested.within_days * 24:
                hours = tested.within_days * 24
                yield (
                    ("tested",),
                    (
                        f"{tested.count} tests {tested.apart_hours} hours apart do not fit into {hours} hours: "
                        "write fewer, closer, or more `within_days`"
                    ),
                )
        case _:
            pass


def _contradictions(parts: Sequence[tuple[Place, p.Predicate]], *, latched: bool) -> Iterator[tuple[Place, str]]:
    positive = [each for _, each in parts if not isinstance(each, p.Not)]
    for place, part in parts:
        if _is_undeclared(part) and any(_needs_declaration(each) for each in positive):
            yield place, "this asks for nobody who declared, and what stands beside it for a declaration: leave one out"
        if _is_streak(part) and any(_is_missed(each) for each in positive):
            yield place, "nobody has checked in every day and missed a day: leave one of them out"
        # Facts of a rule with a hold speak on when the condition is over, so `not` may well come true beside them.
        if isinstance(part, p.Not) and not latched and any(implies(each, part.not_) for each in positive):
            yield place, "this excludes what stands beside it, so the rule never holds: leave one of them out"


def _conjuncts(predicate: p.All) -> Iterator[tuple[Place, p.Predicate]]:
    for number, each in enumerate(predicate.all):
        if isinstance(each, p.All):
            yield from (((("all", number, *place), part)) for place, part in _conjuncts(each))
        else:
            yield ("all", number), each


def _under(place: Place, found: Iterator[tuple[Place, str]]) -> Iterator[tuple[Place, str]]:
    return (((*place, *inner), what) for inner, what in found)


def _is_undeclared(predicate: p.Predicate) -> bool:
    return isinstance(predicate, p.Declared) and predicate.declared.missing is not None


def _is_streak(predicate: p.Predicate) -> bool:
    return isinstance(predicate, p.CheckedIn) and predicate.check_in.streak is not None


def _is_missed(predicate: p.Predicate) -> bool:
    return isinstance(predicate, p.CheckedIn) and predicate.check_in.missed_days is not None


def _needs_declaration(predicate: p.Predicate) -> bool:
    """Whether it holds only of who has declared."""
    match predicate:
        case p.Any_():
            return all(_needs_declaration(each) for each in predicate.any)
        case p.Contact() | p.Contradicted():
            return True
        case p.Declared():
            return predicate.declared.older_than_days is not None
        case p.CheckedIn():
            return predicate.check_in.missed_days is not None
        case p.Temperature():
            return predicate.temperature.missing_days is not None
        case _:
            return False


def _args(predicate: p.Predicate) -> Any:
    """What stands under the predicate's name."""
    return getattr(predicate, next(iter(type(predicate).model_fields)))


def _places_within(one: a.StayedArgs | a.PresentArgs, other: a.StayedArgs | a.PresentArgs) -> bool:
    if other.level and not (one.level and set(one.level) <= set(other.level)):
        return False
    stems = tuple(stem(area) for area in other.areas)
    return not stems or (bool(one.areas) and all(area.startswith(stems) for area in one.areas))


def _stay_within(one: a.StayedArgs, other: a.StayedArgs) -> bool:
    if one.abroad is not other.abroad or (other.left and not one.left) or one.within_days > other.within_days:
        return False
    if other.between is not None:
        if one.between is None:
            return False
        if one.between[0] < other.between[0] or one.between[1] > other.between[1]:
            return False
    return _places_within(one, other)


def _tests_within(one: a.TestedArgs, other: a.TestedArgs) -> bool:
    return (
        one.result is other.result
        and set(one.kind) <= set(other.kind)
        and one.count >= other.count
        and one.apart_hours >= other.apart_hours
        and one.within_days <= other.within_days
    )


def _at_least(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and one >= other


_NARROWER: Final[Mapping[type[a.Part], Callable[[Any, Any], bool]]] = {
    p.Listed: lambda one, other: set(one.category) <= set(other.category),
    p.Stayed: _stay_within,
    p.Present: _places_within,
    p.Felt: lambda one, other: set(one.any_of) <= set(other.any_of) and one.within_days <= other.within_days,
    p.Temperature: lambda one, other: (
        (_at_least(one.at_least, other.at_least) and one.within_days <= other.within_days)
        or _at_least(one.missing_days, other.missing_days)
    ),
    p.Contact: lambda one, other: one.within_days <= other.within_days,
    p.Declared: lambda one, other: _at_least(one.older_than_days, other.older_than_days),
    p.CheckedIn: lambda one, other: (
        _at_least(one.missed_days, other.missed_days) or _at_least(one.streak, other.streak)
    ),
    p.Tested: _tests_within,
    p.Contradicted: lambda one, other: one.denied == other.denied and set(one.by) <= set(other.by),
}
