"""Alarms over HTTP."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from services.oversight.api.deps import Cursor, Deps, Limit, Reader, cursor_of, place_of
from services.oversight.api.models import AlarmPage, alarm_out
from services.oversight.ports import AlarmCursor

State = Annotated[Literal["open", "all"], Query(description="open alarms alone, or those that are over as well")]


def router(deps: Deps) -> APIRouter:
    """`/v1/oversight/alarms`."""
    routes = APIRouter(prefix="/v1/oversight", tags=["oversight"])

    @routes.get("/alarms")
    async def list_alarms(_: Reader, state: State = "open", cursor: Cursor = None, limit: Limit = 100) -> AlarmPage:
        """Alarms as they stand, the latest opened first, with texts in Chinese and English."""
        after = place_of(cursor, AlarmCursor)
        found = await deps.views.alarms(open_only=state == "open", after=after, limit=limit + 1)
        items = [alarm_out(alarm.event) for alarm in found[:limit]]
        more = len(found) > limit
        return AlarmPage(
            items=items, next=cursor_of(AlarmCursor(items[-1].opened_at, items[-1].alarm)) if more else None
        )

    return routes
