"""The issuer's store on PostgreSQL: the same behaviour as the twin, and what only a database can get wrong."""

import asyncio
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from chassis import carry, metrics
from chassis.kafka.model import Outgoing, TopicSpec
from chassis.kafka.twin import TwinBroker
from chassis.outbox import decode_headers, topics_of
from chassis.postgres.errors import CONFLICTS
from chassis.postgres.pool import Connection, Pool
from chassis.stream.worker import StreamWorker
from healthcode.envelope import decode, encode
from healthcode.events import CodeChanged, CodeConfirmed, FindingConcluded
from healthcode.values import Color
from services.issuer.domain import StatusPlace
from services.issuer.handlers.code import expire_due, take_findings
from services.issuer.ports import Issued, Lookup
from services.issuer.store.credentials import PostgresCredentials
from services.issuer.store.family import PostgresFamily
from services.issuer.store.history import PostgresHistory
from services.issuer.store.ledger import PostgresLedger, PostgresLedgers
from services.issuer.store.lookups import PostgresLookupLog
from services.issuer.store.tally import Tally
from services.issuer.store.views import PostgresViews
from services.issuer.stream.findings import findings_spec
from tests.support.schema import delivery_pool, in_transactions
from tests.twins.issuer_behaviour import IssuerBehaviour
from tests.twins.issuer_findings import ALICE, BOB, DAY, LIFETIME, NOW, finding

pytestmark = pytest.mark.embedded

REGION = "330000"
TOPIC, BACKGROUND = f"hc.{REGION}.findings.v1", f"hc.{REGION}.findings.background.v1"
MIGRATION = "\n".join(
    path.read_text("utf-8").partition("-- migrate:down")[0]
    for path in sorted(Path("services/issuer/migrations").glob("*.sql"))
)
SECONDS = 10
CARRIED = f"SELECT topic FROM outbox WHERE position('{carry.ACCEPTED}'::bytea IN headers) > 0 ORDER BY id"  # noqa: S608 - our own name


class FixedClock:
    def now(self) -> datetime:
        return NOW


@dataclass
class PostgresWorld:
    pool: Pool

    def __post_init__(self) -> None:
        self.ledgers = PostgresLedgers(self.pool, REGION)
        self.credentials = PostgresCredentials(self.pool)
        self.views = PostgresViews(self.pool)
        self.history = PostgresHistory(self.pool)
        self.lookups = PostgresLookupLog(self.pool)
        self.family = PostgresFamily(self.pool)
        self.taking = in_transactions(self.pool, PostgresFamily)

    async def published(self) -> list[CodeChanged | CodeConfirmed]:
        return [event for topic, event in await outbox(self.pool) if topic.endswith("codes.v1")]

    async def lookups_seen(self) -> list[Lookup]:
        rows = await self.pool.fetch("SELECT at, caller, client, authority, subject, found FROM lookup ORDER BY id")
        return [Lookup(**dict(row)) for row in rows]


async def outbox(pool: Pool) -> list[tuple[str, CodeChanged | CodeConfirmed]]:
    rows = await pool.fetch("SELECT topic, key, headers, value FROM outbox ORDER BY id")
    found: list[tuple[str, CodeChanged | CodeConfirmed]] = []
    for row in rows:
        event = decode(decode_headers(row["headers"]), row["value"], row["key"])
        assert isinstance(event, CodeChanged | CodeConfirmed)
        found.extend((topic, event) for topic in topics_of(row["topic"]))
    return found


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await delivery_pool(database_url, "issuer", MIGRATION)
    yield pool
    await pool.close()


class TestHandlersOverPostgres(IssuerBehaviour):
    @pytest.fixture
    def world(self, pool: Pool) -> PostgresWorld:
        return PostgresWorld(pool)


def ids() -> str:
    return secrets.token_hex(8)


async def take(pool: Pool, findings: Sequence[FindingConcluded], *, fails: bool = False) -> None:
    async with PostgresLedgers(pool, REGION).begin() as ledger:
        await take_findings(ledger, findings, LIFETIME, NOW, ids)
        if fails:
            raise LookupError


async def until_waiting(pool: Pool) -> None:
    """Until somebody waits for a lock."""
    async with asyncio.timeout(SECONDS):
        while not await pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            await asyncio.sleep(0.01)


