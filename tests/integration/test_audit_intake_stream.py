"""What outsiders submit by Kafka, with the broker's twin and PostgreSQL."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from functools import partial

import pytest
from joserfc import jwe
from joserfc.jwk import ECKey

from chassis.kafka.model import Outgoing, TopicSpec
from chassis.kafka.twin import TwinBroker
from chassis.outbox import decode_headers
from chassis.postgres.pool import Connection, Pool
from chassis.stream.model import StreamSpec
from chassis.stream.worker import StreamWorker
from healthcode.envelope import encode
from healthcode.events import AreaLevelSubmitted, Event, ListingSubmitted, TestSubmitted
from healthcode.pseudonym import subject_of
from healthcode.values import Category, IdType, Level, TestKind, TestResult
from services.audit.ports.entry import Listing, Test
from services.audit.store.entry import AREAS, LISTINGS, TESTS, PostgresAreaStore, PostgresEntryStore
from services.audit.stream import intake
from services.audit.stream.person import PersonReader
from tests.support.people import id_number
from tests.support.schema import delivery_pool, tables_of
from tests.twins.audit_behaviour import NOW

pytestmark = pytest.mark.embedded

REGION = "330000"
PSEUDONYM_KEY = bytes(32)
INTAKE_KEY = ECKey.generate_key("P-256")
TOPICS = ("lists-in.v1", "tests-in.v1", "areas-in.v1")
SECONDS = 10


class FixedClock:
    def now(self) -> object:
        return NOW


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await delivery_pool(database_url, "audit", tables_of("audit"))
    yield pool
    await pool.close()


def listings(connection: Connection) -> PostgresEntryStore[Listing]:
    return PostgresEntryStore(connection, LISTINGS, REGION, NOW)


def results(connection: Connection) -> PostgresEntryStore[Test]:
    return PostgresEntryStore(connection, TESTS, REGION, NOW)


def areas(connection: Connection) -> PostgresAreaStore:
    return PostgresAreaStore(connection, AREAS, REGION, NOW)


def specs() -> list[StreamSpec]:
    reader = PersonReader(INTAKE_KEY, partial(subject_of, PSEUDONYM_KEY))
    clock = FixedClock()
    return [
        intake.listing_spec(REGION, clock, reader, listings),  # type: ignore[arg-type]  # a clock that stands
        intake.test_spec(REGION, clock, reader, results),  # type: ignore[arg-type]  # as above
        intake.area_spec(REGION, clock, areas),  # type: ignore[arg-type]  # as above
    ]


def sealed(index: int = 1, *, key: ECKey = INTAKE_KEY, **person: str) -> str:
    plain = {"id_type": "resident_id", "id_number": id_number(index), **person}
    return jwe.encrypt_compact({"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}, json.dumps(plain), key)


def submitted(entry: str, person: str, **changes: object) -> ListingSubmitted:
    fields = {
        "id": f"m-{entry}",
        "entry": entry,
        "person": person,
        "category": Category.CONFIRMED,
        "source": "cdc-330100",
        "evidence": "case 17",
        "valid_from": NOW,
        **changes,
    }
    return ListingSubmitted(**fields)  # type: ignore[arg-type]  # by name


async def consume(pool: Pool, events: Sequence[Event], wanted: int) -> None:
    """Run the intake over these events until the outbox holds so many rows."""
    broker = TwinBroker()
    await broker.create_topics([TopicSpec(f"hc.{REGION}.{name}{dlq}", 1) for name in TOPICS for dlq in ("", ".dlq")])
    producer = await broker.producer()
    wires = [encode(event, owner=REGION, service="outside", time=NOW) for event in events]
    await producer.send_all([Outgoing(wire.topic, wire.key, wire.value, wire.headers) for wire in wires])
    stop = asyncio.Event()
    workers = [
        StreamWorker(spec, broker=broker, pool=pool, schema="audit", group=spec.consumer).run(stop) for spec in specs()
    ]
    running = asyncio.gather(*workers)
    async with asyncio.timeout(SECONDS):
        while await pool.fetchval("SELECT count(*) FROM outbox") < wanted:
            await asyncio.sleep(0.01)
    stop.set()
    await running


async def outbox(pool: Pool) -> list[tuple[str, str]]:
    """Topic and type, or reason, of each row."""
    rows = await pool.fetch("SELECT topic, headers FROM outbox ORDER BY id")
    headers = [dict(decode_headers(row["headers"])) for row in rows]
    return [
        (row["topic"].removeprefix(f"hc.{REGION}."), (each.get("hc_reason") or each["ce_type"]).decode())
        for row, each in zip(rows, headers, strict=True)
    ]


async def test_each_kind_becomes_what_it_records(pool: Pool) -> None:
    test = TestSubmitted(
        id="m2",
        test="t1",
        person=sealed(2),
        kind=TestKind.PCR,
        result=TestResult.NEGATIVE,
        sampled_at=NOW,
        source="lab-1",
        evidence="sheet 1",
    )
    area = AreaLevelSubmitted(
        id="m3", area="330106", entry="a1", level=Level.HIGH, source="cdc", evidence="n 3", valid_from=NOW
    )
    await consume(pool, [submitted("e1", sealed()), test, area], 3)
    assert sorted(await outbox(pool)) == [
        ("facts.v1", "org.healthcode.listing.recorded.v1"),
        ("facts.v1", "org.healthcode.test.recorded.v1"),
        ("reference.v1", "org.healthcode.area.recorded.v1"),
    ]
    subject = await pool.fetchval("SELECT subject FROM listing")
    assert subject == subject_of(PSEUDONYM_KEY, IdType.RESIDENT_ID, id_number(1))


async def test_what_cannot_be_read_or_accepted_is_a_dead_letter_beside_the_good(pool: Pool) -> None:
    events = [
        submitted("e1", sealed()),
        submitted("e2", sealed(key=ECKey.generate_key("P-256"))),
        submitted("e3", "not a jwe"),
        submitted("e4", sealed(name="王小明")),
        submitted("e5", sealed(id_number="110105194912310021")),
        submitted("e6", sealed(6), evidence=""),
        submitted("e7", sealed(1)),
        submitted("e8", sealed(8)),
        submitted("e9", sealed(9), valid_from=NOW.replace(tzinfo=None)),
    ]
    await consume(pool, events, len(events))
    assert sorted(await outbox(pool)) == [
        ("facts.v1", "org.healthcode.listing.recorded.v1"),
        ("facts.v1", "org.healthcode.listing.recorded.v1"),
        ("lists-in.v1.dlq", "no-evidence"),
        ("lists-in.v1.dlq", "no-time-zone"),
        ("lists-in.v1.dlq", "overlap"),
        ("lists-in.v1.dlq", "person-invalid"),
        ("lists-in.v1.dlq", "person-malformed"),
        ("lists-in.v1.dlq", "person-unreadable"),
        ("lists-in.v1.dlq", "person-unreadable"),
    ]
    assert {row["entry"] for row in await pool.fetch("SELECT entry FROM listing")} == {"e1", "e8"}


async def test_a_record_that_comes_twice_has_one_effect(pool: Pool) -> None:
    await consume(pool, [submitted("e1", sealed()), submitted("e1", sealed()), submitted("e2", sealed(2))], 2)
    assert await pool.fetchval("SELECT count(*) FROM outbox") == 2
