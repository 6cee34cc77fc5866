"""A home, a hub and a host: three regions on one broker, each with its own database and a process of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import asyncpg

from bench.region import Bench
from deploy.keys import make_keys
from deploy.local.stack import Stack

HOME, HUB, HOST = "440000", "100000", "450000"
MODELS: Final = {HOME: "330000", HUB: "100000", HOST: "420000"}
ROLES: Final = ("worker", "relay", "timer")
NAME: Final = "recognition.worker"


@dataclass(frozen=True)
class Nation:
    """The three, by their codes."""

    regions: dict[str, Bench]

    def start(self, *codes: str) -> None:
        """Start the recognition of some, all its roles in one process each."""
        for code in codes:
            self.regions[code].start("recognition", *ROLES)

    def stop(self, *codes: str) -> None:
        """Stop the recognition of some."""
        for code in codes:
            self.regions[code].stop()

    def check(self) -> None:
        """Raise BenchError when a process has ended."""
        for region in self.regions.values():
            region.check()

    @property
    def pids(self) -> dict[str, int]:
        """The processes that run, by what they are here."""
        names = {HOME: "home", HUB: "hub", HOST: "host"}
        running = {code: region.processes.get(NAME) for code, region in self.regions.items()}
        return {names[code]: process.pid for code, process in running.items() if process is not None}


@asynccontextmanager
async def nation_on(stack: Stack, folder: Path) -> AsyncIterator[Nation]:
    """Empty databases, fresh keys, and the topics of all."""
    regions, keys = folder / "regions", folder / "keys"
    for code, model in MODELS.items():
        shutil.copytree(Path("regions") / model, regions / code)
        document = regions / code / "region.yaml"
        document.write_text(document.read_text("utf-8").replace(model, code), "utf-8")
    catalogue = make_keys(keys, regions, list(MODELS), valid_from=datetime(2020, 1, 1, tzinfo=UTC))
    async with AsyncExitStack() as opened:
        made = {}
        for code in (HUB, HOME, HOST):
            made[code] = await opened.enter_async_context(_region(stack, folder, code, catalogue))
        yield Nation(made)


@asynccontextmanager
async def _region(stack: Stack, folder: Path, code: str, catalogue: Path) -> AsyncIterator[Bench]:
    database = f"bench_{code}"
    admin = await asyncpg.connect(stack.database_url)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HC_")}
    settings = {
        "HC_REGION": code,
        "HC_REGIONS": str(folder / "regions"),
        "HC_SECRETS": str(folder / "keys" / code),
        "HC_CATALOGUE": str(catalogue),
        "HC_LOG_FORMAT": "json",
        "HC_LOG_LEVEL": "warning",
        "KAFKA_BOOTSTRAP": stack.kafka_bootstrap,
        "DATABASE_URL": stack.database_url.rpartition("/")[0] + f"/{database}",
    }
    (folder / code).mkdir()
    bench = Bench(code, folder / code, inherited | settings)
    try:
        await admin.execute(f"CREATE DATABASE {database} TEMPLATE template0")
        migrate = [sys.executable, "-m", "services.recognition", "migrate"]
        subprocess.run(migrate, env=bench.environment, check=True, stdout=subprocess.DEVNULL)  # noqa: ASYNC221 - nothing else goes on
        yield bench
    finally:
        bench.stop()
        await admin.execute(f"DROP DATABASE {database} WITH (FORCE)")
        await admin.close()
