"""Worker and relay are killed again and again, with a batch open or the outbox not empty: the books balance."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from deploy.local.stack import Stack
from tests.support.outcomes import Outcomes
from tests.support.people import declaration
from tests.support.region import RegionProcesses, region_processes

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(600)]

REGION = "340000"
PEOPLE = 2500
KILLS = 10
KILL_SECONDS = 30
WINDOW_SECONDS = 3
SPREAD_SECONDS = 150
SERVICES = ("declaration", "audit", "issuer")
FEVER: dict[str, Any] = {"temperature": 38.4, "symptoms": ["fever"]}

OPEN_BATCH = """
SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE d.datname = current_database() AND l.relation = 'audit.stream_offset'::regclass AND l.mode = 'RowShareLock'
"""
OPEN_WINDOW = "SELECT count(*) FROM audit.relay_lane WHERE pending_to IS NOT NULL"
FULL_OUTBOX = "SELECT count(*) FROM audit.outbox"


@pytest.fixture
async def region(stack: Stack, database_url: str, tmp_path: Path) -> AsyncIterator[RegionProcesses]:
    with region_processes(stack, database_url, tmp_path, REGION) as processes:
        processes.spawn("declaration.api", "services.declaration", "api")
        for service in SERVICES:
            processes.spawn(f"{service}.worker", f"services.{service}", "worker")
            processes.spawn(f"{service}.relay", f"services.{service}", "relay")
        await asyncio.to_thread(processes.wait_ready)
        yield processes


async def declare_all(region: RegionProcesses, accepted: list[str], hurry: asyncio.Event) -> None:
    """Each person declares twice, well and then with fever; every 202 is written down.

    The load is spread over the time that the kills take, so that each finds work going on; `hurry` ends that.
    """
    token = region.identity.token("counter-1", roles=["counter"], region=REGION, authority="测试窗口", person="p-1")
    headers = {"authorization": f"Bearer {token}"}
    at_once = asyncio.Semaphore(16)
    async with httpx.AsyncClient(base_url=region.url, headers=headers, timeout=60) as client:

        async def declare(index: int) -> None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(hurry.wait(), index * SPREAD_SECONDS / PEOPLE)
            for health in ({}, FEVER):
                async with at_once:
                    answer = await client.post("/v1/declarations", json=declaration(index, **health))
                assert answer.status_code == httpx.codes.ACCEPTED, answer.text
                accepted.append(answer.json()["id"])

        async with asyncio.TaskGroup() as group:
            for index in range(PEOPLE):
                group.create_task(declare(index))


async def kill_at(region: RegionProcesses, name: str, is_open: str, seconds: float) -> bool:
    """Stop the process, look whether it is in the middle of something, and only then kill it and start it anew."""
    connection = await asyncpg.connect(region.database_url)
    deadline = time.monotonic() + seconds
    try:
        while time.monotonic() < deadline:
            process = region.running[name]
            os.kill(process.pid, signal.SIGSTOP)
            if await connection.fetchval(is_open):
                await asyncio.to_thread(region.kill, name)
                service, _, role = name.partition(".")
                region.spawn(name, f"services.{service}", role)
                return True
            os.kill(process.pid, signal.SIGCONT)
            await asyncio.sleep(0.005)
    finally:
        await connection.close()
    return False


async def kill_worker(region: RegionProcesses) -> bool:
    """With a batch open."""
    return await kill_at(region, "audit.worker", OPEN_BATCH, KILL_SECONDS)


async def kill_relay(region: RegionProcesses) -> bool:
    """With a window stored and perhaps not published; or, when none is caught, with the outbox not empty."""
    if await kill_at(region, "audit.relay", OPEN_WINDOW, WINDOW_SECONDS):
        return True
    connection = await asyncpg.connect(region.database_url)
    process = region.running["audit.relay"]
    try:
        os.kill(process.pid, signal.SIGSTOP)
        async with asyncio.timeout(KILL_SECONDS):
            while not await connection.fetchval(FULL_OUTBOX):
                await asyncio.sleep(0.02)
        await asyncio.to_thread(region.kill, "audit.relay")
        region.spawn("audit.relay", "services.audit", "relay")
    except TimeoutError:
        os.kill(process.pid, signal.SIGCONT)
        return False
    finally:
        await connection.close()
    return True


async def kill_in_turn(region: RegionProcesses) -> tuple[int, int]:
    """How many kills of worker and relay landed in the middle of something, ten of each wanted.

    In turn: a new worker is killed again only after batches of it went out, or it would never get anything done.
    """
    workers = relays = 0
    for _ in range(KILLS):
        workers += await kill_worker(region)
        relays += await kill_relay(region)
    return workers, relays


async def test_nothing_is_lost_or_doubled_while_worker_and_relay_are_killed(region: RegionProcesses) -> None:
    accepted: list[str] = []
    hurry = asyncio.Event()
    load = asyncio.create_task(declare_all(region, accepted, hurry))
    workers, relays = await kill_in_turn(region)
    hurry.set()
    await load
    outcomes = Outcomes(region.environment["KAFKA_BOOTSTRAP"], f"hc.{REGION}.codes.v1")
    with contextlib.closing(outcomes):
        missing = await asyncio.to_thread(outcomes.read_until, accepted, 180)
        await asyncio.to_thread(outcomes.read_for, 2)
    assert (workers, relays) == (KILLS, KILLS), "every kill has to land in the middle of something"
    assert len(accepted) == 2 * PEOPLE
    assert not missing, f"{len(missing)} accepted declarations have no outcome"
    assert {cause: n for cause, n in outcomes.causes.items() if n != 1} == {}, "an outcome came twice"
    for versions in outcomes.versions.values():
        assert versions == sorted(set(versions)), "versions of one subject repeat or go back"
    assert len(outcomes.versions) == PEOPLE
    connection = await asyncpg.connect(region.database_url)
    for service in SERVICES:
        assert await connection.fetchval(f"SELECT count(*) FROM {service}.parked_record") == 0  # noqa: S608 - our own names
    await connection.close()
