"""The contenders of the same job, measured in turn on the one broker; each gives what it took and its colors."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg

from bench.contenders import Result, Say, audit_alone
from bench.peers import delivering, java
from bench.peers.tuning import KAFKA_STREAMS, QUIX
from bench.peers.watch import Job, measured
from bench.region import Bench, BenchError
from chassis.kafka.model import TopicSpec
from chassis.kafka.real import KafkaBroker
from deploy.local.stack import Stack

PARTITIONS: Final = 4  # as the topics of a region have
PROGRAM: Final = Path(__file__).with_name("quix.py")
PYTHON: Final = Path(".venv/peers/bin/python")
PACK: Final = Path(__file__).with_name("pack.yaml")
COLORS: Final = "SELECT subject, color FROM audit.dossier"

State = Mapping[str, str]
"""Subject → color."""


@dataclass(frozen=True)
class Ground:
    """What all run on: the region's topics are everybody's input."""

    stack: Stack
    broker: KafkaBroker
    region: Bench
    folder: Path

    @property
    def declarations(self) -> str:
        """The topic of declarations."""
        return f"hc.{self.region.code}.declarations.v1"

    @property
    def facts(self) -> str:
        """The topic of entries."""
        return f"hc.{self.region.code}.facts.v1"

    async def topic(self, name: str) -> str:
        """A new topic for colors."""
        topic = f"hc.bench.{name}"
        await self.broker.create_topics([TopicSpec(topic, PARTITIONS)])
        return topic

    def peer(self, name: str) -> Bench:
        """A place for a peer's processes and their logs."""
        folder = self.folder / name
        folder.mkdir()
        kept = {key: text for key, text in os.environ.items() if key not in {"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"}}
        return Bench(name, folder, kept)


def check_installed() -> None:
    """Raise BenchError when Quix Streams is not there, before anything is measured."""
    if not PYTHON.exists():
        raise BenchError("Quix Streams is not installed: start this by `make bench-peers`")


def use_pack(region: Bench) -> None:
    """Give the region the one rule that all follow instead of its own policies."""
    folder = Path(region.environment["HC_REGIONS"]) / region.code / "policy"
    shutil.rmtree(folder)
    folder.mkdir()
    shutil.copy(PACK, folder / "2020-02-11.yaml")


async def ours(ground: Ground, count: int, say: Say) -> tuple[Result, State]:
    """The audit's worker and relay."""
    result = await audit_alone(ground.stack, ground.region, count, say)
    ground.region.stop()
    return result, await _selected(ground.region.database_url, COLORS)


async def our_copy(ground: Ground, region: Bench, count: int, say: Say) -> Result:
    """Our batch path, outbox and relay without work and state; `region` lends its database."""
    more = {delivering.FROM: ground.declarations, delivering.TO: await ground.topic("delivered")}
    for role in ("relay", "worker"):
        _started(region, f"audit.{role}", ["-m", "bench.peers.delivering", role], more)
    return await audit_alone(ground.stack, region, count, say)


async def quix_copy(ground: Ground, say: Say) -> Result:
    """Quix Streams without work and state."""
    colors, peer = await ground.topic("quix-copied"), ground.peer("quix-copy")
    try:
        _start_quix(ground, peer, "copy", ("quix-copy", colors, ""))
        return await measured(ground.stack, peer, Job("Quix Streams", "quix-copy", [ground.declarations], colors), say)
    finally:
        peer.stop()


async def quix(ground: Ground, say: Say) -> tuple[Result, State]:
    """Quix Streams with a state for each person, and its colors in PostgreSQL behind it."""
    colors, peer = await ground.topic("quix-colors"), ground.peer("quix")
    url = await _database(ground.stack, "bench_quix")
    job = Job("Quix Streams", "quix-judge", [ground.declarations, ground.facts], colors, "quix-view")
    try:
        _start_quix(ground, peer, "view", ("quix-view", colors, url))
        _start_quix(ground, peer, "judge", ("quix-judge", colors, url))
        result = await measured(ground.stack, peer, job, say)
    finally:
        peer.stop()
    return result, await _selected(url, "SELECT subject, color FROM color")


async def streams_copy(ground: Ground, classpath: list[Path], say: Say) -> Result:
    """Kafka Streams without work and state."""
    colors, peer = await ground.topic("streams-copied"), ground.peer("streams-copy")
    job = Job("Kafka Streams", "streams-copy", [ground.declarations], colors)
    try:
        _start_streams(ground, peer, "copy", job, classpath)
        return await measured(ground.stack, peer, job, say)
    finally:
        peer.stop()


async def streams(ground: Ground, classpath: list[Path], say: Say) -> tuple[Result, State]:
    """Kafka Streams with a store for each person, which is asked at the end."""
    colors, peer = await ground.topic("streams-colors"), ground.peer("streams")
    job = Job("Kafka Streams", "streams-judge", [ground.declarations, ground.facts], colors)
    try:
        _start_streams(ground, peer, "judge", job, classpath)
        result = await measured(ground.stack, peer, job, say)
        return result, await asyncio.to_thread(java.asked, peer.processes["judge"])
    finally:
        peer.stop()


def _started(region: Bench, name: str, arguments: list[str], more: Mapping[str, str]) -> None:
    command, environment = [sys.executable, *arguments], region.environment | dict(more)
    with (region.folder / f"{name}.log").open("ab") as log:
        region.processes[name] = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)


def _start_streams(ground: Ground, peer: Bench, role: str, job: Job, classpath: list[Path]) -> None:
    own = {
        "application.id": job.group,
        "bootstrap.servers": ground.stack.kafka_bootstrap,
        "state.dir": str(peer.folder / "state"),
    }
    java.start(peer, role, classpath, [role, ground.declarations, ground.facts, job.colors], own | dict(KAFKA_STREAMS))


def _start_quix(ground: Ground, peer: Bench, role: str, of: tuple[str, str, str]) -> None:
    group, colors, database = of
    settings = {
        "bootstrap": ground.stack.kafka_bootstrap,
        "group": group,
        "folder": str(peer.folder),
        "declarations": ground.declarations,
        "facts": ground.facts,
        "colors": colors,
        "database": database,
        "tuning": QUIX,
    }
    with (peer.folder / f"{role}.log").open("ab") as log:
        command = [str(PYTHON), str(PROGRAM), role, json.dumps(settings)]
        peer.processes[role] = subprocess.Popen(command, env=peer.environment, stdout=log, stderr=subprocess.STDOUT)


async def _database(stack: Stack, name: str) -> str:
    """A database with a table of colors."""
    admin = await asyncpg.connect(stack.database_url)
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    await admin.close()
    url = stack.database_url.rpartition("/")[0] + f"/{name}"
    connection = await asyncpg.connect(url)
    await connection.execute('CREATE TABLE color (subject text COLLATE "C" PRIMARY KEY, color text NOT NULL)')
    await connection.close()
    return url


async def _selected(url: str, query: str) -> State:
    connection = await asyncpg.connect(url)
    try:
        return {row[0]: row[1] for row in await connection.fetch(query)}
    finally:
        await connection.close()
