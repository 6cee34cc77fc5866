"""Replays over HTTP, for operators: findings on record concluded anew, and compared byte for byte."""

from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from chassis.ops.caller import OPERATOR
from services.audit.handlers.history import replay
from services.audit.handlers.review import Judge
from services.audit.ports.history import START, HistoryStore, Place
from services.audit.ports.review import AreaReader

PATH: Final = "/v1/ops/audit/replay"
MOST: Final = 1000
PAGE: Final = 500


class FaultOut(BaseModel):
    """A finding that is not concluded again as it is on record."""

    model_config = ConfigDict(from_attributes=True)

    subject: str
    sequence: int
    reviewed_at: datetime
    outcome: Literal["differs", "no-policy", "unreadable"] = Field(
        description="no-policy: this service does not have the policy any more, so it cannot tell"
    )
    fields: list[str] = Field(description="in what it differs, or the policy that is missing; never a value")


class ReplayOut(BaseModel):
    """What came of a stretch; `next` is the cursor of the following one."""

    looked_at: int
    faults: list[FaultOut]
    total: int | None = Field(description="how many are on record; with the first stretch alone")
    next: str | None


def router(history: HistoryStore, reader: AreaReader, judge: Judge) -> APIRouter:
    """The route of replays."""
    routes = APIRouter(tags=["operations of audit"])

    @routes.get(PATH, summary="Conclude findings on record anew, and compare", dependencies=[OPERATOR])
    async def again(
        subject: Annotated[str | None, Query(max_length=64, description="one person; without, everybody")] = None,
        cursor: Annotated[str | None, Query(max_length=100, pattern=r"^[0-9]{1,18}\.")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = PAGE,
    ) -> ReplayOut:
        total = await history.count(subject) if cursor is None else None
        await judge.refresh(reader)
        found = await replay(history, judge, subject, _place(cursor), limit)
        return ReplayOut(
            looked_at=found.looked_at,
            faults=[FaultOut.model_validate(each) for each in found.faults],
            total=total,
            next=None if found.next is None else f"{found.next[1]}.{found.next[0]}",
        )

    return routes


def _place(cursor: str | None) -> Place:
    if cursor is None:
        return START
    sequence, _, subject = cursor.partition(".")
    return subject, int(sequence)
