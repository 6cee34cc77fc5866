"""Looking at one's code beside an empty route of the same server, by requests a second and by its processor time."""

import asyncio
import itertools
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import httpx
import psutil

from demo.http import Client

SECONDS: Final = 5.0
AT_ONCE: Final = 32
READY_SECONDS: Final = 60.0
OK: Final = (200, 304)


@dataclass(frozen=True)
class Served:
    """How many a second a route served, and what one cost the server in microseconds of processor time."""

    name: str
    rate: float
    micros: float


async def until_ready(url: str) -> None:
    """Wait for the server. Raises TimeoutError."""
    client = Client(url, 1)
    async with asyncio.timeout(READY_SECONDS):
        while True:
            try:
                if (await client.request("GET", "/health/ready", {})).status == 200:
                    return
            except OSError:
                await asyncio.sleep(0.1)


async def etag_of(url: str, path: str, headers: Mapping[str, str]) -> str:
    """The ETag of an answer."""
    async with httpx.AsyncClient(base_url=url) as client:
        answer = await client.get(path, headers=dict(headers))
    return answer.headers["etag"]


async def served(name: str, url: str, pid: int, paths: Iterable[str], headers: Mapping[str, str]) -> Served:
    """Ask for the paths in turn, for some seconds, always so many at a time. Raises RuntimeError for a refusal."""
    client, process, turns = Client(url, AT_ONCE), psutil.Process(pid), itertools.cycle(paths)
    await _ask(client, turns, headers, 0.5)
    before, begun = process.cpu_times(), time.perf_counter()
    count = await _ask(client, turns, headers, SECONDS)
    seconds, after = time.perf_counter() - begun, process.cpu_times()
    await client.close()
    used = after.user + after.system - before.user - before.system
    return Served(name, count / seconds, used / count * 1e6)


async def _ask(client: Client, turns: Iterator[str], headers: Mapping[str, str], seconds: float) -> int:
    end, count = time.perf_counter() + seconds, 0

    async def one_after_another() -> None:
        nonlocal count
        while time.perf_counter() < end:
            path = next(turns)
            answer = await client.request("GET", path, headers)
            if answer.status not in OK:
                raise RuntimeError(f"{path} answered {answer.status}: {answer.body[:200]!r}")
            count += 1

    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    return count
