"""The contenders: each works through the same records; what is measured is from the first batch to the last commit."""

import asyncio
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import asyncpg
import psutil

from bench.region import Bench, BenchError
from deploy.local.stack import Stack

POLL_SECONDS: Final = 0.05
LONGEST_SECONDS: Final = 600.0

READ: Final = "SELECT coalesce(sum(next_offset), 0)::bigint FROM audit.stream_offset WHERE consumer = 'review'"
TAKEN: Final = "SELECT coalesce(sum(next_offset), 0)::bigint FROM issuer.stream_offset"
PUBLISHED: Final = """
SELECT NOT EXISTS (SELECT 1 FROM {0}.outbox) AND NOT EXISTS (SELECT 1 FROM {0}.relay_lane WHERE pending_to IS NOT NULL)
"""
ISSUED: Final = "SELECT (SELECT sum(sequence) FROM audit.dossier) = (SELECT sum(finding_sequence) FROM issuer.code)"

Say = Callable[[float], None]
"""Shows a contender's progress, from 0 to 1."""
Done = Callable[[asyncpg.Connection], Awaitable[bool]]


@dataclass(frozen=True)
class Result:
    """What a contender did in how many seconds, and the processor seconds of each process meanwhile."""

    name: str
    events: int
    seconds: float
    cpu: Mapping[str, float]

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds


class Clock:
    """Processor seconds of processes and the children they had."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in pids.items()}

    def read(self) -> dict[str, float]:
        """What each has used so far."""
        return {name: _used(process) for name, process in self._processes.items()}


def _used(process: psutil.Process) -> float:
    own = process.cpu_times()
    used = own.user + own.system + own.children_user + own.children_system
    for child in process.children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            times = child.cpu_times()
            used += times.user + times.system
    return float(used)


def servers(stack: Stack) -> dict[str, int]:
    """The broker and the database, where they are ours."""
    found = {"postgres": stack.postgres_pid, "broker": stack.kafka_pid}
    return {name: pid for name, pid in found.items() if pid is not None}


async def bare_loop(stack: Stack, source: str, target: str, count: int) -> Result:
    """The loop without any work, state or outbox."""
    clock = Clock(servers(stack))
    before = clock.read()
    command = [sys.executable, "-m", "bench.bare", stack.kafka_bootstrap, source, target, str(count)]
    ran = await asyncio.to_thread(
        subprocess.run, command, check=False, capture_output=True, text=True, timeout=LONGEST_SECONDS
    )
    if ran.returncode:
        raise BenchError(f"the bare loop failed:\n{ran.stderr[-2000:]}")
    taken = json.loads(ran.stdout)
    cpu = {name: used - before[name] for name, used in clock.read().items()}
    return Result("bare loop", count, taken["seconds"], {"worker": taken["cpu"], **cpu})


async def audit_alone(stack: Stack, region: Bench, count: int, say: Say) -> Result:
    """Records on the topics → findings on their topic."""
    for role in ("relay", "worker"):
        if f"audit.{role}" not in region.processes:
            region.start("audit", role)

    async def is_done(connection: asyncpg.Connection) -> bool:
        return await _is_published(connection, "audit")

    return await _measured("audit alone", (stack, region, count), is_done, say)


async def two_workers(stack: Stack, region: Bench, count: int, say: Say) -> Result:
    """As audit_alone, with two workers that share the partitions."""
    region.start("audit", "worker", number=2)
    return replace(await audit_alone(stack, region, count, say), name="audit, two workers")


async def whole_chain(stack: Stack, region: Bench, count: int, say: Say) -> Result:
    """Records on the topics → codes on their topic."""
    for service in ("issuer", "audit"):
        region.start(service, "relay")
        region.start(service, "worker")

    taken = 0

    async def is_done(connection: asyncpg.Connection) -> bool:
        """The look through all people takes long, so it waits until the issuer seems to have nothing left."""
        nonlocal taken
        before, taken = taken, int(await connection.fetchval(TAKEN))
        if taken != before or not await _is_published(connection, "audit"):
            return False
        return bool(await connection.fetchval(ISSUED)) and await _is_published(connection, "issuer")

    return await _measured("whole chain", (stack, region, count), is_done, say)


async def _is_published(connection: asyncpg.Connection, service: str) -> bool:
    return bool(await connection.fetchval(PUBLISHED.format(service)))


async def _measured(name: str, of: tuple[Stack, Bench, int], is_done: Done, say: Say) -> Result:
    """Watch from the first batch on; what was read by then does not count."""
    stack, region, count = of
    clock = Clock({name: process.pid for name, process in region.processes.items()} | servers(stack))
    connection = await asyncpg.connect(region.database_url)
    deadline = time.perf_counter() + LONGEST_SECONDS
    first, began, before = 0, 0.0, clock.read()
    try:
        while time.perf_counter() < deadline:
            region.check()
            read = int(await connection.fetchval(READ))
            if read and not first:
                first, began, before = read, time.perf_counter(), clock.read()
            if read >= count and await is_done(connection):
                seconds = time.perf_counter() - began
                used = {name: now - before[name] for name, now in clock.read().items()}
                return Result(name, count - first, seconds, used)
            say(read / count)
            await asyncio.sleep(POLL_SECONDS)
    finally:
        await connection.close()
    raise BenchError(f"{name}: not done within {LONGEST_SECONDS:.0f} s; the logs are in {region.folder}")
