"""Two dossiers of one person into one that holds the facts of both, whatever they have in common."""

from collections.abc import Iterable
from typing import TypeVar

from services.audit.domain.dossier import Dossier
from services.audit.domain.facts import Answer, Fact, Id, Revision
from services.audit.domain.gather import RECENT
from services.audit.domain.prune import pruned
from services.audit.domain.runs import Runs, spans, with_day

_F = TypeVar("_F", bound=Fact)
_R = TypeVar("_R", bound=Revision)


def merged(one: Dossier, other: Dossier) -> Dossier:
    """The facts of both under the subject of `one`: as if all had arrived at one place, in whatever order."""
    return pruned(
        Dossier(
            subject=one.subject,
            latest=max(one.latest, other.latest),
            first=_least(one.first, other.first),
            measured=_most(one.measured, other.measured),
            checked_in=_most(one.checked_in, other.checked_in),
            declared=_united(one.declared, other.declared),
            answers=_answers(one.answers, other.answers),
            trips=_united(one.trips, other.trips),
            normal=_days(one.normal, other.normal),
            recent=tuple(sorted({*one.recent, *other.recent})[-RECENT:]),
            check_ins=_united(one.check_ins, other.check_ins),
            listings=_highest(one.listings, other.listings),
            tests=_highest(one.tests, other.tests),
            decisions=_highest(one.decisions, other.decisions),
            stays=_highest(one.stays, other.stays),
        )
    )


def _least(one: int | None, other: int | None) -> int | None:
    return min((each for each in (one, other) if each is not None), default=None)


def _most(one: int | None, other: int | None) -> int | None:
    return max((each for each in (one, other) if each is not None), default=None)


def _order(fact: Fact) -> tuple[int, Id]:
    return fact.order


def _united(one: Iterable[_F], other: Iterable[_F]) -> tuple[_F, ...]:
    return tuple(sorted({each.id: each for each in (*one, *other)}.values(), key=_order))


def _answers(one: Iterable[Answer], other: Iterable[Answer]) -> tuple[Answer, ...]:
    """Of each declaration the newest."""
    newest: dict[Id, Answer] = {}
    for each in sorted((*one, *other), key=_order):
        newest[each.declaration] = each
    return tuple(sorted(newest.values(), key=_order))


def _highest(one: Iterable[_R], other: Iterable[_R]) -> tuple[_R, ...]:
    """Of each entry the highest revision."""
    highest: dict[str, _R] = {}
    for each in sorted((*one, *other), key=lambda it: it.revision):
        highest[each.entry] = each
    return tuple(sorted(highest.values(), key=_order))


def _days(one: Runs, other: Runs) -> Runs:
    if not other or one == other:
        return one
    if not one:
        return other
    days = one
    for first, last in spans(other):
        for day in range(first, last + 1):
            days = with_day(days, day)
    return days
