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
    """A rule that holds, and the strongest evidence behind it (an index into `STRENGTH`).

    `received`: only with facts that another region shared does it give its color.
    """

    shown: RuleHit
    strength: int
    received: bool = False


class _Standing(NamedTuple):
    """How some facts stand in a rule: the color they give, how soon it can end, and what is done of what ends it."""

    color: Color
    until: int
    release: tuple[Release, ...]
    received: bool


_NOTHING_ASKED = Progress(0, 0, ())


class CompiledRule:
    """A rule ready to be asked."""

    __slots__ = ("_assess", "_assess_then", "_days", "_from", "_hold", "_latched", "_then", "_when", "rule", "scope")

    def __init__(self, rule: pack.Rule) -> None:
        """Compile the predicates and releases of a rule."""
        self.rule = rule
        hold = rule.hold
        self._latched = hold is not None or rule.release is not None
        self._from = "since" if hold is None else hold.from_
        self._hold = hold is not None
        self._days = 0 if hold is None else hold.days
        self._assess = None if rule.release is None else compiled_release(rule.release)
        self._then = then = rule.then
        self._assess_then = None if then is None or then.release is None else compiled_release(then.release)
        self.scope = Scope(self._latched, self._from)
        self._when = compiled(rule.when, self.scope)

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

    def ended(self, view: View) -> int | None:
        """When the rule was last over, of the facts that speak in it; None where none has a time to count from."""
        return max(
            (self._over(view, each, each.anchor) for each in self._when(view) if each.anchor is not None), default=None
        )

    def _over(self, view: View, found: Occurrence, anchor: int) -> int:
        hold = view.days.later(anchor, self._days)
        progress = _NOTHING_ASKED if self._assess is None else self._assess(view, found, anchor, hold)
        over, then = max(hold, progress.met), self._then
        if then is None:
            return over
        milder = view.days.later(over, then.days)
        progress = _NOTHING_ASKED if self._assess_then is None else self._assess_then(view, found, anchor, milder)
        return min(max(milder, progress.met), found.end)

    def _lasting(self, found: Occurrence) -> _Standing:
        """How facts stand that nothing but themselves ends."""
        release = Release(kind=found.way_out, at=moment_or_none(found.end))
        return _Standing(self.rule.color, found.end, (release,), found.received)

    def _standing(self, view: View, found: Occurrence, anchor: int) -> _Standing | None:
        """How facts stand in a rule with hold or release; None when both are over and no milder stage follows."""
        hold = view.days.later(anchor, self._days)
        view.note(hold)
        progress = _NOTHING_ASKED if self._assess is None else self._assess(view, found, anchor, hold)
        over = max(hold, progress.met)
        if view.now < over:
            until = _end(view, found, hold, progress)
            shown = (*self._timed(view, hold, anchor), *progress.shown)
            return _Standing(self.rule.color, until, shown, found.received)
        return None if self._then is None else self._milder(view, found, anchor, over, self._then)

    def _milder(self, view: View, found: Occurrence, anchor: int, begun: int, then: pack.Then) -> _Standing | None:
        """How facts stand in the stage that follows; None when it is over too. Its acts count from the anchor on."""
        hold = view.days.later(begun, then.days)
        progress = _NOTHING_ASKED if self._assess_then is None else self._assess_then(view, found, anchor, hold)
        view.note(hold)
        if view.now >= min(max(hold, progress.met), found.end):
            return None
        time = Release(kind="time", done=int(hold <= view.now), at=moment(hold))
        return _Standing(then.color, _end(view, found, hold, progress), (time, *progress.shown), found.received)

    def _timed(self, view: View, hold: int, anchor: int) -> tuple[Release, ...]:
        if not self._hold or (not self._days and anchor < NEVER):
            return ()
        time = Release(kind="time", done=int(hold <= view.now), at=moment_or_none(hold))
        if anchor >= NEVER and self._from == "delisted_at":
            return (Release(kind="withdrawal"), time)
        return (time,)

    def _hit(self, found: Sequence[Occurrence], standings: Sequence[_Standing]) -> Hit:
        rule = self.rule
        color = rule.color if any(each.color is rule.color for each in standings) else standings[0].color
        deciding = [each for each in standings if each.color is color]
        last = max(deciding, key=lambda each: each.until)
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
        return Hit(shown, max(each.strength for each in stated), all(each.received for each in deciding))


def _end(view: View, found: Occurrence, hold: int, progress: Progress) -> int:
    """The earliest end of a stage; NEVER when only an act is missing, for it can be done today."""
    until = min(max(hold, progress.earliest), found.end)
    view.note(until)
    return until if view.now < until else NEVER
