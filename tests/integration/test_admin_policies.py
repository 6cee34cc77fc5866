"""`healthcode-admin policy`, `areas` and `lists` against a real server and database: what officers type."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from healthcode.values import Color
from services.audit.handlers.review import Judge
from tests.support.audit_office import HANGZHOU, WHY, ZHEJIANG, AuditOffice, hangzhou, token
from tests.support.people import id_number
from tests.support.reviewing import World
from tests.support.schema import delivery_pool, tables_of
from tests.twins.audit_behaviour import NOW
from tests.twins.audit_judge import declared, ids

pytestmark = pytest.mark.embedded

PEOPLE = 12


class Officer:
    """A terminal in which an officer types."""

    def __init__(self, url: str, person: str) -> None:
        self._environment = {"HC_URL": url, "HC_TOKEN": token(person), "COLUMNS": "200", "LANG": "C.UTF-8"}

    async def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, stdout, stderr."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cli", *words,
            env=self._environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        return process.returncode or 0, out.decode(), err.decode()

    async def json(self, *words: str, code: int = 0) -> Any:
        """What a command answers as JSON."""
        found, out, err = await self.run(*words, "--json")
        assert found == code, out + err
        return json.loads(out)


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    pool = await delivery_pool(database_url, "audit", tables_of("audit"))
    book = hangzhou()
    world = World(pool, Judge(book.base, book.timezone, ids))
    await world.start()
    await world.send(*(declared(n, f"s{n}", fever=n % 3 == 0, area="330212") for n in range(PEOPLE)))
    await world.settle()
    yield world
    await pool.close()


@pytest.fixture
async def url(world: World) -> AsyncIterator[str]:
    """The address of the audit, which takes simulations on by itself."""
    office = AuditOffice(world.pool, world.clock, hangzhou())
    server = uvicorn.Server(uvicorn.Config(office.app, port=0, log_level="critical", lifespan="off"))
    serving = asyncio.create_task(server.serve())

    async def step() -> None:
        while True:
            if not await office.step():
                await asyncio.sleep(0.02)

    stepping = asyncio.create_task(step())
    async with asyncio.timeout(20):
        while not server.started:
            await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    stepping.cancel()
    with suppress(asyncio.CancelledError):
        await stepping
    server.should_exit = True
    await serving


async def test_a_policy_from_its_check_to_its_rollback(world: World, url: str, tmp_path: Path) -> None:
    wang, li = Officer(url, "wang"), Officer(url, "li")
    pack = tmp_path / "2020-06-15.yaml"
    pack.write_text(ZHEJIANG.read_text("utf-8").replace("fever_clinic", "fever_clinik", 1), "utf-8")
    code, out, _ = await wang.run("policy", "check", str(tmp_path))
    assert (code, f"{pack}:" in out, "write 'fever_clinic', or one of" in out) == (1, True, True)
    pack.write_text(ZHEJIANG.read_text("utf-8"), "utf-8")
    (checked,) = (await wang.json("policy", "check", str(tmp_path)))["packs"]
    assert (checked["version"], checked["known"]) == ("2020-06-15", False)

    counted = await wang.json("policy", "simulate", str(tmp_path))
    assert (counted["state"], counted["passed"]) == ("done", PEOPLE)
    code, out, err = await wang.run("policy", "simulate", str(tmp_path))
    assert (code, f"of {PEOPLE} people would change" in out, "now ╲ then" in out) == (0, True, True), out + err
    assert (await wang.json("policy", "result", counted["id"]))["result"] == counted["result"]
    assert len((await wang.json("policy", "simulations"))["simulations"]) == 2

    witnesses = (await wang.json("policy", "diff", "2020-02-11", str(pack)))["witnesses"]
    assert {each["one"]["version"] for each in witnesses} == {"2020-02-11"}
    code, out, _ = await wang.run("policy", "diff", str(HANGZHOU), str(pack), "--lang", "en")
    assert (code, "a person of whom this is known" in out) == (0, True)

    code, _, err = await wang.run("policy", "activate", str(pack), "--at", "2020-02-01T00:00:00+08:00", "-r", WHY)
    assert (code, "this is in the past: write a time after" in err) == (3, True)
    proposed = await wang.json("policy", "activate", str(tmp_path), "--reason", WHY)
    assert (proposed["kind"], proposed["state"]) == ("policy-activation", "open")
    code, _, err = await wang.run("policy", "approve", proposed["id"])
    assert (code, "cannot approve it" in err) == (3, True)
    assert (await li.json("policy", "approve", proposed["id"]))["outcome"] == "2020-06-15"
    back = await wang.json("policy", "rollback", "2020-02-11", "--at", "2020-06-15T00:00:00+08:00", "--reason", WHY)
    assert (await li.json("policy", "approve", back["id"], "--note", "seen"))["note"] == "seen"
    shown = (await li.json("policy", "list"))["policies"]
    assert [(each["version"], each["change"]) for each in shown] == [("2020-02-11", "file"), ("2020-02-11", "rollback")]
    assert len((await li.json("policy", "proposals"))["proposals"]) == 2
    code, out, _ = await li.run("policy", "list")
    assert (code, "rollback" in out) == (0, True)


async def test_areas_are_tried_proposed_and_exported(world: World, url: str, tmp_path: Path) -> None:
    wang, li = Officer(url, "wang"), Officer(url, "li")
    since = "2020-02-08T00:00:00+08:00"
    tried = await wang.json("areas", "simulate", "330200", "high", "--from", since)
    assert tried["result"]["colors"] == [
        {"before": Color.GREEN, "after": Color.YELLOW, "people": 8},
        {"before": Color.YELLOW, "after": Color.YELLOW, "people": 4},
    ]
    proposed = await wang.json(
        "areas", "set", "330200", "high", "--from", since, "--evidence", "notice 4", "--reason", WHY
    )
    await li.json("areas", "approve", proposed["id"])
    await world.storm()
    await world.settle()
    assert await world.pool.fetchval("SELECT count(*) FROM dossier WHERE color = 'yellow'") == PEOPLE

    lines = tmp_path / "areas.csv"
    lines.write_text(f"area,level,valid_from,evidence\n330300,high,{since},n\n999999,high,{since},n\n", "utf-8")
    refused = await wang.json("areas", "import", str(lines), "--reason", WHY, code=1)
    assert ([each["line"] for each in refused["refused"]], refused["proposals"]) == ([3], [])
    lines.write_text(f"area,level,valid_from,evidence\n330300,high,{since},n\n330400,low,{since},n\n", "utf-8")
    imported = await wang.json("areas", "import", str(lines), "--reason", WHY)
    await li.json("areas", "approve", *imported["proposals"])
    target = tmp_path / "out.ndjson"
    assert await wang.json("areas", "export", "--to", str(target)) == {"exported": 3}
    entries = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert {each["area"] for each in entries} == {"330200", "330300", "330400"}


async def test_lists_are_imported_once_exported_and_withdrawn(world: World, url: str, tmp_path: Path) -> None:
    wang = Officer(url, "wang")
    lines = tmp_path / "list.csv"
    rows = [f"resident_id,{id_number(n)},close_contact,case 17,{NOW.isoformat()}" for n in range(1500)]
    bad = "resident_id,1,close_contact,case 17,2020-02-11T00:00:00+08:00"
    lines.write_text("\n".join(["id_type,id_number,category,evidence,valid_from", *rows, bad]), "utf-8")
    preview = await wang.json("lists", "import", str(lines), "--preview", code=1)
    assert (len(preview["accepted"]), [each["line"] for each in preview["refused"]]) == (1500, [1502])
    for _ in range(2):
        assert len((await wang.json("lists", "import", str(lines), code=1))["accepted"]) == 1500
    assert await world.pool.fetchval("SELECT count(*) FROM listing") == 1500
    code, out, _ = await wang.run("lists", "export")
    entries = [json.loads(line)["entry"] for line in out.splitlines()]
    assert (code, len(entries)) == (0, 1500)
    code, out, _ = await wang.run("lists", "withdraw", *entries[:2], "nothing")
    assert (code, out.count("withdrawn"), "There is nothing here" in out) == (1, 2, True)
    assert await world.pool.fetchval("SELECT count(*) FROM listing WHERE withdrawn") == 2
