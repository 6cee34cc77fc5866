"""A person's page is opened for a purpose, which is written down first; the person reads by whom and for what."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from chassis.clock import Clock
from chassis.http.auth import Principal, requires
from chassis.http.body import PLAIN_TEXT, Body
from chassis.http.problems import FieldError, Problem
from chassis.http.standard import INVALID
from healthcode.identity import InvalidIdNumber
from healthcode.values import IdType
from services.portal.api.problems import IDENTITY_UNVERIFIED
from services.portal.domain import Opening
from services.portal.ports import Openings

Officer = Annotated[Principal, Depends(requires("officer", own_region=True))]
Citizen = Annotated[Principal, Depends(requires("citizen"))]
Cursor = Annotated[int | None, Query(ge=1, le=2**62, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=100)]
SUBJECT: Final = r"^[a-z2-7]{26}$"


class OpeningIn(Body):
    """Whose page, by their document (it is not kept) or by what the region calls them; and for what."""

    purpose: Annotated[str, Field(min_length=4, max_length=200, examples=["核实纠错申请"]), PLAIN_TEXT]
    subject: Annotated[str, Field(pattern=SUBJECT, examples=["mzxw6ytboi4dsmjqgeydcmbqga"])] | None = None
    id_type: IdType | None = Field(default=None, examples=["resident_id"])
    id_number: Annotated[str, Field(min_length=1, max_length=64, examples=["11010519491231002X"])] | None = None


class OpeningOut(BaseModel):
    """The record was made: the page may be opened."""

    subject: str = Field(examples=["mzxw6ytboi4dsmjqgeydcmbqga"])
    at: datetime


class SeenOut(BaseModel):
    """That one's page was opened."""

    at: datetime
    authority: str | None = Field(examples=["330100-cdc"])
    purpose: str


class SeenPage(BaseModel):
    """All of them, the latest first."""

    items: list[SeenOut]
    next: str | None = Field(description="cursor of the next page; null on the last")


@dataclass(frozen=True)
class OpeningDesk:
    """What the routes need."""

    region: str
    clock: Clock
    openings: Openings
    pseudonymise: Callable[[IdType, str], str]


def opening_router(desk: OpeningDesk) -> APIRouter:
    """`/v1/portal/openings` for officers, `/v1/me/openings` for the person."""
    routes = APIRouter(tags=["pages"])

    @routes.post("/v1/portal/openings", status_code=201, summary="Open a person's page, for a purpose (查阅个人页)")
    async def open_page(caller: Officer, wanted: OpeningIn) -> OpeningOut:
        """Either `subject`, or `id_type` and `id_number`. The person sees authority and purpose."""
        subject, now = _whose(desk, wanted), desk.clock.now()
        await desk.openings.record(Opening(subject, caller.sub, caller.authority, wanted.purpose, now))
        return OpeningOut(subject=subject, at=now)

    @routes.get("/v1/me/openings", summary="Which authority opened one's page, and for what (谁查阅了我)")
    async def own(caller: Citizen, cursor: Cursor = None, limit: Limit = 20) -> SeenPage:
        try:
            subject = desk.pseudonymise(IdType(caller.id_type or ""), caller.id_number or "")
        except (InvalidIdNumber, ValueError):
            raise Problem(IDENTITY_UNVERIFIED) from None
        found = await desk.openings.seen(subject, cursor, limit + 1)
        items = [SeenOut(at=each.at, authority=each.authority, purpose=each.purpose) for each in found[:limit]]
        return SeenPage(items=items, next=str(found[limit - 1].id) if len(found) > limit else None)

    return routes


def _whose(desk: OpeningDesk, wanted: OpeningIn) -> str:
    """The person that is meant. Raises Problem: both or neither were given, or the number is none."""
    if (wanted.subject is None) == (wanted.id_number is None) or (wanted.id_type is None) != (wanted.id_number is None):
        raise Problem(INVALID, errors=[FieldError("subject_or_document", pointer="#/subject")])
    if wanted.subject is not None:
        return wanted.subject
    try:
        return desk.pseudonymise(wanted.id_type or IdType.OTHER, wanted.id_number or "")
    except InvalidIdNumber as fault:
        raise Problem(INVALID, errors=[FieldError(f"id_number_{fault.reason}", pointer="#/id_number")]) from None
