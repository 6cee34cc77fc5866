"""A person's finding over HTTP, explained in the asked language."""

from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Path
from pydantic import BaseModel, Field

from chassis.clock import Clock
from chassis.http.auth import requires
from chassis.http.problems import Problem
from chassis.http.standard import NOT_FOUND
from chassis.http.wording import language_of
from healthcode.events import Release, RuleHit
from healthcode.values import Act, Color, EvidenceClass, Lang, label
from services.audit.api.texts import Reasons
from services.audit.handlers.finding import Explained, explain
from services.audit.handlers.review import Judge
from services.audit.ports.finding import FactOrigin, FindingStore

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


class FindingOut(BaseModel):
    """What the audit concludes of a person."""

    subject: str
    color: Color
    color_label: str
    act: str
    act_label: str
    until: datetime | None
    next_review: datetime | None
    reviewed_at: datetime = Field(description="when the person was last reviewed")
    published: bool = Field(description="whether this is what was published last; if not, a review is on its way")
    policy: str
    policy_version: str
    evidence: EvidenceClass
    first_hand: bool
    rules: list[RuleOut]


def router(store: FindingStore, judge: Judge, clock: Clock, reasons: Reasons) -> APIRouter:
    """The route of findings."""
    routes = APIRouter(tags=["findings"])

    @routes.get(
        "/v1/subjects/{subject}/finding",
        summary="A person's finding, with its rules, facts and reasons",
        dependencies=[Depends(requires("officer", own_region=True))],
    )
    async def show(
        subject: Annotated[str, Path(max_length=64)], accept_language: Annotated[str, Header()] = ""
    ) -> FindingOut:
        explained = await explain(store, judge, subject, clock.now())
        if explained is None:
            raise Problem(NOT_FOUND)
        return _out(subject, explained, reasons, language_of(accept_language))

    return routes


def _out(subject: str, explained: Explained, reasons: Reasons, lang: Lang) -> FindingOut:
    finding = explained.finding
    return FindingOut(
        subject=subject,
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
        rules=[_rule(hit, explained.origins, reasons, lang) for hit in finding.hits],
    )


def _rule(hit: RuleHit, origins: dict[str, FactOrigin], reasons: Reasons, lang: Lang) -> RuleOut:
    return RuleOut(
        rule=hit.rule,
        color=hit.color,
        reason=hit.reason,
        text=reasons.text(hit.reason, lang),
        since=hit.since,
        until=hit.until,
        sources=list(hit.sources),
        release=[_release(release) for release in hit.release],
        facts=[_fact(fact, origins.get(fact)) for fact in hit.facts],
    )


def _release(release: Release) -> ReleaseOut:
    return ReleaseOut(kind=release.kind, needed=release.needed, done=release.done, at=release.at)


def _fact(fact: str, origin: FactOrigin | None) -> FactOut:
    if origin is None:
        return FactOut(id=fact, kind="statement")
    return FactOut(
        id=fact, kind=origin.kind, what=origin.what, source=origin.source, evidence=origin.evidence, at=origin.at
    )
