"""The heart: what the audit concludes of a person, from the facts alone."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

from healthcode.events import Release, RuleHit
from healthcode.values import Color, EvidenceClass, strictness
from services.audit.domain.areas import Areas
from services.audit.domain.days import NEVER, days_of, instant, moment, moment_or_none
from services.audit.domain.decision import decided, exempted, in_force
from services.audit.domain.dossier import Dossier
from services.audit.domain.facts import Decision, unpack_id
from services.audit.domain.finding import Finding, sealed
from services.audit.domain.policy.policy import Policy
from services.audit.domain.policy.rule import Hit
from services.audit.domain.policy.view import SELF_REPORTED, STRENGTH, View

_NONE: Final = STRENGTH.index(EvidenceClass.NONE)
_STRICT: Final = {color: -strictness(color) for color in (Color.PENDING, Color.GREEN, Color.YELLOW, Color.RED)}
_CONFIRMATION: Final = (Release(kind="confirmation"),)
_DECLARATION: Final = (Release(kind="declaration"),)


def review(dossier: Dossier, areas: Areas, policy: Policy, now: datetime, tz: tzinfo) -> Finding:
    """What is concluded of a person at a time, by the strictest rule that holds.

    Pure. The finding stays as it is from `now` until before `next_review`, unless a fact, an area or the policy
    changes.
    Without a rule, a declaration that counts makes green; without one the state is pending: no color without evidence.
    What officers decided counts beside the rules: as a color, or by taking rules away; an exemption makes nobody green.
    `tz` is the region's time zone, of whose days all days are.
    """
    view = View(dossier, areas, days_of(tz), instant(now))
    hits = [hit for rule in policy.rules if (hit := rule.hit(view)) is not None]
    exempting: Sequence[Decision] = ()
    if dossier.decisions:
        hits, exempting = decided(in_force(view), hits)
    if not hits:
        hits = [_without_rule(view, policy)]
    elif len(hits) > 1:
        hits.sort(key=_strictest_first)
    return _finding(hits, exempting, view, policy)


def _strictest_first(hit: Hit) -> int:
    return _STRICT[hit.shown.color]


def _without_rule(view: View, policy: Policy) -> Hit:
    """Green because of a declaration, or pending for want of one."""
    if not view.declared:
        return Hit(_pending(view), _NONE)
    latest, until = view.declared[-1], NEVER
    facts, sources = (unpack_id(latest.id),), (latest.by,)
    if policy.declaration_valid_days is not None:
        until = view.days.later(latest.at, policy.declaration_valid_days)
        view.note(until)
        if until <= view.now:
            since = moment(until)
            return Hit(_builtin(Color.PENDING, "expired", facts, sources, since, _DECLARATION), _NONE)
    hit = _builtin(Color.GREEN, "declared", facts, sources, moment(latest.at), (), moment_or_none(until))
    return Hit(hit, SELF_REPORTED)


def _pending(view: View) -> RuleHit:
    """Nothing counts: either nobody declared, or the person has to confirm what somebody else declared."""
    answered = {answer.declaration for answer in view.dossier.answers}
    waiting = [each for each in view.dossier.declared if each.id not in answered and view.now < view.spent(each.at)]
    if not waiting:
        return _builtin(Color.PENDING, "undeclared", (), (), moment(view.dossier.latest), _DECLARATION)
    view.note(min(view.spent(each.at) for each in waiting))
    facts, sources = tuple(unpack_id(each.id) for each in waiting), (waiting[0].by,)
    return _builtin(Color.PENDING, "unconfirmed", facts, sources, moment(waiting[0].at), _CONFIRMATION)


def _builtin(
    color: Color,
    reason: str,
    facts: tuple[str, ...],
    sources: tuple[str, ...],
    since: datetime,
    release: tuple[Release, ...],
    until: datetime | None = None,
) -> RuleHit:
    """A hit of what holds under every policy; the rule is named as its reason."""
    return RuleHit(
        rule=reason, color=color, reason=reason, facts=facts, sources=sources, since=since, until=until, release=release
    )


def _finding(hits: list[Hit], exempting: Sequence[Decision], view: View, policy: Policy) -> Finding:
    color = hits[0].shown.color
    deciding = [hit for hit in hits if hit.shown.color is color]
    shown = tuple(hit.shown for hit in hits)
    if exempting:
        shown += tuple(exempted(each, color) for each in exempting)
    until = _end(color, deciding, exempting)
    act = policy.acts[color]
    evidence = STRENGTH[max(hit.strength for hit in deciding)]
    first_hand = not all(hit.received for hit in deciding)
    return Finding(
        color=color,
        act=act,
        hits=shown,
        until=until,
        next_review=moment_or_none(view.next),
        policy=policy.policy,
        policy_version=policy.version,
        evidence=evidence,
        first_hand=first_hand,
        digest=sealed(color, act, shown, until, policy.policy, policy.version, evidence, first_hand),
    )


def _end(color: Color, deciding: Sequence[Hit], exempting: Sequence[Decision]) -> datetime | None:
    """The earliest time at which a color can end: when the last of the rules that give it does.

    A rule that is already past its time waits for the person alone. Green ends with the first of what it rests on.
    """
    ends = [hit.shown.until for hit in deciding]
    known = [end for end in ends if end is not None]
    if color is Color.GREEN:
        return min([*known, *(moment(each.until) for each in exempting)], default=None)
    return None if len(known) < len(ends) else max(known)
