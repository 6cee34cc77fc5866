import asyncio
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from chassis import process
from chassis.kafka.real import KafkaBroker
from chassis.process import ALL, API, run_or_explain, serve
from chassis.pulse import Pulse
from chassis.run import Blueprint, Runtime, Service
from chassis.server import HttpServer
from chassis.settings import ChassisSettings, SettingsError

SECONDS = 20
SETTINGS = ChassisSettings(
    region="330000",
    kafka_bootstrap="127.0.0.1:1",
    database_url="postgresql://x/y",
    jwks_url="http://127.0.0.1:1/jwks",
    jwt_issuer="test",
)


class Recorder:
    """A component that says when it runs, and waits for the stop."""

    def __init__(self) -> None:
        self.started = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        self.started.set()
        await stop.wait()


class Troubled(Recorder):
    """A component that runs, and cannot do its work."""

    def __init__(self) -> None:
        super().__init__()
        self.pulse = Pulse()
        self.pulse.beat("holds a partition")


class NoPool:
    async def close(self) -> None:
        return None

    async def fetchval(self, _query: str) -> int:
        return 1


@pytest.fixture
def stop(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """What a signal would set; no database is opened."""
    stop = asyncio.Event()

    async def open_pool(*_: Any) -> NoPool:
        return NoPool()

    monkeypatch.setattr(process, "stop_on_signals", lambda: stop)
    monkeypatch.setattr(process, "open_pool", open_pool)
    return stop


def blueprint(build: Any) -> Blueprint:
    return Blueprint("svc", Path(), build)


async def test_only_the_asked_roles_run(stop: asyncio.Event) -> None:
    worker, relay = Recorder(), Recorder()

    async def build(runtime: Runtime) -> Service:
        return Service(runtime.service, {"worker": [worker], "relay": [relay]})

    serving = asyncio.create_task(serve([blueprint(build)], {"svc": SETTINGS}, {"worker"}))
    await asyncio.wait_for(worker.started.wait(), SECONDS)
    stop.set()
    await asyncio.wait_for(serving, SECONDS)
    assert not relay.started.is_set()


async def test_a_stop_during_the_start_ends_it(stop: asyncio.Event) -> None:
    """Whoever waits for a clock or a slow database is told to stop as anybody else."""
    building, cancelled = asyncio.Event(), asyncio.Event()

    async def build(_runtime: Runtime) -> Service:
        building.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        raise AssertionError

    serving = asyncio.create_task(serve([blueprint(build)], {"svc": SETTINGS}, {"worker"}))
    await asyncio.wait_for(building.wait(), SECONDS)
    stop.set()
    await asyncio.wait_for(serving, SECONDS)
    assert cancelled.is_set()


async def test_a_taken_port_ends_the_process_with_a_sentence(stop: asyncio.Event) -> None:
    worker = Recorder()

    async def build(runtime: Runtime) -> Service:
        return Service(runtime.service, {"worker": [worker]})

    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = SETTINGS.model_copy(update={"http_port": taken.getsockname()[1]})
        with pytest.raises(SettingsError, match="HC_HTTP_PORT"):
            await asyncio.wait_for(serve([blueprint(build)], {"svc": settings}, {"worker", API}), SECONDS)
    assert stop.is_set()


async def test_a_worker_tells_on_a_port_of_its_own_whether_it_does_its_work(
    stop: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Troubled()

    async def build(runtime: Runtime) -> Service:
        return Service(runtime.service, {"worker": [worker]})

    async def partitions(_broker: KafkaBroker, topic: str) -> int:
        return len([topic])

    monkeypatch.setattr(KafkaBroker, "partitions", partitions)
    settings = SETTINGS.model_copy(update={"health_port": 0})
    with capture_logs() as logs:
        serving = asyncio.create_task(serve([blueprint(build)], {"svc": settings}, {"worker"}))
        async with asyncio.timeout(SECONDS):
            while not (started := [line for line in logs if line["event"] == "http_started"]):
                await asyncio.sleep(0)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{started[0]['port']}") as client:
        assert (await client.get("/health/live")).status_code == httpx.codes.OK
        troubled = await client.get("/health/ready")
        assert (troubled.status_code, troubled.json()["failing"]) == (503, ["svc.worker.0"])
        worker.pulse.beat()
        assert (await client.get("/health/ready")).status_code == httpx.codes.OK
        assert "hc_http_requests_total" in (await client.get("/metrics")).text
    stop.set()
    await asyncio.wait_for(serving, SECONDS)


async def test_requests_in_hand_are_answered_before_the_server_ends() -> None:
    app, stop, arrived, go = FastAPI(), asyncio.Event(), asyncio.Event(), asyncio.Event()

    @app.get("/slow")
    async def slow() -> str:
        arrived.set()
        await go.wait()
        return "done"

    with capture_logs() as logs:
        serving = asyncio.create_task(HttpServer(app, "127.0.0.1", 0).run(stop))
        async with asyncio.timeout(SECONDS):
            while not logs:
                await asyncio.sleep(0)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{logs[0]['port']}") as client:
        asking = asyncio.create_task(client.get("/slow"))
        await asyncio.wait_for(arrived.wait(), SECONDS)
        stop.set()
        asyncio.get_running_loop().call_later(0.05, go.set)
        assert (await asking).json() == "done"
    await asyncio.wait_for(serving, SECONDS)


def test_wrong_settings_are_one_sentence() -> None:
    async def build(_runtime: Runtime) -> Service:
        raise AssertionError

    with pytest.raises(SystemExit, match="HC_REGION"):
        run_or_explain([blueprint(build)], [ALL], {})
