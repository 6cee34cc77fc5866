"""Predicates into closures, once, when a pack is loaded."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from services.audit.domain.policy import arguments as a
from services.audit.domain.policy import predicates as p
from services.audit.domain.policy import recorded, stated
from services.audit.domain.policy.scope import Scope
from services.audit.domain.policy.view import Evaluate, Occurrence, View

_NOW: Final = Scope(latched=False, anchor="")


_LEAVES: Final[Mapping[type[a.Part], Callable[[Any, Scope], Evaluate]]] = {
    p.Listed: lambda each, scope: recorded.listed(each.listed, scope),
    p.Stayed: lambda each, scope: stated.stayed(each.stayed, scope),
    p.Present: lambda each, scope: stated.present(each.present, scope),
    p.Felt: lambda each, scope: stated.symptom(each.symptom, scope),
    p.Temperature: lambda each, scope: stated.temperature(each.temperature, scope),
    p.Contact: lambda each, scope: stated.contact(each.contact, scope),
    p.Declared: lambda each, scope: stated.declared(each.declared, scope),
    p.CheckedIn: lambda each, scope: stated.check_in(each.check_in, scope),
    p.Tested: lambda each, scope: recorded.tested(each.tested, scope),
    p.Contradicted: lambda each, scope: recorded.contradicted(each.contradicted, scope),
}


def compiled(predicate: p.Predicate, scope: Scope) -> Evaluate:
    """The closure of a predicate."""
    match predicate:
        case p.All():
            return _all([compiled(each, scope) for each in predicate.all])
        case p.Any_():
            return _any([compiled(each, scope) for each in predicate.any])
        case p.Not():
            return _not(compiled(predicate.not_, _NOW))
        case _:
            return _LEAVES[type(predicate)](predicate, scope)


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
        received = any(all(each.received for each in one) for one in found)
        return [
            each
            if each.end <= end and each.received is received
            else replace(each, end=min(each.end, end), received=each.received or received)
            for one in found
            for each in one
        ]

    return evaluate


def _any(parts: Sequence[Evaluate]) -> Evaluate:
    def evaluate(view: View) -> Sequence[Occurrence]:
        return [each for part in parts for each in part(view)]

    return evaluate


def _not(part: Evaluate) -> Evaluate:
    def evaluate(view: View) -> Sequence[Occurrence]:
        return () if part(view) else stated.CONDITION

    return evaluate
