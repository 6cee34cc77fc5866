"""One region's real processes on the real broker and database, one process per role, as production runs them."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx

from demo.identity import DemoIdentity
from deploy.keys import make_keys
from deploy.local.stack import Stack

START_SECONDS = 120
STOP_SECONDS = 30


@dataclass
class RegionProcesses:
    """A region under test: `spawn` starts roles, `kill` ends one without warning."""

    region: str
    folder: Path
    environment: dict[str, str]
    identity: DemoIdentity
    port: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    commands: dict[str, tuple[str, ...]] = field(default_factory=dict)
    clients: dict[str, httpx.Client] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """Where the API answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_url(self) -> str:
        """The region's own database."""
        return self.environment["DATABASE_URL"]

    def client(self, sub: str, **claims: Any) -> httpx.Client:
        """Who calls the API with a token of these claims; one client for each `sub`, closed at the end."""
        if sub not in self.clients:
            headers = {"authorization": f"Bearer {self.identity.token(sub, **claims)}"}
            self.clients[sub] = httpx.Client(base_url=self.url, headers=headers, timeout=60)
        return self.clients[sub]

    def migrate(self, region: str | None = None) -> None:
        """Schemas and topics, of this region or, with the nation's code, those between regions."""
        command = [sys.executable, "-m", "services", "--region", region or self.region, "migrate"]
        subprocess.run(command, env=self.environment, check=True, timeout=START_SECONDS, stdout=subprocess.DEVNULL)

    def spawn(self, name: str, *arguments: str, more: Mapping[str, str] | None = None) -> None:
        """Start `python -m <arguments>` under a name, `more` in its environment; its log is `<name>.log`."""
        self.commands[name] = arguments
        environment = {**self.environment, **(more or {})}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", *arguments], env=environment, stdout=log, stderr=subprocess.STDOUT
            )

    def kill(self, name: str, *, number: int = signal.SIGKILL) -> None:
        """End a process without warning and wait until it is gone."""
        process = self.running.pop(name)
        process.send_signal(number)
        process.wait(STOP_SECONDS)

    def spawn_all(self) -> None:
        """All roles of all services in one process, as on a laptop, and wait until it answers."""
        self.migrate("100000")  # the hub makes the topics that recognition reads
        self.spawn("all", "services", "--region", self.region, "all")
        self.wait_ready()

    def restart(self) -> None:
        """End every process in good order and start the same ones again."""
        for process in self.running.values():
            process.terminate()
        for name, process in self.running.items():
            assert process.wait(STOP_SECONDS) == 0, f"{name} ended with {process.returncode}"
        for name in list(self.running):
            self.spawn(name, *self.commands[name])
        self.wait_ready()

    def logs(self) -> list[Path]:
        """What the processes have written so far."""
        return sorted(self.folder.glob("*.log"))

    def wait_ready(self) -> None:
        """Until the API says that it is ready; fails with the log when a process has ended."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            for name, process in self.running.items():
                if process.poll() is not None:
                    raise AssertionError(f"{name} ended: {(self.folder / f'{name}.log').read_text('utf-8')[-2000:]}")
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/health/ready").status_code == httpx.codes.OK:
                    return
            time.sleep(0.1)
        raise AssertionError("not ready in time")

    def stop(self) -> None:
        """Ask all to end, and see that they do."""
        for client in self.clients.values():
            client.close()
        for process in self.running.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def jwks_server(identity: DemoIdentity) -> Iterator[str]:
    """The identity provider's keys over HTTP."""

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(identity.jwks()).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/jwks.json"
    finally:
        server.shutdown()
        server.server_close()


def copy_of_zhejiang(folder: Path, region: str) -> Path:
    """A folder of regions: the nation, and Zhejiang's data under another code."""
    shutil.copytree("regions/100000", folder / "100000", dirs_exist_ok=True)
    # Of its policies the first alone: these processes live in the present, which a later one would judge.
    shutil.copytree("regions/330000", folder / region, ignore=shutil.ignore_patterns("2020-06-15.yaml"))
    rename(folder / region, region)
    return folder


def rename(folder: Path, region: str) -> None:
    """Give a copy of Zhejiang's folder another code; what Zhejiang shares with that region it shares with Zhejiang."""
    for name, before, after in (("region.yaml", "330000", region), ("records.yaml", region, "330000")):
        path = folder / name
        path.write_text(path.read_text("utf-8").replace(f'"{before}"', f'"{after}"'), "utf-8")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Ground:
    """What regions of one test stand on."""

    kafka_bootstrap: str
    folder: Path
    regions: Path
    catalogue: Path
    identity: DemoIdentity
    jwks_url: str


def environment_of(ground: Ground, region: str, database_url: str, port: int) -> dict[str, str]:
    """What a region's processes are told."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("HC_")},
        "HC_MODE": "demo",
        "HC_REGION": region,
        "KAFKA_BOOTSTRAP": ground.kafka_bootstrap,
        "DATABASE_URL": database_url,
        "HC_REGIONS": str(ground.regions),
        "HC_SECRETS": str(ground.folder / "keys" / region),
        "HC_CATALOGUE": str(ground.catalogue),
        "HC_JWKS_URL": ground.jwks_url,
        "HC_JWT_ISSUER": ground.identity.issuer,
        "HC_JWT_AUDIENCE": ground.identity.audience,
        "HC_HTTP_PORT": str(port),
        "HC_LOG_FORMAT": "json",
    }


@contextlib.contextmanager
def region_processes(
    stack: Stack,
    database_url: str,
    folder: Path,
    region: str,
    more: Mapping[str, str] | None = None,
    *,
    migrated: bool = True,
) -> Iterator[RegionProcesses]:
    """A region whose schemas and topics exist, if it is to be `migrated`, and of which nothing runs yet.

    It is Zhejiang's folder under another code, so that tests on one broker do not read each other's topics.
    """
    identity = DemoIdentity()
    regions = copy_of_zhejiang(folder / "regions", region)
    catalogue = make_keys(folder / "keys", regions, [region, "100000"], valid_from=datetime(2020, 1, 1, tzinfo=UTC))
    port = free_port()
    with jwks_server(identity) as jwks_url:
        ground = Ground(stack.kafka_bootstrap, folder, regions, catalogue, identity, jwks_url)
        environment = environment_of(ground, region, database_url, port) | dict(more or {})
        processes = RegionProcesses(region, folder, environment, identity, port)
        try:
            if migrated:
                processes.migrate()
            yield processes
        finally:
            processes.stop()
