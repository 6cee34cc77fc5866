"""Routes that everybody asks: documented like all others, and served by a function of the request alone.

Solving what a signature depends on takes FastAPI half the time of a view. What such a function cannot read it leaves,
with None, to the usual way, which tells the caller what is wrong.
"""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

Serve = Callable[[Request], Awaitable[Response | None]]


def plain(serve: Serve) -> type[APIRoute]:
    """A class of route, for `route_class_override`, that asks `serve` first."""

    class PlainRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            usual = super().get_route_handler()

            async def handle(request: Request) -> Response:
                answer = await serve(request)
                return await usual(request) if answer is None else answer

            return handle

    return PlainRoute
