"""What was shared of oneself: with which region, for what, when, and whether it was received."""

from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from chassis.clock import Clock
from chassis.http.auth import Principal, requires
from chassis.http.problems import Problem
from healthcode.identity import InvalidIdNumber
from healthcode.values import IdType
from services.recognition.api import NO_IDENTITY
from services.recognition.domain.sharing import SHOWN, Share
from services.recognition.ports import Pseudonymise
from services.recognition.ports.sharing import SharedViews

Citizen = Annotated[Principal, Depends(requires("citizen"))]
Limit = Annotated[int, Query(ge=1, le=100, description="the latest come first")]

State = Literal["received", "sent", "refused", "no_receipt"]
STATES: Final = (
    "received; sent, and a receipt awaited; refused by the destination; or no receipt came, and none is awaited"
)


class SharedFact(BaseModel):
    """A fact about oneself that another region was told."""

    destination: str = Field(examples=["330000"], description="the region that was told")
    handle: str = Field(examples=["5f0c3ab1d2e94c7788aa10b2c3d4e5f6"], description="the watch it was told under")
    purpose: str = Field(examples=["trip"])
    kind: str = Field(examples=["test"], description="a kind of the national catalogue of records")
    fact: str = Field(examples=["lab-2020-000017.1"], description="the fact, as one's own finding names it")
    withdrawn: bool = Field(description="whether the destination was told that it does not hold any more")
    shared_at: datetime = Field(description="when it was first told")
    sent_at: datetime = Field(description="when it was last told or corrected")
    received_at: datetime | None = Field(description="when the receipt for the last message came")
    state: State = Field(description=STATES)


class SharedList(BaseModel):
    """All that was shared of oneself within a year."""

    items: list[SharedFact]


def shared_router(views: SharedViews, clock: Clock, pseudonymise: Pseudonymise) -> APIRouter:
    """`/v1/me/shared`, in regions that share."""
    routes = APIRouter(tags=["recognition"])

    @routes.get("/v1/me/shared")
    async def read_own_shared(caller: Citizen, limit: Limit = 100) -> SharedList:
        """Which facts about oneself were shared with which region, for what, when, and what became of it."""
        try:
            subject = pseudonymise(IdType(caller.id_type or ""), caller.id_number or "")
        except (InvalidIdNumber, ValueError):
            raise Problem(NO_IDENTITY) from None
        shares = await views.mine(subject, clock.now() - SHOWN, limit)
        return SharedList(items=[_answer(share) for share in shares])

    return routes


def _answer(share: Share) -> SharedFact:
    return SharedFact(
        destination=share.destination,
        handle=share.handle,
        purpose=share.purpose,
        kind=share.kind,
        fact=share.entry if share.kind == "stay" else f"{share.entry}.{share.revision}",
        withdrawn=share.withdrawn,
        shared_at=share.shared_at,
        sent_at=share.sent_at,
        received_at=share.received_at,
        state=_state(share),
    )


def _state(share: Share) -> State:
    if share.received_at is not None:
        return "received"
    if share.refused is not None:
        return "refused"
    return "sent" if share.next_at is not None else "no_receipt"
