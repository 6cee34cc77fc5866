"""Made-up personal values go through a region, by every way in, and then turn up nowhere but where they belong."""

import json
import re
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from deploy.local.places import home_of
from deploy.local.stack import Stack
from tests.support import topics
from tests.support.callers import caller, colored, subject
from tests.support.canaries import FREE, HEALTH, IDENTITY, Search
from tests.support.canary_flights import SEALED_WRONGLY, SELF, Sender, enter, loose_records, sealed_entries, speak
from tests.support.database import own_database, rows
from tests.support.garbage import events, sealed
from tests.support.polling import eventually
from tests.support.region import RegionProcesses, region_processes
from tests.support.state import quiet

pytestmark = [pytest.mark.embedded]

REGION = "410000"
EVERYTHING = Search((*IDENTITY, *HEALTH, FREE))
DECLARATIONS = f"hc.{REGION}.declarations.v1"
LOOSE = ("lists-in.v1", "areas-in.v1", "findings.v1")
"""Topics on which a sender's own text is put; it stays there, and in their dead letters."""
POINTER = re.compile(rb'"pointer":"[^"]*"')
BEGUN = time.time()


@pytest.fixture(scope="module")
def region(stack: Stack, admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegionProcesses]:
    """A region that has worked through everything."""
    folder = tmp_path_factory.mktemp("canaries")
    more = {"HC_LOG_LEVEL": "debug"}
    with own_database(admin_url) as url, region_processes(stack, url, folder, REGION, more) as processes:
        processes.spawn_all()
        yield processes


@pytest.fixture(scope="module")
def answers(region: RegionProcesses) -> list[httpx.Response]:
    """What was answered to everything that was sent, which is all worked through."""
    sender = Sender(region)
    speak(sender)
    enter(sender)
    bootstrap = region.environment["KAFKA_BOOTSTRAP"]
    seal = partial(sealed, json.loads((region.folder / "keys" / REGION / "intake.jwk").read_bytes()))
    loose = [
        record
        for topic, event in events(REGION, seal("{}")).items()
        if topic.endswith(LOOSE)
        for record in loose_records(event, topic)
    ]
    topics.write(bootstrap, [*sealed_entries(REGION, seal), *loose])
    boxes = [f"hc.{REGION}.{name}.dlq" for name in LOOSE]
    letters = 2 * sum(record.topic.endswith("findings.v1") for record in loose) + SEALED_WRONGLY
    letters += sum(not record.topic.endswith("findings.v1") for record in loose)
    eventually("all dead letters", lambda: len(topics.read(bootstrap, boxes)) >= letters)
    colored(caller(region, "citizen", sub=f"citizen-{SELF}"), "yellow")
    quiet(region)
    return sender.answers


def test_not_in_logs(region: RegionProcesses, answers: list[httpx.Response], stack: Stack) -> None:
    logs = [*region.logs(), *(stack.data / "logs").glob("*")]
    written = {path.name: path.read_bytes() for path in logs}
    assert any(b"http_request" in text for text in written.values())
    assert {name: found for name, text in written.items() if (found := EVERYTHING.found_in(text))} == {}


def test_not_in_metrics(region: RegionProcesses, answers: list[httpx.Response]) -> None:
    metrics = httpx.get(f"{region.url}/metrics").content
    assert b"hc_" in metrics
    assert EVERYTHING.found_in(metrics) == set()


def test_not_in_answers(answers: list[httpx.Response]) -> None:
    """An answer may list the symptoms that there are, and point to a field by the name that the caller gave it."""
    search = Search((*IDENTITY, HEALTH[0], FREE))
    assert sum(answer.is_error for answer in answers) > 20
    told = [repr(answer.headers).encode() + POINTER.sub(b"", answer.content) for answer in answers]
    assert [text for text in told if search.found_in(text)] == []


def test_not_on_topics(region: RegionProcesses, answers: list[httpx.Response]) -> None:
    """Read with everything that was aborted, which raw files may hold compressed."""
    bootstrap = region.environment["KAFKA_BOOTSTRAP"]
    names = [name for owner in (REGION, "national") for name in topics.names(bootstrap, f"hc.{owner}.")]
    found: dict[str, set[str]] = {}
    for record in topics.read(bootstrap, names, committed=False):
        texts = [
            record.key or b"",
            record.value or b"",
            *(part for h in record.headers for part in (h[0].encode(), h[1] or b"")),
        ]
        found.setdefault(record.topic, set()).update(EVERYTHING.found_in(b"\n".join(texts)))
        if record.topic.endswith(".dlq"):
            ours = "".join(record.header(name) for name in ("hc_reason", "hc_detail", "hc_place"))
            assert ours
            assert EVERYTHING.found_in(ours.encode()) == set()
    loose = {f"hc.{REGION}.{name}{box}": {FREE} for name in LOOSE for box in ("", ".dlq")}
    assert {topic: texts for topic, texts in found.items() if texts} == {DECLARATIONS: set(HEALTH), **loose}


def test_not_in_tables(region: RegionProcesses, answers: list[httpx.Response]) -> None:
    """What is sealed is searched as well: it is noise. The faults of a batch list every symptom that there is."""
    found = EVERYTHING.found_in_rows(rows(region.database_url))
    dossiers = ("audit.dossier.facts", "audit.finding.facts")
    assert found == {**{key: {HEALTH[1]} for key in dossiers}, "declaration.batch.errors": {HEALTH[1]}}


def test_not_in_files_of_broker_and_database(
    region: RegionProcesses, answers: list[httpx.Response], stack: Stack
) -> None:
    """Whatever was ever written is there, also what a table held for a moment; the compressed is read by the topics."""
    if not stack.kafka_pid or not stack.postgres_pid:
        pytest.skip("the files of a given broker and database are not at hand")
    who = subject(region, SELF)
    search = Search((*IDENTITY, who))
    folders: tuple[Path, ...] = (stack.data / "kafka", home_of(stack.data))
    for folder in folders:
        found = search.found_in_files(folder, BEGUN)
        assert found, f"the search finds nothing in {folder.name}, not even the pseudonym"
        assert set().union(*found.values()) == {who}, found
