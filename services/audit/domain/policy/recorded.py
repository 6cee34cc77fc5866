"""Predicates about what authorities recorded: lists and tests."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from services.audit.domain.days import DAY, NEVER
from services.audit.domain.facts import FEVER, Declared, Listing, Test
from services.audit.domain.policy.arguments import ContradictedArgs, ListedArgs, TestedArgs
from services.audit.domain.policy.pack import TestsArgs
from services.audit.domain.policy.scope import Scope
from services.audit.domain.policy.view import LISTED, Evaluate, Occurrence, View
from services.audit.domain.prune import RECORDED, listing_spent

HOUR: Final = 3600


def listed(args: ListedArgs, scope: Scope) -> Evaluate:
    """On a control list under one of the categories."""
    categories = frozenset(category.value for category in args.category)

    def evaluate(view: View) -> Sequence[Occurrence]:
        if not view.listings:
            return ()
        found: list[Occurrence] = []
        for entry in view.listings:
            if entry.category not in categories:
                continue
            lapse = NEVER if entry.until is None else entry.until
            end = scope.end(lapse, listing_spent(entry) or NEVER)
            if scope.applies(view, entry.since, end):
                anchor = _listing_anchor(entry, scope.anchor)
                facts, source, received = (entry.id,), entry.source, entry.origin != ""
                found.append(
                    Occurrence(entry.since, end, anchor, entry.at, facts, source, LISTED, "withdrawal", received)
                )
        return found

    return evaluate


def _listing_anchor(entry: Listing, anchor: str) -> int | None:
    if anchor in {"listed_at", "since"}:
        return entry.since
    if anchor == "recorded_at":
        return entry.at
    if anchor == "delisted_at":
        return NEVER if entry.until is None else entry.until
    return None


_DENIALS: Final[Mapping[str, Callable[[Declared], bool]]] = {
    "contact": lambda each: not each.contact,
    "abroad": lambda each: not any(place.abroad for place in each.stays),
    "symptoms": lambda each: not each.symptoms and each.temperature < FEVER,
}


def contradicted(args: ContradictedArgs, scope: Scope) -> Evaluate:
    """Denied in a declaration what a control list said at that time."""
    categories = frozenset(category.value for category in args.by)
    denies = _DENIALS[args.denied]
    anchored = scope.anchor in {"declared_at", "since"}

    def evaluate(view: View) -> Sequence[Occurrence]:
        if not view.listings:
            return ()
        found: list[Occurrence] = []
        entries = [entry for entry in view.listings if entry.category in categories]
        for each in view.declared if entries else ():
            if not denies(each):
                continue
            end = view.spent(each.at)
            for entry in entries:
                # What was entered later, or in the same second, they need not have known.
                told = max(entry.since, entry.at) < each.at and (entry.until is None or each.at < entry.until)
                if told and scope.applies(view, min(each.at, view.now), end):
                    facts, anchor = (each.id, entry.id), each.at if anchored else None
                    known, received = max(each.at, entry.at), entry.origin != ""
                    found.append(Occurrence(each.at, end, anchor, known, facts, entry.source, LISTED, "time", received))
        return found

    return evaluate


def tested(args: TestedArgs, scope: Scope) -> Evaluate:
    """Tested with a result, so often, so far apart, of late."""
    kinds, result = frozenset(kind.value for kind in args.kind), args.result.value
    apart, within = args.apart_hours * HOUR, args.within_days * DAY
    anchored = scope.anchor in {"sampled_at", "since"}

    def evaluate(view: View) -> Sequence[Occurrence]:
        if not view.tests:
            return ()
        found: list[Occurrence] = []
        newest_first = sorted(sampled(view, kinds, result), key=lambda test: (-test.sampled, test.id))
        for index in range(len(newest_first)):
            chosen = _apart(newest_first[index:], args.count, apart)
            if len(chosen) < args.count or chosen[0].sampled - chosen[-1].sampled >= within:
                continue
            start = chosen[0].sampled
            end = scope.end(chosen[-1].sampled + within, start + RECORDED)
            if scope.applies(view, start, end):
                facts, anchor = tuple(each.id for each in reversed(chosen)), start if anchored else None
                known, source, received = chosen[0].at, chosen[0].source, any(each.origin for each in chosen)
                found.append(Occurrence(start, end, anchor, known, facts, source, LISTED, "time", received))
        return found

    return evaluate


def _apart(tests: Sequence[Test], count: int, apart: int) -> list[Test]:
    """The first of some tests in order and the next ones that are far enough apart, at most so many."""
    chosen: list[Test] = []
    for each in tests:
        if not chosen or abs(each.sampled - chosen[-1].sampled) >= apart:
            chosen.append(each)
        if len(chosen) == count:
            break
    return chosen


def sampled(view: View, kinds: frozenset[str], result: str) -> list[Test]:
    """The tests of some kinds with a result that were sampled by now."""
    found: list[Test] = []
    for each in view.tests:
        if each.result == result and each.kind in kinds:
            if each.sampled <= view.now:
                found.append(each)
            else:
                view.note(each.sampled)
    return found


def tests_since(view: View, args: TestsArgs, since: int) -> list[Test]:
    """The first tests since an instant that are far enough apart, at most as many as are asked for."""
    kinds = frozenset(kind.value for kind in args.kind)
    later = [each for each in sampled(view, kinds, args.result.value) if each.sampled >= since]
    return _apart(sorted(later, key=lambda test: (test.sampled, test.id)), args.count, args.apart_hours * HOUR)
