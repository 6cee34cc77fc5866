"""Release conditions: how far along, when met, and how soon they can be."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from healthcode.events import Release
from services.audit.domain.days import NEVER
from services.audit.domain.policy import pack
from services.audit.domain.policy.recorded import tests_since
from services.audit.domain.policy.view import Occurrence, View
from services.audit.domain.runs import spans


class Progress(NamedTuple):
    """`met`: when it was met, or NEVER; `earliest`: when it can be, if the person does what is asked."""

    met: int
    earliest: int
    shown: tuple[Release, ...]


Assess = Callable[[View, Occurrence, int, int], Progress]
"""Of some facts: since when acts count, and when their hold ends."""


def compiled_release(release: pack.Release) -> Assess:
    """The closure of a release."""
    parts: list[Assess] = []
    if release.check_ins is not None:
        parts.append(_check_ins(release.check_ins))
    if release.tests is not None:
        parts.append(_tests(release.tests))
    if release.any:
        parts.append(_one_of([compiled_release(each) for each in release.any]))
    return parts[0] if len(parts) == 1 else _all_of(parts)


def _all_of(parts: Sequence[Assess]) -> Assess:
    def assess(view: View, found: Occurrence, since: int, hold: int) -> Progress:
        each = [part(view, found, since, hold) for part in parts]
        return Progress(max(p.met for p in each), max(p.earliest for p in each), sum((p.shown for p in each), ()))

    return assess


def _one_of(parts: Sequence[Assess]) -> Assess:
    def assess(view: View, found: Occurrence, since: int, hold: int) -> Progress:
        each = [part(view, found, since, hold) for part in parts]
        return Progress(min(p.met for p in each), min(p.earliest for p in each), sum((p.shown for p in each), ()))

    return assess


def _check_ins(args: pack.CheckInsArgs) -> Assess:
    def assess(view: View, found: Occurrence, since: int, hold: int) -> Progress:
        days, needed = view.days, args.streak
        if since >= NEVER:
            return Progress(NEVER, NEVER, (Release(kind="check_ins", needed=needed),))
        if args.up_to and hold < NEVER:
            needed = min(needed, days.of(hold) - days.of(found.known))
            if needed <= 0:
                return Progress(since, since, ())
        begin, current = days.of(since), 0
        for first, last in spans(view.normal()):
            length = last - max(first, begin) + 1
            if length >= needed:
                met = days.start(last - length + needed)
                return Progress(met, met, (Release(kind="check_ins", needed=needed, done=needed),))
            current = length if last >= view.today - 1 and length > 0 else 0
        return _streak(view, begin, current, needed)

    return assess


def _streak(view: View, begin: int, current: int, needed: int) -> Progress:
    """A streak that is not complete: it breaks at the end of a day without a normal check-in."""
    days, today = view.days, view.today
    checked_in = current > 0 and view.normal()[-1] == today
    last = today + needed - current - (not checked_in)
    earliest = max(last, begin + needed - 1)
    view.note(days.start(max(today, begin) + (2 if checked_in else 1)))
    return Progress(NEVER, days.start(earliest), (Release(kind="check_ins", needed=needed, done=current),))


def _tests(args: pack.TestsArgs) -> Assess:
    def assess(view: View, _: Occurrence, since: int, __: int) -> Progress:
        shown: tuple[Release, ...] = (Release(kind="tests", needed=args.count),)
        if since >= NEVER:
            return Progress(NEVER, NEVER, shown)
        if args.from_day is not None:
            since = max(since, view.days.start(view.days.of(since) + args.from_day - 1))
        chosen = tests_since(view, args, since)
        shown = (Release(kind="tests", needed=args.count, done=len(chosen)),)
        if len(chosen) == args.count:
            return Progress(chosen[-1].sampled, chosen[-1].sampled, shown)
        return Progress(NEVER, since, shown)

    return assess
