"""A policy to read, over HTTP: each rule in words, and the pack as it would be written."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path
from pydantic import BaseModel, Field

from chassis.http.auth import requires
from chassis.http.problems import Problem
from chassis.http.standard import NOT_FOUND
from chassis.http.wording import language_of
from healthcode.values import Color
from services.audit.api.intake import Desk
from services.audit.api.policy import PATH, OpenPolicies
from services.audit.api.texts import Reasons
from services.audit.domain.explain import Speech, condition_text
from services.audit.domain.policy import pack
from services.audit.domain.policy import predicates as p
from services.audit.domain.policy.load import written
from services.audit.handlers.policy import Book, standing_policies


class ConditionOut(BaseModel):
    """What a condition asks, and the conditions that it is made of."""

    text: str
    parts: list["ConditionOut"]


class RuleWords(BaseModel):
    """A rule in words."""

    rule: str
    color: Color
    reason: str = Field(description="what the person reads")
    hold_days: int | None = Field(description="days that the color is held at least; none: as long as it is so")
    release: dict[str, Any] | None = Field(description="what has to be met beside, as in the pack")
    condition: ConditionOut


class PolicyWords(BaseModel):
    """A policy to read."""

    policy: str
    version: str
    effective: datetime
    rules: list[RuleWords]
    text: str = Field(description="the pack in YAML, without the comments of its file")


def router(desk: Desk, store: OpenPolicies, book: Book, reasons: Reasons) -> APIRouter:
    """The route that reads one policy."""
    routes = APIRouter(prefix=PATH, tags=["policies"])

    @routes.get(
        "/{version}",
        summary="A policy, rule by rule, in words",
        dependencies=[Depends(requires("officer", "operator", own_region=True))],
    )
    async def read(
        version: Annotated[str, Path(max_length=200)], accept_language: Annotated[str, Header()] = ""
    ) -> PolicyWords:
        async with desk.begin() as connection:
            found = (await standing_policies(store(connection), book)).version(version)
        if found is None:
            raise Problem(NOT_FOUND)
        speech = Speech(language_of(accept_language), book.timezone)
        return PolicyWords(
            policy=found.policy,
            version=found.version,
            effective=found.effective,
            rules=[_rule(rule, reasons, speech) for rule in found.pack.rules],
            text=written(found.pack),
        )

    return routes


def _rule(rule: pack.Rule, reasons: Reasons, speech: Speech) -> RuleWords:
    return RuleWords(
        rule=rule.id,
        color=rule.color,
        reason=reasons.text(rule.reason, speech.lang),
        hold_days=rule.hold.days if rule.hold else None,
        release=rule.release.model_dump(mode="json", exclude_defaults=True) if rule.release else None,
        condition=_condition(rule.when, speech),
    )


def _condition(condition: p.Predicate, speech: Speech) -> ConditionOut:
    parts = [_condition(each, speech) for each in _within(condition)]
    return ConditionOut(text=condition_text(condition, speech), parts=parts)


def _within(condition: p.Predicate) -> Iterator[p.Predicate]:
    match condition:
        case p.All():
            yield from condition.all
        case p.Any_():
            yield from condition.any
        case p.Not():
            yield condition.not_
        case _:
            return
