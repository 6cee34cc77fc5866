"""At overload what a page can do without goes first, then those beyond what is answered in time; others are let in."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter

from chassis.clock import SystemClock
from chassis.http.admission import Strain
from chassis.http.app import create_app
from chassis.settings import ChassisSettings

AT_ONCE, PANELS = 6, 3


class World:
    """A service whose reads take until `go` is set."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.strain: Strain | None = None
        self.working = self.most = 0
        settings = ChassisSettings(
            region="330000",
            kafka_bootstrap="b:1",
            database_url="postgresql://x/y",
            http_reads_at_once=AT_ONCE,
            http_panels_at_once=PANELS,
        )
        app = create_app(
            title="t",
            version="1",
            settings=settings,
            clock=SystemClock(),
            checks=[],
            strain=lambda: self.strain,
            panels=[r"/v1/codes/[^/]+/history"],
        )
        router = APIRouter()

        @router.get("/v1/codes/{subject}")
        @router.get("/v1/codes/{subject}/history")
        async def read(subject: str) -> str:
            self.working += 1
            self.most = max(self.most, self.working)
            await self.go.wait()
            self.working -= 1
            return subject

        app.include_router(router)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")

    def ask(self, path: str) -> "asyncio.Task[httpx.Response]":
        return asyncio.create_task(self.client.get(path))

    async def inside(self, count: int) -> None:
        """Wait until so many are being answered."""
        async with asyncio.timeout(10):
            while self.working < count:
                await asyncio.sleep(0)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    await world.client.aclose()


async def test_panels_go_first_then_everybody_beyond_and_those_inside_are_answered(world: World) -> None:
    asked = [world.ask("/v1/codes/a") for _ in range(PANELS)]
    await world.inside(PANELS)
    panel = await world.client.get("/v1/codes/a/history")
    assert (panel.status_code, panel.headers["Retry-After"]) == (503, "2")
    asked += [world.ask("/v1/codes/b") for _ in range(AT_ONCE - PANELS)]
    await world.inside(AT_ONCE)
    beyond = await world.client.get("/v1/codes/c")
    assert beyond.status_code == 503
    assert beyond.json()["type"] == "urn:healthcode:problem:overloaded"
    assert (await world.client.get("/health/live")).status_code == 200
    world.go.set()
    assert [answer.status_code for answer in await asyncio.gather(*asked)] == [200] * AT_ONCE
    assert world.most == AT_ONCE, "whatever came, nobody shared the process with more"
    for path in ("/v1/codes/c", "/v1/codes/c/history"):
        assert (await world.client.get(path)).status_code == 200


async def test_a_process_that_is_behind_refuses_panels_and_answers_codes(world: World) -> None:
    world.go.set()
    world.strain = Strain("loop", 7)
    assert (await world.client.get("/v1/codes/a")).status_code == 200
    refused = await world.client.get("/v1/codes/a/history")
    assert (refused.status_code, int(refused.headers["Retry-After"]) >= 7) == (503, True)
    world.strain = None
    assert (await world.client.get("/v1/codes/a/history")).status_code == 200


async def test_who_goes_away_leaves_room(world: World) -> None:
    asked = [world.ask("/v1/codes/a") for _ in range(AT_ONCE)]
    await world.inside(AT_ONCE)
    for task in asked:
        task.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    world.go.set()
    assert (await world.client.get("/v1/codes/a")).status_code == 200
