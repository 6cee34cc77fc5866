"""The region processes: all services of a region in one process, started together, watched, and stopped together."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from demo.settings import ROOT, DemoError
from deploy.local import child
from deploy.local.child import Child
from deploy.local.preflight import LOOPBACK, free_port

READY_SECONDS: Final = 120.0
POLL_SECONDS: Final = 0.1
STOP_SECONDS: Final = 12.0
OTHERS: Final = ("HC_", "KAFKA_", "DATABASE_URL")  # what the caller's environment says is not for the regions


@dataclass(frozen=True)
class RegionProcess:
    """The process of one region; `url` is where its HTTP edge listens."""

    region: str
    url: str
    child: Child

    def check(self) -> None:
        """Raise DemoError, with the end of the log, when the process has ended."""
        if not self.child.is_alive():
            raise DemoError(
                f"The process of region {self.region} ended with exit code {self.child.process.returncode}. "
                f"The last lines of {self.child.log}:\n{child.tail(self.child.log)}"
            )


class RegionProcesses:
    """Starts, watches and stops the region processes."""

    def __init__(self, regions: Iterable[str], logs: Path) -> None:
        self._logs = logs
        self._ports = {region: free_port() for region in regions}
        self._running: dict[str, RegionProcess] = {}

    @property
    def urls(self) -> Mapping[str, str]:
        """Where each region's HTTP edge listens, once it is started."""
        return {region: f"http://{LOOPBACK}:{port}" for region, port in self._ports.items()}

    def start(self, region: str, env: Mapping[str, str]) -> None:
        """Start a region; on Linux it is told to stop when this process ends, however it ends."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
        started = child.start(
            f"region {region}",
            [sys.executable, "-m", "services", "--region", region, "migrate", "all"],
            log=self._logs / f"{region}.log",
            stop_signal=signal.SIGTERM,
            env={**inherited, **env, "HC_HTTP_PORT": str(self._ports[region])},
            cwd=ROOT,
        )
        self._running[region] = RegionProcess(region, self.urls[region], started)

    async def ready(self) -> None:
        """Wait until all answer that they are ready. Raises DemoError when one ends, or takes two minutes."""
        async with httpx.AsyncClient(timeout=5.0) as client:
            await asyncio.gather(*(_ready(client, process) for process in self._running.values()))

    def check(self) -> None:
        """Raise DemoError when one has ended."""
        for process in self._running.values():
            process.check()

    async def failure(self) -> DemoError:
        """Wait until one ends by itself, and return what to tell about it."""
        while True:
            try:
                self.check()
            except DemoError as error:
                return error
            await asyncio.sleep(POLL_SECONDS)

    async def stop(self) -> None:
        """Ask all to end what they have in hand, at once; what does not in twelve seconds is killed."""
        await asyncio.gather(*(process.child.stop(STOP_SECONDS) for process in self._running.values()))


async def _ready(client: httpx.AsyncClient, process: RegionProcess) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        process.check()
        try:
            answer = await client.get(process.url + "/health/ready")
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code == httpx.codes.OK:
            return
        if time.monotonic() > deadline:
            raise DemoError(
                f"Region {process.region} is not ready after {READY_SECONDS:.0f} s; read {process.child.log}, whose "
                f"last lines are:\n{child.tail(process.child.log)}"
            )
        await asyncio.sleep(POLL_SECONDS)
