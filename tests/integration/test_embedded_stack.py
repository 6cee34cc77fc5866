import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import asyncpg
import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local.lock import State, running_state
from deploy.local.preflight import free_port, port_is_free
from deploy.local.stack import Stack, embedded_stack, remove_data

pytestmark = pytest.mark.embedded

ROOT = Path(__file__).parents[2]
UP_SECONDS = 90.0
STOP_SECONDS = 10.0
Up = Callable[..., tuple[subprocess.Popen[bytes], State]]


@pytest.fixture(autouse=True)
def no_given_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KAFKA_BOOTSTRAP", "DATABASE_URL", "HC_KAFKA_PORT", "HC_POSTGRES_PORT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    yield folder
    remove_data(folder, print)


@pytest.fixture
def up(data: Path) -> Iterator[Up]:
    """Starts `python -m deploy.local up` on the data folder and waits until it runs."""
    with ExitStack() as running:

        def start(**environment: str) -> tuple[subprocess.Popen[bytes], State]:
            process = _command("up", data, **environment)
            running.enter_context(process)
            running.callback(process.kill)
            deadline = time.monotonic() + UP_SECONDS
            while not (state := running_state(data)):
                assert process.poll() is None, "it ended before it ran"
                assert time.monotonic() < deadline, "it does not come up"
                time.sleep(0.05)
            return process, state

        yield start


def _command(name: str, data: Path, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "deploy.local", name],
        cwd=ROOT,
        env=os.environ | environment | {"HC_DATA": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def _told(process: subprocess.Popen[bytes]) -> str:
    return process.communicate(timeout=STOP_SECONDS + 10)[0].decode()


def _pids(state: State) -> tuple[int, int]:
    assert state.kafka_pid
    assert state.postgres_pid
    return state.kafka_pid, state.postgres_pid


async def _write(bootstrap: str, url: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic("greetings", num_partitions=1, replication_factor=1)])
    await admin.close()
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    await producer.send_and_wait("greetings", b"hello")
    await producer.stop()
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE DATABASE region")
    await connection.close()


async def _read(bootstrap: str, url: str) -> None:
    """Find what `_write` wrote, by a consumer group, or fail."""
    consumer = AIOKafkaConsumer(
        "greetings", bootstrap_servers=bootstrap, group_id="readers", auto_offset_reset="earliest"
    )
    await consumer.start()
    assert (await asyncio.wait_for(consumer.getone(), 20)).value == b"hello"
    await consumer.stop()
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = 'region'") == 1
    await connection.close()


async def test_it_serves_stops_cleanly_and_starts_again_with_its_data_and_addresses(data: Path, up: Up) -> None:
    process, state = up()
    await _write(state.kafka_bootstrap, state.database_url)
    await asyncio.to_thread(_stop, process, signal.SIGTERM, state)

    process, again = up()
    assert (again.kafka_bootstrap, again.database_url) == (state.kafka_bootstrap, state.database_url)
    await _read(again.kafka_bootstrap, again.database_url)
    with _command("up", data) as second:
        assert f"process {process.pid}" in _told(second)
        assert second.returncode == 1
    with _command("reach", data) as reach:
        told = _told(reach)
        assert state.kafka_bootstrap in told
        assert state.database_url in told
    await asyncio.to_thread(_stop, process, signal.SIGINT, again)


def _stop(process: subprocess.Popen[bytes], number: signal.Signals, state: State) -> None:
    began = time.monotonic()
    process.send_signal(number)
    assert "stopped" in _told(process)
    assert process.returncode == 0
    assert time.monotonic() - began < STOP_SECONDS
    assert not any(psutil.pid_exists(pid) for pid in _pids(state))


async def test_a_killed_parent_with_hung_children_is_cleared_away_by_the_next_start(data: Path, up: Up) -> None:
    process, state = up()
    await _write(state.kafka_bootstrap, state.database_url)
    pids = _pids(state)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    process.kill()
    process.wait()
    assert all(psutil.pid_exists(pid) for pid in pids), "half-dead: there, and answering nothing"

    process, again = up()
    assert not any(psutil.pid_exists(pid) for pid in pids)
    await _read(again.kafka_bootstrap, again.database_url)
    process.terminate()
    told = _told(process)
    assert all(f"stopping process {pid}" in told for pid in pids)
    assert "cleared the lock" in told


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_children_end_with_a_killed_parent(up: Up) -> None:
    process, state = up()
    children = [psutil.Process(pid) for pid in _pids(state)]
    process.kill()
    _, alive = psutil.wait_procs(children, timeout=STOP_SECONDS)
    assert not alive


async def test_a_broker_that_dies_ends_the_stack_with_its_log(up: Up) -> None:
    process, state = up()
    os.kill(_pids(state)[0], signal.SIGKILL)
    told = _told(process)
    assert process.returncode == 1
    assert "Kafka ended by itself (exit code -9)" in told
    assert "kafka.log" in told
    assert not psutil.pid_exists(_pids(state)[1]), "the database is stopped with it"


async def test_what_was_killed_comes_back_with_its_data_at_its_address(data: Path) -> None:
    async with embedded_stack(data, progress=print) as stack:
        await _write(stack.kafka_bootstrap, stack.database_url)
        for pid in (stack.kafka_pid, stack.postgres_pid):
            assert pid
            os.kill(pid, signal.SIGKILL)
        assert "exit code -9" in str(await stack.failure())
        revived = await stack.revive()
        assert (revived.kafka_bootstrap, revived.database_url) == (stack.kafka_bootstrap, stack.database_url)
        assert {revived.kafka_pid, revived.postgres_pid}.isdisjoint({stack.kafka_pid, stack.postgres_pid})
        await _read(revived.kafka_bootstrap, revived.database_url)
    assert revived.kafka_pid
    assert not psutil.pid_exists(revived.kafka_pid)


async def test_a_given_broker_is_used_and_only_the_database_is_started(
    stack: Stack, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("KAFKA_BOOTSTRAP", stack.kafka_bootstrap)
    monkeypatch.setenv("HC_POSTGRES_PORT", str(port))
    async with embedded_stack(data, progress=print) as mixed:
        assert (mixed.kafka_bootstrap, mixed.kafka_pid) == (stack.kafka_bootstrap, None)
        assert mixed.database_url.endswith(f"@127.0.0.1:{port}/postgres")
        assert not port_is_free(port)
        connection = await asyncpg.connect(mixed.database_url)
        settings = {
            name: await connection.fetchval(f"SHOW {name}")
            for name in ("fsync", "synchronous_commit", "timezone", "listen_addresses", "password_encryption")
        }
        await connection.close()
    assert settings == {
        "fsync": "on",
        "synchronous_commit": "on",
        "timezone": "UTC",
        "listen_addresses": "127.0.0.1",
        "password_encryption": "scram-sha-256",
    }


async def test_nothing_listens_beyond_loopback_and_the_database_wants_its_password(stack: Stack) -> None:
    if not (stack.kafka_pid and stack.postgres_pid):
        pytest.skip("the servers were given")
    for pid in (stack.kafka_pid, stack.postgres_pid):
        listening = [one for one in psutil.Process(pid).net_connections("inet") if one.status == psutil.CONN_LISTEN]
        assert listening
        # a Java program writes an IPv4 address as an IPv6 one
        assert {one.laddr.ip.removeprefix("::ffff:") for one in listening} == {"127.0.0.1"}
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(stack.database_url.replace("postgres:", "postgres:x", 1))
