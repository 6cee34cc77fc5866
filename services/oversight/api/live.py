"""The event stream: alarms as they change, and counts by rule."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header
from fastapi.responses import StreamingResponse

from chassis.http.problems import Problem, problem_type
from services.oversight.api.deps import Deps, Reader

LISTENERS: Final = 50
EXAMPLE: Final = (
    'event: alarm\nid: 12\ndata: {"alarm":"7a1d…","kind":"bulk_recoloring","state":"open",…}\n\n'
    'event: counts\ndata: {"kind":"changed","since":"2020-02-10T01:05:00+00:00","items":[{"rule":"listed-contact",'
    '"color":"red","count":42}],"as_of":"2020-02-11T01:07:12+00:00"}\n\n'
)
DOCUMENTED: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}, "example": EXAMPLE}}}
}
TOO_MANY: Final = problem_type(
    "oversight-listeners", 429, "4501", "Too many listen to oversight.", "监督数据流的连接过多。",
    detail_en="Close another stream, or read /v1/oversight/alarms instead.",
    detail_zh="请关闭其他数据流，或改用 /v1/oversight/alarms 查询。",
)  # fmt: skip

LastId = Annotated[
    int | None, Header(alias="Last-Event-ID", ge=0, le=2**62, description="goes on behind this alarm", examples=[12])
]


def router(deps: Deps) -> APIRouter:
    """`/v1/oversight/stream`."""
    routes = APIRouter(prefix="/v1/oversight", tags=["oversight"])
    listeners = asyncio.Semaphore(LISTENERS)

    async def tell(after: int | None, expires_at: int) -> AsyncIterator[bytes]:
        async with listeners:
            async for message in deps.feed.listen(after, expires_at):
                yield message

    @routes.get("/stream", response_class=StreamingResponse, responses=DOCUMENTED)
    async def stream(caller: Reader, last_event_id: LastId = None) -> StreamingResponse:
        """Server-sent events: first every open alarm, then every change of one; and the last day's changes by rule."""
        if listeners.locked():
            raise Problem(TOO_MANY)
        return StreamingResponse(
            tell(last_event_id, caller.expires_at),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )

    return routes
