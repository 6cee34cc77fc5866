"""Every rule that was considered, whether it holds or not, and why."""

from datetime import datetime, tzinfo
from typing import Final, Literal, TypeAlias

import msgspec

from healthcode.events import RuleHit
from services.audit.domain.areas import Areas
from services.audit.domain.days import NEVER, days_of, instant, moment
from services.audit.domain.decision import EVERY_RULE, in_force
from services.audit.domain.dossier import Dossier
from services.audit.domain.facts import unpack_id
from services.audit.domain.policy import pack
from services.audit.domain.policy import predicates as p
from services.audit.domain.policy.combine import compiled
from services.audit.domain.policy.policy import Policy
from services.audit.domain.policy.rule import CompiledRule
from services.audit.domain.policy.scope import Scope
from services.audit.domain.policy.view import View

Verdict: TypeAlias = Literal["holds", "exempted", "over", "no"]
_NOW: Final = Scope(latched=False, anchor="")


class Part(msgspec.Struct, frozen=True):
    """One condition of a rule: whether it is true, by which facts, and the conditions that it is made of."""

    condition: p.Predicate
    holds: bool
    facts: tuple[str, ...]
    parts: tuple["Part", ...] = ()


class Considered(msgspec.Struct, frozen=True):
    """A rule and what became of it.

    It `holds`; or it does, and officers have `exempted` the person from it; or its condition is true of facts whose
    hold and release are `over`, since `ended`; or there is `no` such fact. `hit` is how it holds.
    """

    rule: pack.Rule
    verdict: Verdict
    part: Part
    hit: RuleHit | None = None
    ended: datetime | None = None


def considered(dossier: Dossier, areas: Areas, policy: Policy, now: datetime, tz: tzinfo) -> list[Considered]:
    """Every rule of a policy, in its order. Pure, and of one mind with `review`."""
    view = View(dossier, areas, days_of(tz), instant(now))
    exempts = {rule for each in in_force(view) if not each.color for rule in each.exempts}
    return [_considered(rule, view, exempts) for rule in policy.rules]


def _considered(rule: CompiledRule, view: View, exempts: set[str]) -> Considered:
    part, hit = _part(rule.rule.when, rule.scope, view), rule.hit(view)
    if hit is not None:
        exempted = rule.rule.id in exempts or EVERY_RULE in exempts
        return Considered(rule.rule, "exempted" if exempted else "holds", part, hit.shown)
    if not part.holds:
        return Considered(rule.rule, "no", part)
    ended = rule.ended(view)
    return Considered(rule.rule, "over", part, None, None if ended is None or ended >= NEVER else moment(ended))


def _part(condition: p.Predicate, scope: Scope, view: View) -> Part:
    found = compiled(condition, scope)(view)
    facts = tuple(dict.fromkeys(unpack_id(fact) for each in found for fact in each.facts))
    match condition:
        case p.All():
            parts = tuple(_part(each, scope, view) for each in condition.all)
        case p.Any_():
            parts = tuple(_part(each, scope, view) for each in condition.any)
        case p.Not():
            parts = (_part(condition.not_, _NOW, view),)
        case _:
            parts = ()
    return Part(condition, bool(found), facts, parts)
