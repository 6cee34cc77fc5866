"""Corrections (纠错): asked and followed by the person, read by whoever has to answer."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Body, Depends, Path, Response
from pydantic import BaseModel, Field

from chassis.http.auth import Principal, requires
from chassis.http.body import PLAIN_TEXT
from chassis.http.body import Body as Model
from healthcode.values import CorrectionCategory, Lang, label
from services.declaration.api import examples
from services.declaration.api.edge import Edge, Key
from services.declaration.api.models import ID_PATTERN
from services.declaration.api.problems import explained
from services.declaration.domain.correction import Asking, Correction
from services.declaration.handlers import correction as handlers
from services.declaration.handlers.correction import SUPERVISOR
from services.declaration.ports import Unit

Citizen = Annotated[Principal, Depends(requires("citizen"))]
Officer = Annotated[Principal, Depends(requires("officer", SUPERVISOR, own_region=True))]
Ident = Annotated[str, Path(pattern=ID_PATTERN)]


class AskingModel(Model):
    """What is wrong with which fact."""

    category: CorrectionCategory
    fact: Annotated[str, Field(min_length=1, max_length=160, description="a fact's id as the finding names it")]
    statement: Annotated[str, Field(min_length=1, max_length=2000, description="in your own words"), PLAIN_TEXT]


class CorrectionAnswer(BaseModel):
    """A correction and how it stands: who has to answer by when, and the answer."""

    id: str = Field(examples=["0190f3c2a0b14d5e8f6a7b8c9d0e1f2a"])
    category: CorrectionCategory = Field(examples=["not_me"])
    category_word: str = Field(examples=["不是本人"], description="the category in the asked language")
    fact: str = Field(examples=["L-7:1"])
    asked_at: datetime = Field(examples=["2020-02-11T04:00:00Z"])
    due: datetime = Field(examples=["2020-02-12T04:00:00Z"], description="by when there has to be an answer")
    escalated_at: datetime | None = Field(examples=[None], description="when it went to the supervisors too")
    outcome: Literal["upheld", "rejected"] | None = Field(examples=["upheld"])
    owner: str | None = Field(examples=["330100-cdc"], description="who has to answer")
    explanation: str | None = Field(examples=["经核对，该条目登记有误，已撤销"])
    settled_at: datetime | None = Field(examples=["2020-02-11T09:30:00Z"])

    @classmethod
    def of(cls, correction: Correction, lang: Lang = "zh") -> "CorrectionAnswer":
        """As the person reads it."""
        return cls.model_validate(
            {name: getattr(correction, name) for name in cls.model_fields if name != "category_word"}
            | {"category_word": label(correction.category, lang)}
        )


class CorrectionsAnswer(BaseModel):
    """All that somebody has contested, newest first."""

    items: list[CorrectionAnswer]


class WordsAnswer(BaseModel):
    """What the person wrote."""

    correction: CorrectionAnswer
    statement: str


def correction_router(edge: Edge) -> APIRouter:
    """The routes of corrections."""
    routes = APIRouter(tags=["correct"])

    @routes.post("/v1/corrections", status_code=202, response_model=CorrectionAnswer, summary="Contest a fact (纠错)")
    async def ask(
        principal: Citizen,
        key: Key,
        body: Annotated[AskingModel, Body(openapi_examples=examples.shown(examples.CORRECTION))],
    ) -> Response:
        """Whoever owns the fact has 24 hours to answer; what they do not answer in time goes to their supervisor."""
        caller = edge.caller(principal)

        async def work(unit: Unit) -> CorrectionAnswer:
            asking = Asking(body.category, body.fact, body.statement)
            return CorrectionAnswer.of(await handlers.ask(edge.desk, unit, caller, asking))

        return await edge.write(principal, key, work)

    @routes.get("/v1/me/corrections", summary="What one has contested (我的纠错)")
    async def own(principal: Citizen) -> CorrectionsAnswer:
        """Who has to answer each and until when, and what was answered; newest first."""
        caller = edge.caller(principal)
        with explained():
            async with edge.units.begin() as unit:
                found = await handlers.own(unit, caller)
        return CorrectionsAnswer(items=[CorrectionAnswer.of(each) for each in found])

    @routes.get(
        "/v1/corrections/{correction}/statement",
        summary="What the person wrote, for the officer who answers; reading it is kept on record",
    )
    async def words(principal: Officer, correction: Ident) -> WordsAnswer:
        """Of a correction whose fact the officer's authority owns; supervisors read all."""
        caller = edge.caller(principal)
        with explained():
            async with edge.units.begin() as unit:
                authority = principal.authority or ""
                found, said = await handlers.words(edge.desk, unit, caller, authority, correction)
        return WordsAnswer(correction=CorrectionAnswer.of(found), statement=said)

    return routes
