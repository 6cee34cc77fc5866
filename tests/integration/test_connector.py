"""The connector's book in SQL, and a second real PostgreSQL whose list changes while it is read."""

import asyncio
import contextlib
import json
import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import httpx
import pytest

from chassis.clock import SystemClock
from chassis.http.app import create_app
from chassis.kafka.topics import load_topics
from chassis.kafka.twin import TwinBroker
from chassis.migrate import migrate
from chassis.outbox import decode_headers
from chassis.postgres.pool import Pool, open_pool
from chassis.run import Runtime, run_all
from demo.identity import DemoIdentity
from deploy.keys import make_keys
from deploy.local.stack import Stack, embedded_stack, remove_data
from healthcode.envelope import decode
from healthcode.events import ListingSubmitted
from services.connector.bootstrap import BLUEPRINT
from services.connector.config import Settings
from services.connector.ports import Away, Unusable
from services.connector.store.book import PostgresBook
from services.connector.store.postgres import PostgresSource
from tests.support.people import id_number
from tests.twins.connector import NOW, definition, standing
from tests.twins.connector_behaviour import CDC, ConnectorBehaviour

pytestmark = pytest.mark.embedded

REGION = "330000"
SECONDS = 60
CONTACT = """
CREATE TABLE contact (
    id int PRIMARY KEY, number text, kind text NOT NULL, since timestamptz NOT NULL DEFAULT '2026-02-01T00:00Z',
    touched timestamptz NOT NULL DEFAULT clock_timestamp())
"""
PUT = """
INSERT INTO contact (id, number, kind) VALUES ($1, $2, $3)
ON CONFLICT (id) DO UPDATE SET number = excluded.number, kind = excluded.kind, touched = clock_timestamp()
"""
DEFINITION = """
connector: cdc
kind: postgres
address: cdc.dsn
query: SELECT * FROM contact;
key: id
watermark: touched
source: 浙江省疾控中心
overlap: 0
page: 50
rate: 100000
pull_seconds: 0.05
sweep_seconds: 0.2
most_gone: 1
fields:
  id_type: {text: resident_id}
  id_number: number
  category: {column: kind, values: {MQ: close_contact, QZ: confirmed}}
  evidence: {text: "contact record {id}"}
  valid_from: since
"""


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    await migrate(database_url, "connector", Path("chassis/migrations"), BLUEPRINT.migrations)
    pool = await open_pool(database_url, "connector")
    yield pool
    await pool.close()


@dataclass
class StoredShelf:
    pool: Pool

    @property
    def book(self) -> PostgresBook:
        return PostgresBook(self.pool, REGION)

    async def published(self) -> Sequence[ListingSubmitted]:
        rows = await self.pool.fetch("SELECT headers, value, key FROM outbox ORDER BY id")
        found = [decode(decode_headers(row["headers"]), row["value"], row["key"]) for row in rows]
        return [event for event in found if isinstance(event, ListingSubmitted)]

    async def let_go(self) -> None:
        assert await self.book.release(CDC, "looked at", "officer-1", NOW)
        assert not await self.book.release(CDC, "twice", "officer-1", NOW)


class TestOverPostgres(ConnectorBehaviour):
    @pytest.fixture
    def shelf(self, pool: Pool) -> StoredShelf:
        return StoredShelf(pool)


@pytest.fixture(scope="module")
def foreign(stack: Stack) -> Iterator[str]:
    """The address of somebody else's server."""
    data = Path(tempfile.mkdtemp(prefix="healthcode-foreign-", dir="/var/tmp" if Path("/var/tmp").is_dir() else None))  # noqa: S108 - a folder of its own
    with pytest.MonkeyPatch.context() as environment, asyncio.Runner() as runner:
        environment.setenv("KAFKA_BOOTSTRAP", stack.kafka_bootstrap)
        environment.delenv("DATABASE_URL", raising=False)
        running = embedded_stack(data, progress=lambda _: None)
        started = runner.run(running.__aenter__())
        yield started.database_url
        runner.run(running.__aexit__(None, None, None))
        remove_data(data, lambda _: None)


@pytest.fixture
async def contact(foreign: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(foreign)
    await connection.execute("DROP TABLE IF EXISTS contact")
    await connection.execute(CONTACT)
    yield connection
    await connection.close()


@pytest.fixture
async def running(
    database_url: str, foreign: str, tmp_path: Path
) -> AsyncIterator[tuple[TwinBroker, httpx.AsyncClient]]:
    """The service as it is wired, and an officer."""
    make_keys(tmp_path, Path("regions"), [REGION], valid_from=datetime(2020, 1, 1, tzinfo=UTC))
    secret = tmp_path / REGION / "cdc.dsn"
    secret.write_text(foreign, "utf-8")
    secret.chmod(0o600)
    folder = tmp_path / "regions" / REGION
    (folder / "connectors").mkdir(parents=True)
    shutil.copy(f"regions/{REGION}/region.yaml", folder)
    (folder / "connectors" / "cdc.yaml").write_text(DEFINITION, "utf-8")
    settings = Settings(
        region=REGION, kafka_bootstrap="twin:1", database_url=database_url, secrets=tmp_path / REGION,
        regions=tmp_path / "regions", connector_away_seconds=0.1,
    )  # fmt: skip
    await migrate(database_url, "connector", Path("chassis/migrations"), BLUEPRINT.migrations)
    broker, topics = TwinBroker(), load_topics(settings.topics_file)
    await broker.create_topics(topics.for_region(REGION))
    pool = await open_pool(database_url, "connector")
    built = await BLUEPRINT.build(Runtime("connector", settings, SystemClock(), broker, broker, pool, topics))
    stop, identity = asyncio.Event(), DemoIdentity()
    parts = {f"{role}.{n}": part for role, parts in built.roles.items() for n, part in enumerate(parts)}
    working = asyncio.create_task(run_all(parts, stop))
    app = create_app(
        title="connector", version="1", settings=settings, clock=SystemClock(), checks=built.checks,
        authenticator=identity.authenticator(REGION),
    )  # fmt: skip
    for router in built.routers:
        app.include_router(router)
    token = identity.token("officer-1", roles=["officer"], region=REGION, authority="疾控", person="p-1")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://test", headers={"authorization": f"Bearer {token}"}
    ) as officer:
        yield broker, officer
    stop.set()
    await asyncio.wait_for(working, SECONDS)
    await pool.close()


