"""Predicates into closures, once, when a pack is loaded."""

from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from services.audit.domain.policy import predicates as p
from services.audit.domain.policy import recorded, stated
from services.audit.domain.policy.scope import Scope
from services.audit.domain.policy.view import Evaluate, Occurrence, View

_NOW: Final = Scope(latched=False, anchor="")


def compiled(predicate: p.Predicate, scope: Scope) -> Evaluate:  # noqa: C901, PLR0911 - one case for each predicate
    """The closure of a predicate."""
    match predicate:
        case p.Listed():
            return recorded.listed(predicate.listed, scope)
        case p.Stayed():
            return stated.stayed(predicate.stayed, scope)
        case p.Felt():
            return stated.symptom(predicate.symptom, scope)
        case p.Temperature():
            return stated.temperature(predicate.temperature, scope)
        case p.Contact():
            return stated.contact(predicate.contact, scope)
        case p.Declared():
            return stated.declared(predicate.declared, scope)
        case p.CheckedIn():
            return stated.check_in(predicate.check_in, scope)
        case p.Tested():
            return recorded.tested(predicate.tested, scope)
        case p.Contradicted():
            return recorded.contradicted(predicate.contradicted, scope)
        case p.All():
            return _all([compiled(each, scope) for each in predicate.all])
        case p.Any_():
            return _any([compiled(each, scope) for each in predicate.any])
        case p.Not():
            return _not(compiled(predicate.not_, _NOW))


def _all(parts: Sequence[Evaluate]) -> Evaluate:
    def evaluate(view: View) -> Sequence[Occurrence]:
        found: list[Sequence[Occurrence]] = []
        for part in parts:
            one = part(view)
            if not one:
                return ()
            found.append(one)
        # It ends when the first of its parts does.
        end = min(max(each.end for each in one) for one in found)
        return [each if each.end <= end else replace(each, end=end) for one in found for each in one]

    return evaluate


def _any(parts: Sequence[Evaluate]) -> Evaluate:
    def evaluate(view: View) -> Sequence[Occurrence]:
        return [each for part in parts for each in part(view)]

    return evaluate


def _not(part: Evaluate) -> Evaluate:
    def evaluate(view: View) -> Sequence[Occurrence]:
        return () if part(view) else stated.CONDITION

    return evaluate
