"""What officers decided by hand: a color that the person has at least, or rules that do not count for them."""

from collections.abc import Sequence
from typing import Final

from healthcode.events import Release, RuleHit
from healthcode.values import Color
from services.audit.domain.days import moment
from services.audit.domain.facts import Decision, unpack_id
from services.audit.domain.policy.rule import Hit
from services.audit.domain.policy.view import LISTED, View

DECIDED: Final = "decided"
EXEMPTED: Final = "exempted"
EVERY_RULE: Final = "*"


def in_force(view: View) -> list[Decision]:
    """The decisions that count now; notes when that changes."""
    found: list[Decision] = []
    for each in view.dossier.decisions:
        if each.withdrawn or view.now >= each.until:
            continue
        if view.now < each.since:
            view.note(each.since)
            continue
        view.note(each.until)
        found.append(each)
    return found


def decided(decisions: Sequence[Decision], hits: Sequence[Hit]) -> tuple[list[Hit], list[Decision]]:
    """The hits that are left of those of the rules, with those of the decisions; and who took away what."""
    left, exempting = list(hits), []
    for each in decisions:
        if each.color:
            continue
        kept = [hit for hit in left if hit.shown.rule not in each.exempts and EVERY_RULE not in each.exempts]
        if len(kept) < len(left):
            exempting.append(each)
        left = kept
    return [*left, *(colored(each) for each in decisions if each.color)], exempting


def colored(decision: Decision) -> Hit:
    """The hit of a decision that says a color."""
    return Hit(_shown(decision, DECIDED, Color(decision.color)), LISTED)


def exempted(decision: Decision, color: Color) -> RuleHit:
    """How an exemption is shown, under the color that it leaves."""
    return _shown(decision, EXEMPTED, color)


def _shown(decision: Decision, rule: str, color: Color) -> RuleHit:
    until = moment(decision.until)
    return RuleHit(
        rule=rule,
        color=color,
        reason=decision.reason,
        facts=(unpack_id(decision.id),),
        sources=(decision.source,),
        since=moment(decision.since),
        until=until,
        release=(Release(kind="time", at=until),),
    )
