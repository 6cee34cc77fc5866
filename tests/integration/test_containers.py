"""The suites of delivery and of the stores once more, on PostgreSQL 17 and on Kafka in containers."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from testcontainers.compose import DockerCompose

from tests.conftest import unavailable
from tests.support.region import free_port

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

HERE = Path(__file__).parent
SUITES = (
    "test_broker_suite.py",
    "test_relay.py",
    "test_worker.py",
    "test_audit_review.py",
    "test_audit_schedule.py",
    "test_audit_intake.py",
    "test_issuer_store.py",
    "test_declaration_behaviour.py",
    "test_idempotency_store.py",
    "test_migrate.py",
)


def engine_is_there() -> bool:
    """Whether a container engine with compose answers."""
    try:
        subprocess.run(["docker", "info"], check=True, capture_output=True, timeout=20)
        subprocess.run(["docker", "compose", "version"], check=True, capture_output=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The addresses of a broker and a database in containers, as settings of the environment."""
    if not engine_is_there():
        unavailable("no container engine: start one, or see what `docker info` says")
    password, kafka, postgres = secrets.token_hex(8), free_port(), free_port()
    for name, value in (
        ("POSTGRES_PASSWORD", password),
        ("POSTGRES_PORT", str(postgres)),
        ("KAFKA_PORT", str(kafka)),
        ("COMPOSE_PROJECT_NAME", f"healthcode-{secrets.token_hex(4)}"),
    ):
        monkeypatch.setenv(name, value)
    with DockerCompose(HERE / "containers", "compose.yaml"):
        yield {
            "KAFKA_BOOTSTRAP": f"127.0.0.1:{kafka}",
            "DATABASE_URL": f"postgresql://postgres:{password}@127.0.0.1:{postgres}/postgres",
        }


def test_delivery_and_stores_on_servers_in_containers(servers: dict[str, str]) -> None:
    """In a run of its own, whose fixtures take the servers that they are given."""
    suites = [str(HERE / name) for name in SUITES]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *suites]
    ran = subprocess.run(command, env={**os.environ, **servers, "CI": "1"}, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    assert " passed" in ran.stdout
    assert " skipped" not in ran.stdout
