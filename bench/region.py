"""A region for a contender: its own topics and database, and one process per role, as production runs them."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

import asyncpg

from chassis.kafka.model import Outgoing
from chassis.kafka.real import KafkaBroker
from deploy.keys import make_keys
from deploy.local.stack import Stack
from healthcode.envelope import encode
from healthcode.events import Event

MODEL: Final = "330000"
CHUNK: Final = 5000
STOP_SECONDS: Final = 30


class BenchError(Exception):
    """A contender did not come through; the text says where to look."""


@dataclass
class Bench:
    """One region and its processes. `processes` are by name, as `audit.worker`."""

    code: str
    folder: Path
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def database_url(self) -> str:
        """The region's own database."""
        return self.environment["DATABASE_URL"]

    def start(
        self,
        service: str,
        *roles: str,
        number: int = 1,
        profile: Path | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        """Start roles in a process of their own, named by the first; the second of a role is `number` 2.

        `more` is added to its environment.
        """
        name = f"{service}.{roles[0]}" + (f".{number}" if number > 1 else "")
        run = ["bench.profiled", str(profile)] if profile else []
        command = [sys.executable, "-m", *run, f"services.{service}", *roles]
        env = self.environment | dict(more or {})
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(command, env=env, stdout=log, stderr=subprocess.STDOUT)

    def check(self) -> None:
        """Raise BenchError when a process has ended."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                tail = (self.folder / f"{name}.log").read_text("utf-8")[-2000:]
                raise BenchError(f"{name} ended with {process.returncode}:\n{tail}")

    def stop(self) -> None:
        """End all processes in good order."""
        for process in self.processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()


@asynccontextmanager
async def region_on(
    stack: Stack, folder: Path, code: str, more: Mapping[str, str] | None = None
) -> AsyncIterator[Bench]:
    """A region with empty topics and an empty database; the model region's data under another code.

    `more` is added to the environment of its processes.
    """
    regions, keys = folder / code / "regions", folder / code / "keys"
    shutil.copytree(Path("regions") / MODEL, regions / code)
    document = regions / code / "region.yaml"
    document.write_text(document.read_text("utf-8").replace(MODEL, code), "utf-8")
    catalogue = make_keys(keys, regions, [code], valid_from=datetime(2020, 1, 1, tzinfo=UTC))
    database = f"bench_{code}"
    admin = await asyncpg.connect(stack.database_url)
    try:
        await admin.execute(f"CREATE DATABASE {database} TEMPLATE template0")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HC_")}
        settings = {
            "HC_REGION": code,
            "HC_REGIONS": str(regions),
            "HC_SECRETS": str(keys / code),
            "HC_CATALOGUE": str(catalogue),
            "HC_LOG_FORMAT": "json",
            "HC_LOG_LEVEL": "warning",
            "KAFKA_BOOTSTRAP": stack.kafka_bootstrap,
            "DATABASE_URL": stack.database_url.rpartition("/")[0] + f"/{database}",
        }
        bench = Bench(code, folder / code, inherited | settings | dict(more or {}))
        try:
            migrate = [sys.executable, "-m", "services", "--region", code, "migrate"]
            subprocess.run(migrate, env=bench.environment, check=True, stdout=subprocess.DEVNULL)  # noqa: ASYNC221 - nothing else goes on
            yield bench
        finally:
            bench.stop()
            await admin.execute(f"DROP DATABASE {database} WITH (FORCE)")
    finally:
        await admin.close()


async def load(broker: KafkaBroker, owner: str, events: Iterable[Event]) -> int:
    """Write events to their topics; gives how many."""
    producer = await broker.producer()
    written, left = 0, iter(events)
    try:
        while chunk := list(islice(left, CHUNK)):
            wires = [encode(each, owner=owner, service="bench", time=datetime.now(UTC)) for each in chunk]
            await producer.send_all([Outgoing(w.topic, w.key, w.value, w.headers) for w in wires])
            written += len(chunk)
    finally:
        await producer.stop()
    return written