async def submitted(broker: TwinBroker) -> list[ListingSubmitted]:
    records = await broker.last_records(f"hc.{REGION}.lists-in.v1", 100_000)
    events = [decode(record.headers, record.value, record.key) for record in records]
    return [event for event in events if isinstance(event, ListingSubmitted)]


async def until_equal(broker: TwinBroker, contact: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Until the entries that stand are those that the list says."""
    kinds = {"MQ": "close_contact", "QZ": "confirmed"}
    rows = await contact.fetch("SELECT id, kind FROM contact")
    wanted = sorted((str(row["id"]), kinds[row["kind"]]) for row in rows)
    async with asyncio.timeout(SECONDS):
        while (
            sorted((entry.split(":")[1], what) for entry, (_, what) in standing(await submitted(broker)).items())
            != wanted
        ):
            await asyncio.sleep(0.05)


async def test_a_list_that_changes_while_it_is_read_is_followed(
    running: tuple[TwinBroker, httpx.AsyncClient], contact: "asyncpg.Connection[asyncpg.Record]", foreign: str
) -> None:
    broker, officer = running
    chance = random.Random(20200211)  # noqa: S311 - a made-up list
    await contact.executemany(PUT, [(n, id_number(n), "MQ") for n in range(2000)])
    for _ in range(300):
        match chance.randrange(4):
            case 0:
                await contact.execute("DELETE FROM contact WHERE id = $1", chance.randrange(2200))
            case 1:
                async with contact.transaction():  # seen late, with a watermark of before
                    await contact.execute(PUT, chance.randrange(2200), id_number(chance.randrange(3000)), "QZ")
                    await asyncio.sleep(0.01)
            case _:
                await contact.execute(PUT, chance.randrange(2200), id_number(chance.randrange(3000)), "MQ")
    await until_equal(broker, contact)

    ends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'healthcode connector'"
    await contact.execute(PUT, 5000, id_number(5000), "MQ")
    await contact.execute(ends)
    await contact.execute("DELETE FROM contact WHERE id = 5000")
    await contact.execute(PUT, 5001, id_number(5001), "QZ")
    await until_equal(broker, contact)

    (status,) = (await officer.get("/v1/connectors")).json()
    assert status["standing"] == await contact.fetchval("SELECT count(*) FROM contact")
    assert (status["held"], status["faults"]) == (None, 0)
    refused = await officer.post("/v1/connectors/cdc/release", json={"reason": "for nothing"})
    assert refused.status_code == 409
    texts = json.dumps([event.entry + event.person + event.evidence for event in await submitted(broker)])
    assert id_number(1) not in texts, "no number leaves in the clear"


async def test_a_row_that_cannot_be_read_is_named_to_the_officer(
    running: tuple[TwinBroker, httpx.AsyncClient], contact: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await contact.execute(PUT, 1, "not a number", "MQ")
    async with asyncio.timeout(SECONDS):
        while not (faults := (await running[1].get("/v1/connectors/cdc/faults")).json()):
            await asyncio.sleep(0.05)
    assert [(fault["key"], fault["field"]) for fault in faults] == [("1", "id_number")]
    assert "not a number" not in json.dumps(faults)
    assert (await running[1].get("/v1/connectors/nobody/faults")).status_code == 404


async def test_a_source_says_whether_to_try_again(foreign: str, contact: object) -> None:
    missing = PostgresSource(foreign, definition(query="SELECT * FROM nowhere"))
    with pytest.raises(Unusable, match="UndefinedTableError"):
        await missing.all(None, 10)
    wrong = PostgresSource("mysql://x", definition())
    with pytest.raises(Unusable, match="none of PostgreSQL's"):
        await wrong.all(None, 10)
    away = PostgresSource(foreign.rpartition(":")[0] + ":1/postgres", definition())
    with pytest.raises(Away, match=r"ConnectionRefusedError|OSError"):
        await away.all(None, 10)
    writing = PostgresSource(foreign, definition(query="DELETE FROM contact RETURNING *"))
    with pytest.raises(Unusable):
        await writing.all(None, 10)
    for source in (missing, wrong, away, writing):
        with contextlib.suppress(Away):
            await source.close()


@pytest.mark.parametrize("mark", ["touched", "n"])
async def test_watermarks_may_be_times_or_numbers(
    foreign: str, contact: "asyncpg.Connection[asyncpg.Record]", mark: str
) -> None:
    await contact.executemany(PUT, [(n, id_number(n), "MQ") for n in range(10)])
    source = PostgresSource(foreign, definition(query="SELECT *, id AS n FROM contact", watermark=mark))
    first = await source.changed(None, 2, None, 4)
    behind = await source.changed(None, 2, first[-1], 100)
    assert [row.key for row in first + behind] == [str(n) for n in range(10)]
    again = await source.changed(behind[-1].mark, 2, None, 100)
    assert [row.key for row in again][-1] == "9"
    assert [row.key for row in await source.all("7", 100)] == ["8", "9"]
    await source.close()
