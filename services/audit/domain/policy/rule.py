"""One rule, compiled: what it finds in a dossier at a time."""

from collections.abc import Sequence
from typing import NamedTuple

from healthcode.events import Release, RuleHit
from healthcode.values import Color
from services.audit.domain.days import NEVER, moment, moment_or_none
from services.audit.domain.facts import unpack_id
from services.audit.domain.policy import pack
from services.audit.domain.policy.combine import compiled
from services.audit.domain.policy.release import Progress, compiled_release
from services.audit.domain.policy.scope import Scope
from services.audit.domain.policy.view import Occurrence, View


class Hit(NamedTuple):
    """A rule that holds, and the strongest evidence behind it (an index into `STRENGTH`)."""

    shown: RuleHit
    strength: int


class _Standing(NamedTuple):
    """How some facts stand in a rule: the color they give, how soon it can end, and what is done of what ends it."""

    color: Color
    until: int
    release: tuple[Release, ...]


_NOTHING_ASKED = Progress(0, 0, ())


class CompiledRule:
    """A rule ready to be asked."""

    __slots__ = ("_assess", "_days", "_from", "_latched", "_then", "_when", "rule")

    def __init__(self, rule: pack.Rule) -> None:
        """Compile the predicates and releases of a rule."""
        self.rule = rule
        hold = rule.hold
        self._latched = hold is not None or rule.release is not None
        self._from = "since" if hold is None else hold.from_
        self._days = 0 if hold is None else hold.days
        self._assess = None if rule.release is None else compiled_release(rule.release)
        self._then = rule.then
        self._when = compiled(rule.when, Scope(self._latched, self._from))

    def hit(self, view: View) -> Hit | None:
        """The rule's hit, if it holds at the view's time."""
        found = self._when(view)
        if not found:
            return None
        if not self._latched:
            return self._hit(found, [self._lasting(each) for each in found if each.facts])
        standings: list[_Standing] = []
        speaking: list[Occurrence] = []
        for each in found:
            if each.anchor is None:
                speaking.append(each)
            elif standing := self._standing(view, each, each.anchor):
                standings.append(standing)
                speaking.append(each)
        if not standings:
            return None
        for each in speaking:
            view.note(each.end)
        return self._hit(speaking, standings)

    def _lasting(self, found: Occurrence) -> _Standing:
        """How facts stand that nothing but themselves ends."""
        release = Release(kind=found.way_out, at=moment_or_none(found.end))
        return _Standing(self.rule.color, found.end, (release,))

    def _standing(self, view: View, found: Occurrence, anchor: int) -> _Standing | None:
        """How facts stand in a rule with hold or release; None when both are over and no milder stage follows."""
        hold = view.days.later(anchor, self._days)
        view.note(hold)
        progress = _NOTHING_ASKED if self._assess is None else self._assess(view, found, anchor, hold)
        over = max(hold, progress.met)
        if view.now < over:
            until = min(max(hold, progress.earliest), found.end)
            view.note(until)
            if until <= view.now:  # only an act is missing, and it can be done today
                until = NEVER
            return _Standing(self.rule.color, until, (*self._timed(view, hold, anchor), *progress.shown))
        if self._then is None:
            return None
        end = min(view.days.later(over, self._then.days), found.end)
        if view.now >= end:
            return None
        view.note(end)
        return _Standing(self._then.color, end, (Release(kind="time", at=moment(end)),))

    def _timed(self, view: View, hold: int, anchor: int) -> tuple[Release, ...]:
        if not self._days:
            return ()
        time = Release(kind="time", done=int(hold <= view.now), at=moment_or_none(hold))
        if anchor >= NEVER and self._from == "delisted_at":
            return (Release(kind="withdrawal"), time)
        return (time,)

    def _hit(self, found: Sequence[Occurrence], standings: Sequence[_Standing]) -> Hit:
        rule = self.rule
        color = rule.color if any(each.color is rule.color for each in standings) else standings[0].color
        last = max((each for each in standings if each.color is color), key=lambda each: each.until)
        stated = [each for each in found if each.facts]
        facts = dict.fromkeys(fact for each in stated for fact in each.facts)
        shown = RuleHit(
            rule=rule.id,
            color=color,
            reason=rule.reason,
            facts=tuple(unpack_id(fact) for fact in facts),
            sources=tuple(dict.fromkeys(each.source for each in stated)),
            since=moment(min(each.start for each in stated)),
            until=moment_or_none(last.until),
            release=last.release,
        )
        return Hit(shown, max(each.strength for each in stated))
