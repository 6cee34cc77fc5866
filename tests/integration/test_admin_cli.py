"""`healthcode-admin` against a real server, database and letters: what an operator types, and what comes of it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from chassis.kafka.twin import TwinBroker
from chassis.postgres.pool import Connection
from chassis.stream.model import Delivery
from tests.support.operating import WHY, Office
from tests.support.schema import delivery_pool
from tests.support.streaming import DONE, Stream

pytestmark = pytest.mark.embedded


class Shell:
    """A terminal in which `healthcode-admin` is typed."""

    def __init__(self, url: str, token_file: Path) -> None:
        self._environment = {"HC_URL": url, "HC_TOKEN_FILE": str(token_file), "COLUMNS": "300", "LANG": "C.UTF-8"}

    async def run(self, *words: str, **environment: str) -> tuple[int, str, str]:
        """Exit code, stdout, stderr."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cli", *words,
            env=self._environment | environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await process.communicate()
        return process.returncode or 0, out.decode(), err.decode()

    async def json(self, *words: str) -> Any:
        """What a command answers as JSON."""
        code, out, err = await self.run(*words, "--json")
        assert code == 0, out + err
        return json.loads(out)


@pytest.fixture
async def office(database_url: str) -> AsyncIterator[Office]:
    pool = await delivery_pool(database_url, "svc", DONE)
    stream = Stream(pool, TwinBroker())
    await stream.create()
    yield Office(stream)
    await stream.kill()
    await pool.close()


@pytest.fixture
async def shell(office: Office, tmp_path: Path) -> AsyncIterator[Shell]:
    server = uvicorn.Server(uvicorn.Config(office.app, port=0, log_level="critical", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(20):
        while not server.started:
            await asyncio.sleep(0.01)
    token_file = tmp_path / "token"
    token_file.write_text(office.token())
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Shell(f"http://127.0.0.1:{port}", token_file)
    server.should_exit = True
    await serving


async def accept(connection: Connection, deliveries: Sequence[Delivery]) -> None:
    rows = [(delivery.event.id, delivery.event.key) for delivery in deliveries]
    await connection.copy_records_to_table("done", records=rows, columns=("id", "subject"))


async def test_letters_from_the_list_to_the_last_replay(office: Office, shell: Shell) -> None:
    await office.refuse(*(office.stream.review(n, "s1", "impossible", partition=0) for n in range(5)))
    letters = (await shell.json("dlq", "list"))["letters"]
    assert [letter["reason"] for letter in letters] == ["impossible"] * 5
    code, out, _ = await shell.run("dlq", "list")
    assert (code, letters[0]["id"] in out, "impossible" in out) == (0, True, True)
    shown = await shell.json("dlq", "show", letters[0]["id"], "--purpose", "ticket 1174")
    assert (shown["service"], shown["content"]["value"]) == ("svc", None)
    await shell.json("dlq", "drop", letters[4]["id"], "--reason", "a test of the sender")
    code, out, _ = await shell.run("dlq", "replay", "--all", "--reason", WHY)
    assert (code, "rejected" in out) == (1, True), "the handler refuses them still"
    await office.publish()
    office.handle = accept
    answer = await shell.json("dlq", "replay", "--all", "--reason", WHY)
    assert answer["counts"] == {"replayed": 4}
    assert sorted(await office.stream.done("s1")) == ["0", "1", "2", "3"]
    code, out, _ = await shell.run("dlq", "list")
    assert (code, out.strip()) == (0, "There are no open dead letters.")
    acts = (await shell.json("acts", "list"))["acts"]
    assert [act["act"] for act in acts] == [
        "dead-letter.replay", "dead-letter.replay", "dead-letter.drop", "dead-letter.show",
    ]  # fmt: skip


async def test_parked_subjects_and_held_partitions(office: Office, shell: Shell) -> None:
    office.stream.start(strikes=5, at_limit="pause")
    bad = [office.stream.review(n, "s2", "impossible", partition=1) for n in range(20)]
    waiting = [office.stream.review(n, "s1", "time" if n else "poison", partition=0) for n in range(30)]
    await office.stream.send(*waiting, *bad)
    await office.stream.until("SELECT count(*) FROM parked_record", 30)
    await office.stream.until("SELECT count(*) FROM stream_offset WHERE stopped_for = 'limit'", 1)
    [held] = (await shell.json("offsets", "list", "--held"))["offsets"]
    place = f"svc/{held['consumer']}/{held['topic']}/{held['partition']}"
    assert (await shell.json("offsets", "resume", place, "--reason", WHY))["strikes"] == 0
    await office.stream.until("SELECT count(*) FROM outbox", 10)
    [subject] = (await shell.json("parked", "list"))["subjects"]
    code, out, _ = await shell.run("parked", "release", subject["name"], "--reason", WHY)
    assert (code, "RuntimeError" in out) == (1, True)
    assert len((await shell.json("parked", "show", subject["name"], "-p", "ticket 1174"))["records"]) == 30
    assert len((await shell.json("parked", "drop", subject["name"], "--reason", WHY))["places"]) == 1
    released = await shell.json("parked", "release", subject["name"], "--reason", WHY)
    assert released == {"released": 29, "rejected": 0, "left": 0, "failed": None}
    await office.stream.end()


async def test_errors_are_sentences_with_their_exit_codes(office: Office, shell: Shell) -> None:
    for words, environment, code, sentence in (
        (("dlq", "list"), {"HC_TOKEN": office.token("officer")}, 3, "not allowed with that role"),
        (("dlq", "list"), {"HC_URL": "http://127.0.0.1:9"}, 4, "does not answer"),
        (("dlq", "replay", "--reason", WHY), {}, 2, "Name letters, or say --all"),
        (("dlq", "replay", "--all", "--reason", "no"), {}, 3, "reason"),
        (("dlq", "show", "a.v1:1:1", "-p", "ticket 1174"), {}, 3, "There is nothing here"),
        (("parked", "release", "nonsense", "--reason", WHY), {}, 2, "as `parked list` shows it"),
        (("dlq", "list"), {"HC_TOKEN_FILE": "/nowhere"}, 2, "cannot be read"),
    ):
        found, out, err = await shell.run(*words, **environment)
        assert (found, out, "Traceback" in err) == (code, "", False), err
        assert sentence in " ".join(err.split()), err
