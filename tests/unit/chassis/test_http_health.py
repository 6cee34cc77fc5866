import asyncio
from collections.abc import Callable, Mapping
from types import MappingProxyType

import httpx
import pytest

from chassis.clock import SystemClock
from chassis.http.app import create_app
from chassis.http.health import Check
from chassis.settings import ChassisSettings


def connect(*checks: Check, held: Mapping[str, str] = MappingProxyType({})) -> httpx.AsyncClient:
    settings = ChassisSettings(region="330000", kafka_bootstrap="b:1", database_url="postgresql://x/y")
    app = create_app(title="t", version="1", settings=settings, clock=SystemClock(), checks=checks, held=lambda: held)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def test_live_ready_and_metrics() -> None:
    async with connect(Check("database", passing)) as client:
        assert (await client.get("/health/live")).json() == {"status": "live"}
        assert (await client.get("/health/ready")).json() == {"status": "ready", "held": {}}
        exposed = await client.get("/metrics")
    assert exposed.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "hc_http_requests_total" in exposed.text


async def test_a_held_component_is_named_and_keeps_nobody_from_serving() -> None:
    held = {"recognition.worker.0": "topic t does not exist: run migrate"}
    async with connect(Check("database", passing), held=held) as client:
        response = await client.get("/health/ready")
    assert (response.status_code, response.json()["held"]) == (200, held)


async def passing() -> None:
    return None


async def failing() -> None:
    raise ConnectionError("postgresql://user:pw@host")


async def hanging() -> None:
    await asyncio.Event().wait()


async def test_ready_names_the_checks_that_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    quick: Callable[..., object] = asyncio.timeout
    monkeypatch.setattr("chassis.http.health.asyncio.timeout", lambda _: quick(0.01))
    checks = (Check("database", failing), Check("broker", hanging), Check("clock", passing))
    async with connect(*checks) as client:
        response = await client.get("/health/ready")
    document = response.json()
    assert (response.status_code, document["code"]) == (503, "5002")
    assert document["failing"] == ["database", "broker"]
    assert "pw" not in response.text
