"""The shipped compose files as a stack under test, with a name, ports and images of its own."""

import json
import os
import secrets
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx
from testcontainers.compose import DockerCompose

from tests.conftest import unavailable
from tests.support.people import id_number
from tests.support.region import free_port

ROOT: Final = Path(__file__).resolve().parents[2]
PORTS: Final = ("PORT_330000", "PORT_100000", "PORT_420000", "PORT_620000", "PORT_IDENTITY", "PORT_KAFKA")
IMAGES: Final = ("healthcode", "healthcode-edge", "healthcode-demo")
BASE: Final = ("docker-compose.yml", "deploy/compose.demo.yaml")
VERSION: Final = f"test-{secrets.token_hex(4)}"


def engine_is_there() -> bool:
    """Whether a container engine with compose answers."""
    try:
        subprocess.run(["docker", "info"], check=True, capture_output=True, timeout=20)
        subprocess.run(["docker", "compose", "version"], check=True, capture_output=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def need_engine() -> None:
    """Skip, or fail in CI, where no container engine is."""
    if not engine_is_there():
        unavailable("no container engine: start one, or see what `docker info` says")


@dataclass
class Stack:
    """A running stack. `took`: seconds from `up` to healthy, the build aside."""

    compose: DockerCompose
    environment: dict[str, str]
    took: float = 0.0
    clients: dict[str, httpx.Client] = field(default_factory=dict)

    def run(self, *arguments: str) -> str:
        """What `docker compose <arguments>` writes."""
        command = [*self.compose.compose_command_property, *arguments]
        ran = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, f"{' '.join(arguments)}: {ran.stderr[-3000:]}{self.sick()}"
        return ran.stdout

    def scale(self, service: str, count: int) -> None:
        """So many copies of a service, and nothing else touched; returns when all are healthy."""
        self.run("up", "--wait", "--no-deps", "--no-recreate", "--scale", f"{service}={count}", service)

    def containers(self, service: str = "") -> list[dict[str, Any]]:
        """What `docker compose ps` knows, ended ones too."""
        lines = self.run("ps", "-a", "--format", "json", *([service] if service else [])).splitlines()
        return [json.loads(line) for line in lines]

    def sick(self) -> str:
        """The last words of whoever is not well, for a failure's message."""
        command = [*self.compose.compose_command_property, "ps", "-a", "--format", "json"]
        listed = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        texts = []
        for one in map(json.loads, listed.stdout.splitlines()):
            if one["Health"] == "healthy" or (one["State"] == "exited" and not one["ExitCode"]):
                continue
            logs = docker(["docker", "logs", "--tail", "5", one["ID"]])
            texts.append(f"\n== {one['Service']}: {one['Status']}\n{logs.stdout[-1500:]}{logs.stderr[-1500:]}")
        return "".join(texts)

    def url(self, port: str) -> str:
        """Where what is published under this name in .env answers."""
        return f"http://127.0.0.1:{self.environment[port]}"

    def client(self, sub: str, *, port: str = "PORT_330000", **claims: Any) -> httpx.Client:
        """Who calls with a token of these claims; closed at the end."""
        key = f"{port} {sub}"
        if key not in self.clients:
            answer = httpx.post(f"{self.url('PORT_IDENTITY')}/token", json={"sub": sub, **claims}, timeout=60)
            answer.raise_for_status()
            headers = {"authorization": f"Bearer {answer.json()['access_token']}"}
            self.clients[key] = httpx.Client(base_url=self.url(port), headers=headers, timeout=60)
        return self.clients[key]

    def citizen(self, index: int) -> httpx.Client:
        """The made-up person of that index, whose identity is verified."""
        return self.client(
            f"citizen-{index}", roles=["citizen"], region="330000", id_type="resident_id", id_number=id_number(index)
        )

    def officer(self) -> httpx.Client:
        """Who writes lists."""
        return self.client("officer-1", roles=["officer"], region="330000", authority="330100-cdc", person="p-1")

    def counter(self) -> httpx.Client:
        """Who declares for others."""
        return self.client("counter-1", roles=["counter"], region="330000", authority="测试窗口", person="p-2")


docker = partial(subprocess.run, capture_output=True, text=True, check=False)


@contextmanager
def compose_stack(files: Sequence[str], up: Sequence[str], **settings: str) -> Iterator[Stack]:
    """Those files, built, up and healthy; all of it is removed at the end. `up`: more for `docker compose up`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HC_", "COMPOSE_"))}
    environment |= {name: str(free_port()) for name in PORTS}
    environment |= {
        "COMPOSE_PROJECT_NAME": f"healthcode-{secrets.token_hex(4)}",
        "HC_VERSION": VERSION,
        "BUILD_NETWORK": "host",
        # tests on this machine run beside others; a late start is no failure
        "HEALTH_START_PERIOD": "600s",
        **settings,
    }
    compose = DockerCompose(ROOT, list(files), env_file=[".env"])
    stack = Stack(compose, environment)
    try:
        stack.run("build", "--quiet")
        started = time.monotonic()
        stack.run("up", "--wait", *up)
        stack.took = time.monotonic() - started
        yield stack
    finally:
        for client in stack.clients.values():
            client.close()
        command = [*compose.compose_command_property, "down", "--volumes", "--remove-orphans", "--timeout", "20"]
        subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
        docker(["docker", "image", "rm", *(f"{name}:{VERSION}" for name in IMAGES)])  # the builder keeps the layers
