"""`healthcode-admin` against a real server, database and letters: what an operator types, and what comes of it."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from chassis.kafka.twin import TwinBroker
from chassis.postgres.pool import Connection
from chassis.stream.model import Delivery
from tests.support.operating import WHY, Office
from tests.support.schema import delivery_pool
from tests.support.shell import Shell, shell_on
from tests.support.streaming import DONE, Stream

pytestmark = pytest.mark.embedded


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
    async with shell_on(office.app, office.token(), tmp_path) as shell:
        yield shell


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