async def test_a_change_goes_to_both_topics_a_confirmation_to_one(pool: Pool) -> None:
    await take(pool, [finding(Color.GREEN, 1, causes=("d1",)), finding(Color.GREEN, 2, causes=("d2",))])
    told = await outbox(pool)
    assert [(topic, event.causes) for topic, event in told] == [
        ("hc.330000.codes.v1", ("d1",)),
        ("hc.330000.codes.state.v1", ("d1",)),
        ("hc.330000.codes.v1", ("d2",)),
    ]
    assert told[0][1] == told[1][1]


async def test_two_who_make_the_same_code_at_once_end_in_one_trying_again(pool: Pool) -> None:
    ledgers = PostgresLedgers(pool, REGION)
    async with ledgers.begin() as first:
        await take_findings(first, [finding(Color.GREEN, 1)], LIFETIME, NOW, ids)
        second = asyncio.create_task(take(pool, [finding(Color.RED, 2)]))
        await until_waiting(pool)
    with pytest.raises(CONFLICTS):
        await asyncio.wait_for(second, SECONDS)
    await take(pool, [finding(Color.RED, 2)])
    versions = [(e.version, e.color) for e in await PostgresWorld(pool).published() if isinstance(e, CodeChanged)]
    assert versions == [(1, Color.GREEN), (2, Color.RED)]


async def test_versions_carry_the_incarnation_of_the_database(pool: Pool) -> None:
    await take(pool, [finding(Color.GREEN, 1)])
    await pool.execute("UPDATE incarnation SET incarnation = 2")
    await take(pool, [finding(Color.RED, 2)])
    told = await PostgresWorld(pool).published()
    assert [(event.incarnation, event.version) for event in told] == [(1, 1), (2, 2)]
    page = await PostgresHistory(pool).page(ALICE, (2, 2), 5)
    assert [(code.incarnation, code.version) for code in page] == [(1, 1)]


async def test_colors_are_counted_with_each_change_and_not_by_looking_at_everybody(pool: Pool) -> None:
    def turned_red() -> float:
        return metrics.value("hc_code_changes_total", previous="green", color="red") or 0

    counted = turned_red()
    for number in range(6):
        await take(pool, [finding(Color.GREEN, 1, f"person-{number}"), finding(Color.YELLOW, 2, f"person-{number}")])
        await sum_up(pool)
    await take(pool, [finding(Color.GREEN, 3, "person-0"), finding(Color.RED, 4, "person-0")])
    async with pool.acquire() as connection, connection.transaction():
        await expire_due(PostgresLedger(connection, REGION), NOW + 90 * DAY, ids, 2)
    people = {"green": 0, "yellow": 0, "red": 0} | await sum_up(pool)
    rows = await pool.fetch("SELECT convert_from(event, 'UTF8')::jsonb ->> 'color' AS color FROM code")
    assert {color: number for color, number in people.items() if number} == Counter(row["color"] for row in rows)
    assert await pool.fetchval("SELECT count(*) FROM tally") <= len(Color)
    assert turned_red() == counted + 1
    with pytest.raises(LookupError):
        await take(pool, [finding(Color.GREEN, 9), finding(Color.RED, 10)], fails=True)
    assert turned_red() == counted + 1, "what was not committed is not counted"


async def sum_up(pool: Pool) -> dict[str, int]:
    async with pool.acquire() as connection, connection.transaction():
        return await Tally(connection).sum_up()


async def test_the_worker_turns_records_into_codes(pool: Pool) -> None:
    broker = TwinBroker()
    await broker.create_topics([TopicSpec(TOPIC, 2), TopicSpec(BACKGROUND, 2), TopicSpec(f"{TOPIC}.dlq", 1)])

    def ledger_over(connection: Connection) -> PostgresLedger:
        return PostgresLedger(connection, REGION)

    spec = findings_spec(REGION, ledger_over, LIFETIME, FixedClock(), ids)
    worker = StreamWorker(spec, broker=broker, pool=pool, schema="issuer", group="g")
    events = [finding(Color.GREEN, 1, f"person-{n}", causes=(f"d{n}",)) for n in range(50)]
    impossible = finding(Color.GREY, 2, ALICE)
    producer = await broker.producer()
    wires = [encode(event, owner=REGION, service="audit", time=NOW) for event in [*events, impossible]]
    declared = (*wires[0].headers, *carry.accepted_now())
    await producer.send_all(
        [Outgoing(w.topic, w.key, w.value, declared if w is wires[0] else w.headers) for w in wires]
    )
    measured = metrics.value("hc_declared_to_colored_seconds_count") or 0
    stop = asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    try:
        async with asyncio.timeout(SECONDS):
            while await pool.fetchval("SELECT count(*) FROM outbox") < len(events) + 1:
                await asyncio.sleep(0.01)
    finally:
        stop.set()
        await asyncio.wait_for(running, SECONDS)
    assert await pool.fetchval("SELECT count(*) FROM code") == len(events)
    assert metrics.value("hc_declared_to_colored_seconds_count") == measured + 1
    carried = [row["topic"] for row in await pool.fetch(CARRIED)]
    both = "hc.330000.codes.v1,hc.330000.codes.state.v1"
    assert carried == [both], "and it goes on with what came of it"
    assert await pool.fetchval("SELECT count(*) FROM outbox WHERE topic LIKE '%.dlq'") == 1


