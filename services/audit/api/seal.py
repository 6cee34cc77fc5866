"""Sealed days: their roots for everybody, and for each citizen the proof that their finding is in one."""

import base64
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, Field

from chassis.http.auth import Principal, requires
from chassis.http.problems import Problem
from chassis.http.standard import NOT_FOUND
from healthcode.transparency import FindingProof
from services.audit.api.finding import subject_of
from services.audit.api.problems import NONE_THEN, NOT_SEALED
from services.audit.handlers.seal import NotSealed, Sealer, prove
from services.audit.ports.entry import Pseudonymise
from services.audit.ports.seal import Day, Seals

Citizen = Annotated[Principal, Depends(requires("citizen"))]
ADay = Annotated[date, Path(examples=["2020-02-11"], description="in the region's own time zone")]
MOST = 100


class SealOut(BaseModel):
    """A sealed day. `signed` is the region's seal, `countersigned` the same under the nation's signature, in base64."""

    day: date
    findings: int
    root: str = Field(description="hexadecimal")
    signed: str
    countersigned: str | None


class SealPage(BaseModel):
    """Sealed days, the latest first."""

    items: list[SealOut]
    next: date | None


class ProofOut(BaseModel):
    """All that it takes to check a finding; `healthcode proof` does it. See docs/transparency.md."""

    subject: str
    sequence: int
    reviewed_at: datetime
    finding: str
    salt: str
    index: int
    path: list[str]
    seal: str
    countersigned: str | None


def router(seals: Seals, sealer: Sealer, pseudonymise: Pseudonymise) -> APIRouter:
    """`/v1/seals`, and `/v1/me/findings/{day}/proof`."""
    routes = APIRouter(tags=["transparency"])

    @routes.get("/v1/seals", summary="Sealed days and their roots")
    async def page(before: date | None = None, limit: Annotated[int, Query(ge=1, le=MOST)] = MOST) -> SealPage:
        days = await seals.page(before, limit + 1)
        following = days[limit - 1].day if len(days) > limit else None
        return SealPage(items=[_out(day) for day in days[:limit]], next=following)

    @routes.get("/v1/seals/{day}", summary="A sealed day")
    async def one(day: ADay) -> SealOut:
        sealed = await seals.sealed(day)
        if sealed is None:
            raise Problem(NOT_FOUND)
        return _out(sealed)

    @routes.get("/v1/me/findings/{day}/proof", summary="That one's last finding of a day is under its seal (存证证明)")
    async def proof(caller: Citizen, day: ADay) -> ProofOut:
        try:
            found: FindingProof | None = await prove(seals, sealer, subject_of(caller, pseudonymise), day)
        except NotSealed:
            raise Problem(NOT_SEALED) from None
        if found is None:
            raise Problem(NONE_THEN)
        return ProofOut.model_validate(found.to_json())

    return routes


def _out(day: Day) -> SealOut:
    signed = None if day.countersigned is None else base64.b64encode(day.countersigned).decode()
    return SealOut(
        day=day.day,
        findings=day.size,
        root=(day.root or b"").hex(),
        signed=base64.b64encode(day.signed or b"").decode(),
        countersigned=signed,
    )
