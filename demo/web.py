"""The demo's one HTTP edge: the live page, its event stream, the three things to try, and the identity provider."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec
from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import FileResponse, StreamingResponse

from chassis.clock import Clock
from chassis.http.app import create_app
from chassis.http.problems import Problem, problem_type
from chassis.settings import ChassisSettings
from demo.follower import Follower
from demo.identity import DemoIdentity, identity_router
from demo.settings import DemoError
from demo.signin import BODIES

PAGE: Final = Path(__file__).parent / "page"
FILES: Final = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/chart.js": ("chart.js", "text/javascript; charset=utf-8"),
    "/network.js": ("network.js", "text/javascript; charset=utf-8"),
    "/texts.js": ("texts.js", "text/javascript; charset=utf-8"),
}
HEADERS: Final = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
}
LISTENERS: Final = 50

TOO_MANY = problem_type(
    "too-many-listeners", 429, "4100", "Too many pages are open.", "打开的页面过多。",
    detail_en="Close another page and reload this one.", detail_zh="请关闭其他页面后重新加载。",
)  # fmt: skip
NOT_DONE = problem_type(
    "demo-step", 409, "3190", "That step is not possible now.", "现在无法进行这一步。",
    detail_en="{reason}", detail_zh="{reason}",
)  # fmt: skip


class Actions(Protocol):
    """The three things to try, and what became of the citizen."""

    async def mine(self) -> dict[str, Any] | None:
        """The citizen's code here and abroad, or None before the first step."""
        ...

    @property
    def ready(self) -> bool:
        """Whether a step can be tried now."""
        ...

    async def declare(self) -> None:
        """Somebody declares and announces trips."""
        ...

    async def put_on_list(self) -> None:
        """They are put on a control list."""
        ...

    async def pass_days(self) -> None:
        """Fourteen days of normal check-ins pass."""
        ...


class Oversight(Protocol):
    """What the regions' oversight says."""

    def snapshot(self) -> dict[str, Any]:
        """Open alarms, and the last day's changes by rule."""
        ...


@dataclass(frozen=True)
class Sources:
    """What the page shows."""

    follower: Follower
    actions: Actions
    oversight: Oversight
    pages: Mapping[str, str]
    """Where each region's own pages are."""


def create_edge(sources: Sources, identity: DemoIdentity, settings: ChassisSettings, clock: Clock) -> FastAPI:
    """The application that serves the page and the identity provider; `settings` must be a demo's."""
    app = create_app(title="demo", version="0.1.0", settings=settings, clock=clock, checks=[], bodies=BODIES)
    app.include_router(identity_router(settings, identity))
    app.include_router(page_router())
    app.include_router(stream_router(sources))
    app.include_router(try_router(sources.actions))
    return app


def page_router() -> APIRouter:
    """The page as the browser reads it: no build step, nothing from elsewhere."""
    router = APIRouter(include_in_schema=False)

    def serve(path: str, name: str, media_type: str) -> None:
        @router.get(path)
        async def file() -> FileResponse:
            return FileResponse(PAGE / name, media_type=media_type, headers=HEADERS)

    for path, (name, media_type) in FILES.items():
        serve(path, name, media_type)
    return router


def stream_router(sources: Sources) -> APIRouter:
    """The event stream: first all that is known, then what is new."""
    router = APIRouter(include_in_schema=False)
    listeners = asyncio.Semaphore(LISTENERS)

    async def tell() -> AsyncIterator[bytes]:
        async with listeners:
            yield await _message(sources.follower.snapshot(), sources)
            async for news in sources.follower.changes():
                yield await _message(news, sources)

    @router.get("/stream")
    async def stream() -> StreamingResponse:
        if listeners.locked():
            raise Problem(TOO_MANY)
        return StreamingResponse(tell(), media_type="text/event-stream", headers={"cache-control": "no-store"})

    return router


async def _message(state: dict[str, Any], sources: Sources) -> bytes:
    actions = sources.actions
    everything = {
        **state,
        "ready": actions.ready,
        "mine": await actions.mine(),
        "oversight": sources.oversight.snapshot(),
        "pages": sources.pages,
    }
    return b"data: " + msgspec.json.encode(everything) + b"\n\n"


def try_router(actions: Actions) -> APIRouter:
    """The three things to try."""
    router = APIRouter(include_in_schema=False)
    steps: dict[str, Callable[[], Awaitable[None]]] = {
        "declare": actions.declare,
        "list": actions.put_on_list,
        "pass": actions.pass_days,
    }

    def serve(name: str, step: Callable[[], Awaitable[None]]) -> None:
        @router.post(f"/try/{name}", status_code=204)
        async def take() -> Response:
            try:
                await step()
            except DemoError as reason:
                raise Problem(NOT_DONE, reason=str(reason)) from None
            return Response(status_code=204)

    for name, step in steps.items():
        serve(name, step)
    return router
