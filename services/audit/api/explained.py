"""The explanation of a finding as it goes out: rules, facts and the way out in the reader's language."""

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import Final

from pydantic import BaseModel, Field

from healthcode.events import RuleHit
from healthcode.values import Act, Color, EvidenceClass, Lang, label
from services.audit.api.texts import Reasons
from services.audit.domain.explain import (
    Considered,
    Known,
    Part,
    Speech,
    condition_text,
    known_facts,
    step_text,
    verdict_text,
    way_text,
)
from services.audit.domain.explain.considered import Verdict
from services.audit.domain.wayout import Act as Deed
from services.audit.domain.wayout import Step, WayOut
from services.audit.handlers.finding import Explained
from services.audit.ports.finding import FactOrigin

ACTS: Final = frozenset(act.value for act in Act)


class FactOut(BaseModel):
    """A fact that hit a rule; what no authority entered, the person stated."""

    id: str
    kind: str = Field(examples=["listing", "test", "decision", "statement"])
    what: str | None = None
    source: str | None = None
    evidence: str | None = None
    at: datetime | None = None


class ReleaseOut(BaseModel):
    """One condition of the way out, and how far it is met."""

    kind: str
    needed: int
    done: int
    at: datetime | None


class RuleOut(BaseModel):
    """A rule that holds."""

    rule: str
    color: Color
    reason: str
    text: str
    since: datetime
    until: datetime | None
    sources: list[str]
    release: list[ReleaseOut]
    facts: list[FactOut]


class PartOut(BaseModel):
    """One condition of a rule: what it asks, whether it was so, by which facts."""

    text: str
    holds: bool
    facts: list[str]
    parts: list["PartOut"]


class ConsideredOut(BaseModel):
    """A rule that was considered, whether it hit or not, and why."""

    rule: str
    color: Color
    reason: str
    reason_text: str
    verdict: Verdict = Field(description="holds; exempted by officers; over: hold and release have passed; no")
    text: str
    ended_at: datetime | None
    condition: PartOut


class KnownOut(BaseModel):
    """A fact that was known, with who says so. `decides`: a rule that holds names it."""

    id: str | None
    kind: str
    at: datetime | None
    source: str
    evidence: str | None = Field(description="for officers alone: it may name another person's case")
    text: str
    decides: bool


class StepOut(BaseModel):
    """One thing to do, and when."""

    act: Deed
    at: datetime
    text: str


class WayOutOut(BaseModel):
    """How the person gets green. `act` is the single thing that brings it nearer, the first of `steps`."""

    green_at: datetime | None = Field(description="the earliest; none: neither time nor the person's own acts do it")
    unaided_at: datetime | None = Field(description="green at this time without doing anything; none: never so")
    act: StepOut | None
    steps: list[StepOut]
    text: str


class FindingOut(BaseModel):
    """What the audit concludes of a person, or had concluded at a time, and all that explains it."""

    subject: str
    at: datetime = Field(description="the time that was asked for")
    timezone: str = Field(examples=["Asia/Shanghai"], description="of the days and times in the texts")
    color: Color
    color_label: str
    act: str
    act_label: str
    until: datetime | None
    next_review: datetime | None
    reviewed_at: datetime = Field(description="when the person was last reviewed before that time")
    published: bool = Field(description="whether this is what was published last; if not, a review is on its way")
    policy: str
    policy_version: str
    evidence: EvidenceClass
    first_hand: bool
    rules: list[RuleOut] = Field(description="those that hold, the strictest first")
    considered: list[ConsideredOut] | None = Field(
        description="every rule of the policy; none where the service does not have that policy any more"
    )
    known: list[KnownOut] = Field(description="every fact that was known")
    way_out: WayOutOut | None


def shown(
    subject: str, explained: Explained, reasons: Reasons, lang: Lang, tz: tzinfo, *, official: bool
) -> FindingOut:
    """An explanation in a language; without `official` no evidence is named."""
    finding, speech = explained.finding, Speech(lang, tz)
    way = explained.way_out
    seen = _seen(explained.origins, official=official)
    deciding = {fact for hit in finding.hits for fact in hit.facts}
    return FindingOut(
        subject=subject,
        at=explained.at,
        timezone=str(tz),
        color=finding.color,
        color_label=label(finding.color, lang),
        act=finding.act,
        act_label=label(Act(finding.act), lang) if finding.act in ACTS else finding.act,
        until=finding.until,
        next_review=explained.next_review,
        reviewed_at=explained.reviewed_at,
        published=explained.published,
        policy=finding.policy,
        policy_version=finding.policy_version,
        evidence=finding.evidence,
        first_hand=finding.first_hand,
        rules=[_rule(hit, explained.origins, seen, reasons, lang) for hit in finding.hits],
        considered=None
        if explained.considered is None
        else [_considered(each, reasons, speech) for each in explained.considered],
        known=[_known(each, seen, deciding) for each in known_facts(explained.dossier, speech)],
        way_out=None if way is None else _way_out(way, explained.at, speech),
    )


Evidence = Callable[[str | None], str | None]


def _seen(origins: Mapping[str, FactOrigin], *, official: bool) -> Evidence:
    return lambda fact: origins[fact].evidence if official and fact is not None and fact in origins else None


def _rule(hit: RuleHit, origins: Mapping[str, FactOrigin], seen: Evidence, reasons: Reasons, lang: Lang) -> RuleOut:
    return RuleOut(
        rule=hit.rule,
        color=hit.color,
        reason=hit.reason,
        text=reasons.text(hit.reason, lang),
        since=hit.since,
        until=hit.until,
        sources=list(hit.sources),
        release=[ReleaseOut.model_validate(release, from_attributes=True) for release in hit.release],
        facts=[_fact(fact, origins.get(fact), seen) for fact in hit.facts],
    )


def _fact(fact: str, origin: FactOrigin | None, seen: Evidence) -> FactOut:
    if origin is None:
        return FactOut(id=fact, kind="statement")
    return FactOut(id=fact, kind=origin.kind, what=origin.what, source=origin.source, evidence=seen(fact), at=origin.at)


def _considered(each: Considered, reasons: Reasons, speech: Speech) -> ConsideredOut:
    return ConsideredOut(
        rule=each.rule.id,
        color=each.rule.color,
        reason=each.rule.reason,
        reason_text=reasons.text(each.rule.reason, speech.lang),
        verdict=each.verdict,
        text=verdict_text(each, speech),
        ended_at=each.ended,
        condition=_part(each.part, speech),
    )


def _part(part: Part, speech: Speech) -> PartOut:
    return PartOut(
        text=condition_text(part.condition, speech),
        holds=part.holds,
        facts=list(part.facts),
        parts=[_part(each, speech) for each in part.parts],
    )


def _known(known: Known, seen: Evidence, deciding: set[str]) -> KnownOut:
    return KnownOut(
        id=known.id,
        kind=known.kind,
        at=known.at,
        source=known.source,
        evidence=seen(known.id),
        text=known.text,
        decides=known.id in deciding,
    )


def _way_out(way: WayOut, now: datetime, speech: Speech) -> WayOutOut:
    steps = [_step(each, speech) for each in way.steps]
    return WayOutOut(
        green_at=way.green,
        unaided_at=way.unaided,
        act=steps[0] if steps else None,
        steps=steps,
        text=way_text(way, now, speech),
    )


def _step(step: Step, speech: Speech) -> StepOut:
    return StepOut(act=step.act, at=step.at, text=step_text(step, speech))
