"""The batch path on a real database, with the broker's twin: what one transaction promises."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import asyncpg
import pytest

from chassis.kafka.model import Outgoing, TopicSpec
from chassis.kafka.twin import TwinBroker
from chassis.postgres.pool import Connection, Pool
from chassis.stream.decode import decoder
from chassis.stream.model import Delivery, Rejected, StreamSpec, TooManyDeadLetters
from chassis.stream.worker import StreamWorker
from healthcode.envelope import encode
from healthcode.events import ReviewDue
from tests.support.schema import delivery_pool

pytestmark = pytest.mark.embedded

TOPIC = "hc.330000.reviews.v1"
NOW = datetime(2020, 2, 11, tzinfo=UTC)
SECONDS = 30
DONE = "CREATE TABLE done (id text PRIMARY KEY, subject text, seen serial)"


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await delivery_pool(database_url, "svc", DONE)
    yield pool
    await pool.close()


@pytest.fixture
async def broker() -> TwinBroker:
    broker = TwinBroker()
    await broker.create_topics([TopicSpec(TOPIC, 2), TopicSpec(f"{TOPIC}.dlq", 2)])
    return broker


def review(number: int, subject: str, cause: str = "time") -> Outgoing:
    event = ReviewDue(id=str(number), subject=subject, cause=cause, due=NOW)
    wire = encode(event, owner="330000", service="audit", time=NOW)
    return Outgoing(wire.topic, wire.key, wire.value, wire.headers)


async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
    """Write each event down; a cause of `poison` fails, one of `impossible` is rejected."""
    for delivery in deliveries:
        event = delivery.event
        assert isinstance(event, ReviewDue)
        if event.cause == "poison":
            raise RuntimeError("a fault that does not pass")
        if event.cause == "impossible":
            raise Rejected("impossible", "no such thing")
        await connection.execute("INSERT INTO done (id, subject) VALUES ($1, $2)", event.id, event.subject)


def worker(pool: Pool, broker: TwinBroker, **settings: object) -> StreamWorker:
    spec = StreamSpec("worker", [TOPIC], settings.pop("handle", handle), decoder(ReviewDue), **settings)  # type: ignore[arg-type]  # the tests' own keywords
    return StreamWorker(spec, broker=broker, pool=pool, schema="svc", group="g")


async def send(broker: TwinBroker, *records: Outgoing) -> None:
    producer = await broker.producer()
    await producer.send_all(records)
    await producer.stop()


async def until(pool: Pool, query: str, wanted: int) -> None:
    async with asyncio.timeout(SECONDS):
        while await pool.fetchval(query) != wanted:
            await asyncio.sleep(0.01)


async def end(stop: asyncio.Event, *tasks: asyncio.Task[None]) -> None:
    stop.set()
    await asyncio.wait_for(asyncio.gather(*tasks), SECONDS)


async def test_every_record_has_its_effect_once(pool: Pool, broker: TwinBroker) -> None:
    await send(broker, *(review(n, f"s{n % 7}") for n in range(500)))
    stop = asyncio.Event()
    task = asyncio.create_task(worker(pool, broker, max_records=37).run(stop))
    await until(pool, "SELECT count(*) FROM done", 500)
    await end(stop, task)
    again = asyncio.Event()
    task = asyncio.create_task(worker(pool, broker).run(again))
    await send(broker, review(500, "s0"))
    await until(pool, "SELECT count(*) FROM done", 501)
    await end(again, task)


async def test_poison_parks_its_subject_and_nobody_else(pool: Pool, broker: TwinBroker) -> None:
    await send(broker, *(review(n, f"s{n % 5}", "poison" if n == 11 else "time") for n in range(50)))
    stop = asyncio.Event()
    task = asyncio.create_task(worker(pool, broker).run(stop))
    await until(pool, "SELECT count(*) FROM done", 42)
    await until(pool, "SELECT count(*) FROM parked_record", 8)
    await end(stop, task)
    parked = await pool.fetch("SELECT key, reason FROM parked_record ORDER BY id")
    assert {row["key"] for row in parked} == {b"s1"}
    assert [row["reason"] for row in parked][:2] == ["RuntimeError", "behind a parked record of the same key"]


async def test_what_can_never_work_goes_to_the_dead_letters_with_its_reason(pool: Pool, broker: TwinBroker) -> None:
    garbage = Outgoing(TOPIC, b"s1", b"{", (("ce_specversion", b"1.0"), ("ce_type", ReviewDue.type.encode())))
    newer = Outgoing(TOPIC, b"s1", b"{}", (("ce_specversion", b"1.0"), ("ce_type", b"org.healthcode.review.due.v2")))
    await send(broker, review(1, "s1"), garbage, newer, Outgoing(TOPIC, None, None), review(2, "s2", "impossible"))
    stop = asyncio.Event()
    task = asyncio.create_task(worker(pool, broker).run(stop))
    await until(pool, "SELECT count(*) FROM outbox", 4)
    await end(stop, task)
    assert await pool.fetchval("SELECT count(*) FROM done") == 1
    assert {row["topic"] for row in await pool.fetch("SELECT topic FROM outbox")} == {f"{TOPIC}.dlq"}
    headers = b"".join(row["headers"] for row in await pool.fetch("SELECT headers FROM outbox"))
    for code in (b"malformed", b"unknown-type", b"not-cloudevents", b"impossible"):
        assert code in headers


async def test_at_its_limit_of_dead_letters_the_worker_stops_and_drains_no_more(pool: Pool, broker: TwinBroker) -> None:
    await send(broker, *(review(n, "s1", "impossible") for n in range(400)))
    for _ in range(2):
        with pytest.raises(TooManyDeadLetters):
            await asyncio.wait_for(worker(pool, broker, max_records=50, strikes=100).run(asyncio.Event()), SECONDS)
        assert await pool.fetchval("SELECT count(*) FROM outbox") == 100


async def test_an_owner_who_was_replaced_changes_nothing(pool: Pool, broker: TwinBroker) -> None:
    """Another claims the partitions while a batch is open: every record still has its effect once."""
    claimed = asyncio.Event()

    async def slow(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        await handle(connection, deliveries)
        if not claimed.is_set():
            claimed.set()
            await connection.execute("SELECT pg_advisory_xact_lock(1)")

    async with pool.acquire() as other:
        await other.execute("SELECT pg_advisory_lock(1)")
        await send(broker, *(review(n, "s1") for n in range(10)))
        stop = asyncio.Event()
        task = asyncio.create_task(worker(pool, broker, handle=slow).run(stop))
        await asyncio.wait_for(claimed.wait(), SECONDS)
        takes_over = asyncio.create_task(pool.execute("UPDATE stream_offset SET epoch = epoch + 1"))
        await other.execute("SELECT pg_advisory_unlock(1)")
        await takes_over
        await send(broker, *(review(n, "s1") for n in range(10, 20)))
        await until(pool, "SELECT count(*) FROM done", 20)
        await end(stop, task)
    assert await pool.fetchval("SELECT min(epoch) FROM stream_offset") >= 2


async def test_a_deadlock_is_tried_again(pool: Pool, broker: TwinBroker) -> None:
    failures = 2

    async def unlucky(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        nonlocal failures
        await handle(connection, deliveries)
        if failures:
            failures -= 1
            raise asyncpg.DeadlockDetectedError("made up")

    await send(broker, *(review(n, "s1") for n in range(10)))
    stop = asyncio.Event()
    task = asyncio.create_task(worker(pool, broker, handle=unlucky).run(stop))
    await until(pool, "SELECT count(*) FROM done", 10)
    await end(stop, task)
    assert await pool.fetchval("SELECT count(*) FROM parked_record") == 0
