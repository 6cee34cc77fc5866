"""A broker that asks who one is, and regions' real processes on it, each as its own user."""

import asyncio
import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from demo.identity import DemoIdentity
from deploy.keys import make_keys
from deploy.local.guard import MECHANISM, Guard
from deploy.local.stack import Stack, embedded_stack
from tests.support.database import own_database
from tests.support.region import Ground, RegionProcesses, environment_of, free_port, jwks_server, rename

NATION, HOME, AWAY = "100000", "330000", "420000"
REGIONS: Final = (NATION, HOME, AWAY)
DENIED: Final = re.compile(
    r"Principal = User:(?P<user>\S+) is Denied operation = (?P<operation>\S+) .* on resource = (?P<resource>\S+) for"
)


@dataclass
class Guarded:
    """The broker, and what its log says of those whom it refused."""

    stack: Stack
    guard: Guard
    _read: int = field(default=0)

    def client(self, user: str) -> dict[str, str | int | float | bool]:
        """How librdkafka speaks to it as that user."""
        return {
            "bootstrap.servers": self.stack.kafka_bootstrap,
            "security.protocol": "SASL_SSL",
            "ssl.ca.location": str(self.guard.home / "authority.pem"),
            "sasl.mechanism": MECHANISM,
            "sasl.username": user,
            "sasl.password": self.guard.password_file(user).read_text("utf-8").strip(),
            "log_level": 2,
        }

    def forget_log(self) -> None:
        """Take no notice of what was refused so far."""
        self._read = self._log.stat().st_size

    def denied(self) -> set[tuple[str, str, str]]:
        """Who was refused which operation on what, since the log was last forgotten."""
        with self._log.open("r", encoding="utf-8", errors="replace") as log:
            log.seek(self._read)
            return {(found["user"], found["operation"], found["resource"]) for found in DENIED.finditer(log.read())}

    @property
    def _log(self) -> Path:
        return self.stack.data / "logs" / "kafka.log"


@contextlib.contextmanager
def guarded_broker(database_url: str) -> Iterator[Guarded]:
    """An embedded broker of its own for the regions above, beside a database that is there already."""
    data = Path(tempfile.mkdtemp(prefix="healthcode-guarded-"))
    given = {"HC_KAFKA_REGIONS": " ".join(REGIONS), "DATABASE_URL": database_url}
    former = {name: os.environ.get(name) for name in (*given, "KAFKA_BOOTSTRAP")}
    with asyncio.Runner() as runner:
        running = embedded_stack(data, progress=lambda _: None)
        os.environ.update(given)
        os.environ.pop("KAFKA_BOOTSTRAP", None)
        try:
            stack = runner.run(running.__aenter__())
        finally:
            for name, value in former.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value
        assert stack.guard is not None
        try:
            yield Guarded(stack, stack.guard)
        finally:
            runner.run(running.__aexit__(None, None, None))
            shutil.rmtree(data)


@contextlib.contextmanager
def country(guarded: Guarded, admin_url: str, folder: Path) -> Iterator[dict[str, RegionProcesses]]:
    """The nation and two regions as Zhejiang is written, migrated, each with its own user; nothing runs yet."""
    regions = folder / "regions"
    shutil.copytree("regions/100000", regions / NATION)
    for code in (HOME, AWAY):
        # Of its policies the first alone: these processes live in the present, which a later one would judge.
        shutil.copytree("regions/330000", regions / code, ignore=shutil.ignore_patterns("2020-06-15.yaml"))
        rename(regions / code, code)
    catalogue = make_keys(folder / "keys", regions, list(REGIONS), valid_from=datetime(2020, 1, 1, tzinfo=UTC))
    identity = DemoIdentity()
    with ExitStack() as open_, jwks_server(identity) as jwks_url:
        ground = Ground(guarded.stack.kafka_bootstrap, folder, regions, catalogue, identity, jwks_url)
        made = {}
        for code in REGIONS:
            url, port = open_.enter_context(own_database(admin_url)), free_port()
            environment = environment_of(ground, code, url, port) | guarded.guard.client(code)
            made[code] = RegionProcesses(code, folder, environment, identity, port)
            open_.callback(made[code].stop)
            made[code].migrate()
        yield made
