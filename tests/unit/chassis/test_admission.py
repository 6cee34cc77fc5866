"""Who comes in, who waits, who is told to come back, and when; the clock and the dice are given."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter
from starlette.requests import Request

from chassis.clock import SystemClock
from chassis.http.admission import Admission, Bounds, Strain, at_ease
from chassis.http.app import Application, create_app
from chassis.http.problems import Problem
from chassis.http.rates import Rate, Rates, charge
from chassis.settings import ChassisSettings


class Hand:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class World:
    """A service whose writes take until `go` is set, and what it is told is behind."""

    def __init__(self, **settings: float) -> None:
        self.go = asyncio.Event()
        self.strain: Strain | None = None
        self.working = self.most = 0
        common = {"region": "330000", "kafka_bootstrap": "b:1", "database_url": "postgresql://x/y"}
        self.app: Application = create_app(
            title="t",
            version="1",
            settings=ChassisSettings.model_validate(common | settings),
            clock=SystemClock(),
            checks=[],
            strain=lambda: self.strain,
        )
        router = APIRouter()

        @router.post("/v1/writes")
        async def write() -> str:
            self.working += 1
            self.most = max(self.most, self.working)
            await self.go.wait()
            self.working -= 1
            return "done"

        @router.get("/v1/reads")
        async def read() -> str:
            return "read"

        self.app.include_router(router)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://test") as client:
            yield client

    async def until_working(self, count: int) -> None:
        async with asyncio.timeout(5):
            while self.working < count:
                await asyncio.sleep(0.001)


async def test_so_many_are_worked_on_so_many_wait_and_the_next_is_refused_at_once() -> None:
    world = World(http_at_once=2, http_waiting=3, http_wait_seconds=30)
    async with world.client() as client:
        inside = [asyncio.create_task(client.post("/v1/writes")) for _ in range(5)]
        await world.until_working(2)
        refused = await client.post("/v1/writes")
        assert (refused.status_code, refused.json()["code"]) == (503, "4002")
        assert int(refused.headers["retry-after"]) >= 1
        assert (await client.get("/v1/reads")).status_code == 200
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/metrics")).status_code == 200
        world.go.set()
        assert [answer.status_code for answer in await asyncio.gather(*inside)] == [200] * 5
        assert world.most == 2
        assert (await client.post("/v1/writes")).status_code == 200, "it recovers at once"


async def test_nobody_waits_longer_than_the_bound() -> None:
    world = World(http_at_once=1, http_waiting=5, http_wait_seconds=0.02)
    async with world.client() as client:
        first = asyncio.create_task(client.post("/v1/writes"))
        await world.until_working(1)
        late = await client.post("/v1/writes")
        assert (late.status_code, "retry-after" in late.headers) == (503, True)
        world.go.set()
        assert (await first).status_code == 200


async def test_one_who_hangs_up_while_waiting_leaves_no_trace() -> None:
    world = World(http_at_once=1, http_waiting=1, http_wait_seconds=30)
    async with world.client() as client:
        first = asyncio.create_task(client.post("/v1/writes"))
        await world.until_working(1)
        gone = asyncio.create_task(client.post("/v1/writes"))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.wait([gone])
        second = asyncio.create_task(client.post("/v1/writes"))
        await asyncio.sleep(0)
        world.go.set()
        assert {(await first).status_code, (await second).status_code} == {200}


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_what_is_behind_refuses_writes_and_nothing_else(language: str) -> None:
    world = World()
    world.go.set()
    world.strain = Strain("outbox", 12.0)
    async with world.client() as client:
        refused = await client.post("/v1/writes", headers={"accept-language": language})
        assert refused.status_code == 503
        assert 12 <= int(refused.headers["retry-after"]) <= 18
        assert refused.headers["content-language"] == language
        assert (await client.get("/v1/reads")).status_code == 200
        world.strain = None
        assert (await client.post("/v1/writes")).status_code == 200


def test_the_time_to_come_back_is_computed_from_the_pace_and_spread() -> None:
    clock = Hand()
    dice = iter([0.0, 1.0])
    admission = Admission(Bounds(at_once=4, waiting=6), at_ease, monotonic=clock, chance=lambda: next(dice))
    for _ in range(10):
        assert admission.enter() is None
    clock.now += 1.0
    admission.leave()  # one a second
    assert admission.enter() is None
    for expected in ("10", "15"):
        refusal = admission.enter()
        assert refusal is not None
        assert refusal.headers["Retry-After"] == expected


def test_a_client_may_burst_then_gets_its_pace_and_learns_how_it_stands() -> None:
    clock = Hand()
    rates = Rates(Rate(per_second=10, burst=20), monotonic=clock)
    standings = [rates.admit("a") for _ in range(20)]
    assert [standing.left for standing in standings] == list(range(19, -1, -1))
    with pytest.raises(Problem) as refused:
        rates.admit("a")
    assert refused.value.kind.status == 429
    assert refused.value.headers["Retry-After"] == "1"
    assert refused.value.headers["RateLimit"] == '"writes";r=0;t=1'
    assert refused.value.headers["RateLimit-Policy"] == '"writes";q=20;w=2'
    rates.admit("b")  # its own bucket
    clock.now += 0.1
    rates.admit("a")
    with pytest.raises(Problem):
        rates.admit("a")


def test_a_batch_is_taken_whole_and_paid_off_afterwards() -> None:
    clock = Hand()
    rates = Rates(Rate(per_second=10, burst=20), monotonic=clock)
    rates.admit("employer")
    rates.charge("employer", 119)
    with pytest.raises(Problem) as refused:
        rates.admit("employer")
    wait = int(refused.value.headers["Retry-After"])
    clock.now += wait - 1
    with pytest.raises(Problem):
        rates.admit("employer")
    clock.now += 1
    assert rates.admit("employer").left >= 0


def test_clients_seen_least_lately_are_forgotten() -> None:
    rates = Rates(Rate(per_second=1, burst=1), monotonic=Hand(), most=2)
    for client in ("a", "b", "c"):
        rates.admit(client)
    rates.admit("a")  # forgotten, so it may again
    with pytest.raises(Problem):
        rates.admit("c")


async def test_a_write_tells_its_client_how_it_stands() -> None:
    world = World()

    @world.app.post("/v1/batch")
    async def batch(request: Request) -> str:
        charge(request, "client", 41)
        return "taken"

    async with world.client() as client:
        answer = await client.post("/v1/batch")
    assert answer.headers["ratelimit-policy"] == '"writes";q=5000;w=10'
    assert answer.headers["ratelimit"].startswith('"writes";r=49')
