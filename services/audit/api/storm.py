"""How far storms are, over HTTP."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from chassis.http.auth import requires
from services.audit.api.intake import Desk
from services.audit.ports.schedule import ReadStorms

MOST = 100


class StormOut(BaseModel):
    """One storm: who was in the area is looked at again, everybody where no area is named."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    area: str | None
    cause: str
    reference: int
    state: Literal["new", "waiting", "sweeping", "settling", "done"]
    swept: int = Field(description="stays passed so far")
    queued: int = Field(description="people asked to be reviewed so far")
    started_at: datetime
    ended_at: datetime | None = Field(description="when all of them had been reviewed")


class StormPage(BaseModel):
    """The latest storms, newest first; `next` is the cursor of the following page."""

    storms: list[StormOut]
    next: int | None


def router(desk: Desk, storms: ReadStorms) -> APIRouter:
    """The route of storms; it comes before those with an entry in their path."""
    routes = APIRouter(tags=["areas"])

    @routes.get(
        "/v1/areas/storms",
        summary="How far the reviews are that changes of areas started",
        dependencies=[Depends(requires("officer", "operator", own_region=True))],
    )
    async def latest(
        cursor: Annotated[int | None, Query(ge=1, le=2**62)] = None, limit: Annotated[int, Query(ge=1, le=MOST)] = MOST
    ) -> StormPage:
        async with desk.begin() as connection:
            found = await storms(connection, cursor, limit + 1)
        following = found[limit - 1].id if len(found) > limit else None
        return StormPage(storms=[StormOut.model_validate(storm) for storm in found[:limit]], next=following)

    return routes
