"""What oversight answers."""

from datetime import datetime

from pydantic import BaseModel, Field

from healthcode.events import AlarmChanged
from healthcode.values import AlarmKind, AlarmState, Color
from services.oversight.api.texts import text, title


class Words(BaseModel):
    """The same in both languages."""

    zh: str = Field(examples=["批量变色 · 未解除"])
    en: str = Field(examples=["bulk recoloring · open"])


class EvidenceOut(BaseModel):
    """What an alarm rests on; see AlarmEvidence in the AsyncAPI document."""

    since: datetime = Field(examples=["2020-02-11T00:10:00Z"])
    until: datetime = Field(examples=["2020-02-11T01:10:00Z"])
    window: float = Field(examples=[3600.0], description="seconds")
    count: int = Field(examples=[1317], description="the most that one window held")
    total: int | None = Field(examples=[98000], description="what it is a part of")
    share: float | None = Field(examples=[0.0134])
    usual: float | None = Field(
        examples=[None], description="the usual share; of a silent source its interval, seconds"
    )


class AlarmOut(BaseModel):
    """An alarm as it stands."""

    alarm: str = Field(examples=["7a1d9b0c5e3f4a2b8c6d7e8f9a0b1c2d"])
    revision: int = Field(examples=[1])
    kind: AlarmKind
    state: AlarmState
    rule: str | None = Field(examples=["listed-contact"])
    source: str | None = Field(examples=[None])
    evidence: EvidenceOut
    opened_at: datetime = Field(examples=["2020-02-11T01:07:12Z"])
    changed_at: datetime = Field(examples=["2020-02-11T01:07:12Z"])
    cleared_at: datetime | None = Field(examples=[None])
    title: Words
    text: Words = Field(examples=[{
        "zh": "1小时内有1,317人因规则“listed-contact”被调为更严码色，占有码人员的1.34%。请核对依据。",
        "en": "Within 1 hour, 1,317 people turned stricter by rule “listed-contact”, 1.34% of all with a code. "
        "Check what it rests on.",
    }])  # fmt: skip


class AlarmPage(BaseModel):
    """A page of alarms, latest first."""

    items: list[AlarmOut]
    next: str | None = Field(examples=[None])


class CountOut(BaseModel):
    """How often something happened in one window. What was not asked for is null."""

    since: datetime = Field(examples=["2020-02-11T00:00:00Z"])
    until: datetime = Field(examples=["2020-02-11T01:00:00Z"])
    area: str | None = Field(examples=["330100"], description="a prefecture; empty where events name none")
    color: str | None = Field(examples=["red"])
    value: str | None = Field(
        examples=["listed-contact"], description="the rule, cause, source, category or color before"
    )
    count: int = Field(examples=[42])
    final: bool = Field(examples=[True], description="whether late events change it no more")


class CountPage(BaseModel):
    """A page of counts in the order of time. Windows in which nothing happened are left out."""

    items: list[CountOut]
    next: str | None = Field(examples=[None])
    as_of: datetime | None = Field(examples=["2020-02-11T01:07:12Z"], description="the latest event that was counted")


class ResidentsOut(BaseModel):
    """How many people of a prefecture have a color now."""

    area: str = Field(examples=["330100"], description="the prefecture of residence; empty where nobody says")
    color: Color
    people: int = Field(examples=[98000])


class PeopleOut(BaseModel):
    """Everybody who has a code."""

    items: list[ResidentsOut]
    as_of: datetime | None = Field(examples=["2020-02-11T01:07:12Z"], description="the latest event that was counted")


def alarm_out(event: AlarmChanged) -> AlarmOut:
    """An alarm as it is answered."""
    evidence = event.evidence
    return AlarmOut(
        alarm=event.alarm,
        revision=event.revision,
        kind=event.kind,
        state=event.state,
        rule=event.rule,
        source=event.source,
        evidence=EvidenceOut(
            since=evidence.since,
            until=evidence.until,
            window=evidence.window,
            count=evidence.count,
            total=evidence.total,
            share=evidence.share,
            usual=evidence.usual,
        ),
        opened_at=event.opened_at,
        changed_at=event.changed_at,
        cleared_at=event.cleared_at,
        title=Words(zh=title(event, "zh"), en=title(event, "en")),
        text=Words(zh=text(event, "zh"), en=text(event, "en")),
    )