async def test_expiry_leaves_alone_what_a_worker_holds(pool: Pool) -> None:
    await take(pool, [finding(Color.GREEN, 1), finding(Color.GREEN, 1, BOB)])
    late = NOW + 40 * DAY
    ledgers = PostgresLedgers(pool, REGION)
    async with ledgers.begin() as worker:
        await take_findings(worker, [finding(Color.GREEN, 2, reviewed_at=late)], LIFETIME, late, ids)
        async with ledgers.begin() as timer:
            assert await expire_due(timer, late, ids, 10) == 1
    async with ledgers.begin() as timer:
        assert await expire_due(timer, late, ids, 10) == 0
    views = PostgresViews(pool)
    colors = [code.color for who in (ALICE, BOB) if (code := await views.code(who))]
    assert colors == [Color.GREEN, Color.GREY]


async def test_a_credential_begun_before_a_change_of_color_is_revoked_by_it(pool: Pool) -> None:
    await take(pool, [finding(Color.GREEN, 1)])
    credentials = PostgresCredentials(pool)
    place = StatusPlace("20200211-0", 5)
    async with credentials.begin() as book:
        assert await book.code(ALICE) is not None
        changing = asyncio.create_task(take(pool, [finding(Color.RED, 2)]))
        await until_waiting(pool)
        issued = Issued(cti=bytes(16), subject=ALICE, place=place, issued_at=NOW, expires_at=NOW + timedelta(hours=1))
        assert await book.claim(issued)
    await changing
    standing = await credentials.standing(bytes(16))
    assert standing is not None
    assert (standing.revoked, standing.code.color) == (True, Color.RED)


async def take_until_decided(pool: Pool, findings: Sequence[FindingConcluded]) -> None:
    """As the batch path does: a conflict is tried again."""
    try:
        await take(pool, findings)
    except CONFLICTS:
        await take(pool, findings)


async def test_two_workers_with_the_same_people_in_other_orders_both_finish(pool: Pool) -> None:
    people = [f"person-{n}" for n in range(200)]
    await asyncio.gather(
        take_until_decided(pool, [finding(Color.GREEN, 1, who, causes=(f"a{who}",)) for who in people]),
        take_until_decided(pool, [finding(Color.GREEN, 2, who, causes=(f"b{who}",)) for who in reversed(people)]),
    )
    causes = [cause for event in await PostgresWorld(pool).published() for cause in event.causes]
    assert sorted(causes) == sorted([f"{x}{who}" for x in "ab" for who in people])


async def test_those_who_ask_at_once_share_queries(pool: Pool) -> None:
    people = [f"{n}" for n in range(300)]
    await take(pool, [finding(Color.GREEN, 1, who) for who in people])
    queries: list[int] = []

    class Counting:
        async def fetch(self, query: str, subjects: list[str]) -> object:
            queries.append(len(subjects))
            return await pool.fetch(query, subjects)

    views = PostgresViews(Counting())  # type: ignore[arg-type]  # all of a pool that it uses
    found = await asyncio.gather(*(views.code(who) for who in [*people, "nobody", *people]))
    assert [code.subject if code else None for code in found] == [*people, None, *people]
    assert len(queries) <= 2
    assert sum(queries) == 301
    assert (await views.code("7")) == found[7]


async def test_a_failed_query_fails_those_who_asked_and_no_later_one(pool: Pool) -> None:
    await take(pool, [finding(Color.GREEN, 1)])
    failures = [OSError("away")]

    class Failing:
        async def fetch(self, query: str, subjects: list[str]) -> object:
            if failures:
                raise failures.pop()
            return await pool.fetch(query, subjects)

    views = PostgresViews(Failing())  # type: ignore[arg-type]  # all of a pool that it uses
    first = await asyncio.gather(views.code(ALICE), views.code(ALICE), return_exceptions=True)
    assert [type(each) for each in first] == [OSError, OSError]
    assert await views.code(ALICE) is not None
