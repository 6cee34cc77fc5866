"""What surrounds every request: its id, its line in the log, its metrics, and the answer when all else failed.

Plain ASGI, so that bound log ids, streamed answers and cancelled requests work as without it.
"""

import re
import time
import uuid
from collections.abc import Callable

import structlog
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import metrics, trace
from chassis.http.answers import REQUEST_ID_KEY, internal_error

REQUEST_ID_HEADER = "X-Request-Id"
UNMATCHED = "(none)"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUIET = frozenset({"/health/live", "/health/ready", "/metrics"})
"""Asked for all the time by machines; only their failures are logged."""

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

log = structlog.get_logger(__name__)


class RequestIdMiddleware:
    """Takes over a sane `X-Request-Id` or makes one; returns it, and binds it to all that is logged."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope).get(REQUEST_ID_HEADER, "")
        request_id = asked if _SANE_ID.fullmatch(asked) else uuid.uuid4().hex
        scope[REQUEST_ID_KEY] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[REQUEST_ID_HEADER] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self._app(scope, receive, send_with_id)


class ObserverMiddleware:
    """One line and one count a request, by the route's template: never the path, the query or the caller.

    An exception that nothing else caught ends here, as a 500 that says nothing but the request's id.
    """

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service
        self._templates: dict[Callable[..., object], str] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        start = time.perf_counter()
        traced = trace.request(_method(scope))
        try:
            await self._app(scope, receive, send_and_note)
        except Exception as error:
            answer = internal_error(scope, error)
            if status:
                raise  # the answer has begun; the server has to cut it off
            await answer(scope, receive, send_and_note)
        finally:
            route = self._template(scope)
            if traced is not None:
                traced.end(_method(scope), route, status)
            self._note(_method(scope), route, status, time.perf_counter() - start)

    def _note(self, method: str, route: str, status: int, seconds: float) -> None:
        metrics.HTTP_REQUESTS.labels(self._service, method, route, str(status)).inc()
        metrics.HTTP_REQUEST_SECONDS.labels(self._service, method, route).observe(seconds)
        if route not in QUIET or status >= 400:
            log.info("http_request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))

    def _template(self, scope: Scope) -> str:
        """The whole template of the route taken; `scope["route"]` alone lacks the prefix of an included router."""
        if self._templates is None:
            app: FastAPI = scope["app"]
            contexts = iter_route_contexts(app.routes)
            self._templates = {c.endpoint: c.path for c in contexts if c.endpoint is not None and c.path is not None}
        return self._templates.get(scope.get("endpoint", None), UNMATCHED)


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in METHODS else "OTHER"
