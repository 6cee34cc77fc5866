"""Three releases, rolled out one over the other, some roles at a time, under load: nothing is lost or doubled.

The first is one migration and some fields of events behind, the second is what is checked out, the third is ahead.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import pytest

from deploy.local.stack import Stack
from tests.support import topics
from tests.support.faults.books import check
from tests.support.faults.load import Load
from tests.support.faults.watch import Watch
from tests.support.faults.world import flows, settle
from tests.support.polling import eventually
from tests.support.region import RegionProcesses, free_port, region_processes
from tests.support.releases import (
    ADDED,
    EARLIER,
    LATER,
    NOTED,
    PRESENT,
    command,
    migrate_to_earlier,
    migrate_to_later,
)

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(900)]

REGION: Final = "220000"
ROLES: Final = {
    "api": ("services", "--region", REGION, "api"),
    "declaration": ("services.declaration", "worker", "relay"),
    "audit.worker": ("services.audit", "worker"),
    "audit.relay": ("services.audit", "intake", "relay", "timer"),
    "issuer": ("services.issuer", "worker", "relay", "timer"),
    "recognition": ("services.recognition", "worker", "relay", "timer"),
    "oversight": ("services.oversight", "worker"),
    "subscription": ("services.subscription", "worker", "relay", "timer"),
}
TOGETHER: Final = (
    ("api", "declaration"),
    ("audit.worker", "audit.relay"),
    ("issuer", "recognition", "oversight", "subscription"),
)
"""What is rolled out in one go: between two of them what one release writes is read by another alone."""
PER_SECOND: Final = 15
PEOPLE: Final = 10
"""Of each sender: so few that each has something before, between and after any two releases."""
SIDE_BY_SIDE: Final = 15
"""So many outcomes come out before the older of two processes goes."""
SECONDS: Final = 120


@dataclass
class Rollout:
    """Which release each role runs in, and the load that goes on meanwhile."""

    region: RegionProcesses
    load: Load
    watch: Watch
    releases: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)

    def start(self, release: str, *roles: str) -> None:
        """A process of a release for each role; returns once each says that all of it works."""
        ports = {role: (free_port(), free_port()) for role in roles}
        for role, (health, port) in ports.items():
            more = {"HC_HEALTH_PORT": str(health), **({"HC_HTTP_PORT": str(port)} if role == "api" else {})}
            self.region.spawn(f"{role} {release}", *command(release, *ROLES[role]), more=more)
        for role, (health, port) in ports.items():
            name = f"{role} {release}"
            eventually(f"{name} works", lambda name=name, health=health: self._works(name, health), SECONDS)  # type: ignore[misc]
            self.addresses[name] = f"http://127.0.0.1:{port}"
            self.releases[role] = release
        if "api" in roles:
            self.load.urls.append(self.addresses[f"api {release}"])

    def _works(self, name: str, health: int) -> bool:
        assert self.region.running[name].poll() is None, (self.region.folder / f"{name}.log").read_text()[-3000:]
        try:
            return httpx.get(f"http://127.0.0.1:{health}/health/ready", timeout=10).is_success
        except httpx.TransportError:
            return False

    def roll(self, release: str, roles: Collection[str]) -> None:
        """The next release of some roles beside the last, all at work for a while; then the last ones end in turn."""
        before = {role: self.releases[role] for role in roles}
        self.start(release, *roles)
        done = len(self.watch.seen)
        eventually("work goes on side by side", lambda: len(self.watch.seen) >= done + SIDE_BY_SIDE, SECONDS)
        for role in roles:
            self._end(role, before[role])

    def _end(self, role: str, release: str) -> None:
        name = f"{role} {release}"
        if role == "api":
            self.load.urls.remove(self.addresses[name])
        process = self.region.running.pop(name)
        process.terminate()
        assert process.wait(SECONDS) == 0, (self.region.folder / f"{name}.log").read_text()[-3000:]


@pytest.fixture
def region(stack: Stack, database_url: str, tmp_path: Path) -> Iterator[RegionProcesses]:
    with region_processes(stack, database_url, tmp_path, REGION, migrated=False) as processes:
        migrate_to_earlier(database_url, "issuer", tmp_path / "issuer")
        for service in ("declaration", "audit", "recognition", "oversight"):
            run = [sys.executable, "-m", f"services.{service}", "migrate"]
            subprocess.run(run, env=processes.environment, check=True, timeout=SECONDS, stdout=subprocess.DEVNULL)
        processes.migrate("100000")  # the hub makes the topics that recognition reads
        yield processes


def test_one_release_after_the_other_under_load(region: RegionProcesses, tmp_path: Path) -> None:
    with Watch.of(region) as watch:
        load = Load(region, 0, PER_SECOND, PEOPLE)
        rollout = Rollout(region, load, watch)
        rollout.start(EARLIER, *ROLES)
        load.start()
        try:
            eventually("the load flows", lambda: flows(load, watch), SECONDS)
            region.migrate()
            for roles in reversed(TOGETHER):  # readers before writers
                rollout.roll(PRESENT, roles)
            migrate_to_later(region.database_url, tmp_path / "later")
            for roles in TOGETHER:  # writers before readers
                rollout.roll(LATER, roles)
            load.stop()
        except BaseException:
            load.give_up()
            raise
        watch.until_out(load.accepted, SECONDS)
    settle(region)
    books = check(region, load.accepted)
    assert books.balance(), books
    none_was_refused(region)
    each_release_wrote(region)


def none_was_refused(region: RegionProcesses) -> None:
    """What is newer than its reader is passed over; nothing is a dead letter."""
    bootstrap = region.environment["KAFKA_BOOTSTRAP"]
    boxes = [name for name in topics.names(bootstrap, f"hc.{REGION}.") if name.endswith(".dlq")]
    assert topics.read(bootstrap, boxes) == []


def each_release_wrote(region: RegionProcesses) -> None:
    """Or this would have shown nothing."""
    bootstrap = region.environment["KAFKA_BOOTSTRAP"]
    for name, field_not_yet in (("findings.v1", "first_hand"), ("codes.v1", "first_hand"), ("declarations.v1", "")):
        records = topics.read(bootstrap, [f"hc.{REGION}.{name}"])
        noted = [record for record in records if record.header("ce_type") == NOTED]
        events: list[dict[str, Any]] = [json.loads(record.value or b"") for record in records if record not in noted]
        assert noted, name
        assert any(ADDED in event for event in events), name
        assert any(ADDED not in event and field_not_yet in event for event in events) or not field_not_yet, name
        assert any(field_not_yet not in event for event in events), name
    assert asyncio.run(notes(region.database_url)) > 0


async def notes(database_url: str) -> int:
    """How many rows are in the tables that only the last release knows."""
    connection = await asyncpg.connect(database_url)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM issuer.note"))
    finally:
        await connection.close()
