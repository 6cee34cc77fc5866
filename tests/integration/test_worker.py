"""The batch path on either database and either broker: what one transaction promises."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence

import asyncpg
import pytest

from chassis.kafka.model import Outgoing
from chassis.kafka.ports import Broker
from chassis.postgres.pool import Connection, Pool
from chassis.pulse import NOT_RUNNING
from chassis.stream.model import CannotWork, Delivery, TooManyDeadLetters
from healthcode.events import ReviewDue
from tests.support.databases import EITHER, either_pool
from tests.support.streaming import DONE, Stream, handle

pytestmark = pytest.mark.embedded

SECONDS = 30


@pytest.fixture(params=EITHER)
def database(request: pytest.FixtureRequest) -> str | None:
    address: str | None = request.getfixturevalue("database_url") if request.param == "real" else None
    return address


@pytest.fixture
async def pool(database: str | None) -> AsyncIterator[Pool]:
    pool = await either_pool(database, "svc", DONE)
    yield pool
    await pool.close()


@pytest.fixture
async def stream(pool: Pool, broker: Broker) -> AsyncIterator[Stream]:
    stream = Stream(pool, broker, f"-{uuid.uuid4().hex[:8]}")
    await stream.create()
    yield stream
    await stream.kill()


async def test_what_the_service_cannot_work_by_stops_it_and_blames_no_record(pool: Pool, stream: Stream) -> None:
    async def unable(_: Connection, __: Sequence[Delivery]) -> None:
        raise CannotWork("a policy cannot be read")

    await stream.send(*(stream.review(n, f"s{n % 7}") for n in range(50)))
    working = stream.start(handle=unable)
    with pytest.raises(CannotWork):
        await asyncio.wait_for(asyncio.shield(working), SECONDS)
    assert await pool.fetchval("SELECT count(*) FROM parked_record") == 0
    assert await pool.fetchval("SELECT count(*) FROM outbox") == 0
    stream.tasks.clear()
    stream.start()
    await stream.until("SELECT count(*) FROM done", 50)
    await stream.end()


async def test_every_record_has_its_effect_once(pool: Pool, stream: Stream) -> None:
    await stream.send(*(stream.review(n, f"s{n % 7}") for n in range(500)))
    stream.start(max_records=37)
    await stream.until("SELECT count(*) FROM done", 500)
    await stream.end()
    stream.start()
    await stream.send(stream.review(500, "s0"))
    await stream.until("SELECT count(*) FROM done", 501)
    await stream.end()


async def test_poison_parks_its_subject_and_nobody_else(pool: Pool, stream: Stream) -> None:
    await stream.send(*(stream.review(n, f"s{n % 5}", "poison" if n == 11 else "time") for n in range(50)))
    stream.start()
    await stream.until("SELECT count(*) FROM done", 42)
    await stream.until("SELECT count(*) FROM parked_record", 8)
    await stream.end()
    parked = await pool.fetch("SELECT key, reason FROM parked_record ORDER BY id")
    assert {row["key"] for row in parked} == {b"s1"}
    assert [row["reason"] for row in parked][:2] == ["RuntimeError", "behind a parked record of the same key"]


async def test_what_can_never_work_goes_to_the_dead_letters_with_its_reason(pool: Pool, stream: Stream) -> None:
    garbage = Outgoing(stream.topic, b"s1", b"{", (("ce_specversion", b"1.0"), ("ce_type", ReviewDue.type.encode())))
    newer = Outgoing(
        stream.topic, b"s1", b"{}", (("ce_specversion", b"1.0"), ("ce_type", b"com.example.review.due.v1"))
    )
    await stream.send(
        stream.review(1, "s1"), garbage, newer, Outgoing(stream.topic, None, None), stream.review(2, "s2", "impossible")
    )
    stream.start()
    await stream.until("SELECT count(*) FROM outbox", 4)
    await stream.end()
    assert await pool.fetchval("SELECT count(*) FROM done") == 1
    assert {row["topic"] for row in await pool.fetch("SELECT topic FROM outbox")} == {f"{stream.topic}.dlq"}
    headers = b"".join(row["headers"] for row in await pool.fetch("SELECT headers FROM outbox"))
    for code in (b"malformed", b"unknown-type", b"not-cloudevents", b"impossible"):
        assert code in headers


async def test_at_its_limit_of_dead_letters_the_worker_stops_and_drains_no_more(pool: Pool, stream: Stream) -> None:
    await stream.send(*(stream.review(n, "s1", "impossible") for n in range(400)))
    for _ in range(2):
        with pytest.raises(TooManyDeadLetters):
            await asyncio.wait_for(stream.worker(max_records=50, strikes=100).run(asyncio.Event()), SECONDS)
        assert await pool.fetchval("SELECT count(*) FROM outbox") == 100


async def test_a_worker_that_holds_a_partition_says_so(pool: Pool, stream: Stream) -> None:
    worker = stream.worker(max_records=50, strikes=5, at_limit="pause")
    assert worker.pulse.trouble() == NOT_RUNNING
    running = asyncio.create_task(worker.run(stream.stop))
    async with asyncio.timeout(SECONDS):
        while worker.pulse.trouble() is not None:
            await asyncio.sleep(0.01)
        await stream.send(*(stream.review(n, "s1", "impossible") for n in range(10)))
        while worker.pulse.trouble() is None:
            await asyncio.sleep(0.01)
    assert (worker.pulse.trouble() or "").startswith(f"holds partitions: {stream.topic}/")
    stream.stop.set()
    await asyncio.wait_for(running, SECONDS)
    assert worker.pulse.trouble() == NOT_RUNNING


@pytest.mark.parametrize("database", ["real"], indirect=True)  # it holds up a statement in the middle
async def test_an_owner_who_was_replaced_changes_nothing(pool: Pool, stream: Stream) -> None:
    """Another claims the partitions while a batch is open: every record still has its effect once."""
    claimed = asyncio.Event()

    async def slow(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        await handle(connection, deliveries)
        if not claimed.is_set():
            claimed.set()
            await connection.execute("SELECT pg_advisory_xact_lock(1)")

    async with pool.acquire() as other:
        await other.execute("SELECT pg_advisory_lock(1)")
        await stream.send(*(stream.review(n, "s1") for n in range(10)))
        stream.start(handle=slow)
        await asyncio.wait_for(claimed.wait(), SECONDS)
        takes_over = asyncio.create_task(pool.execute("UPDATE stream_offset SET epoch = epoch + 1"))
        await other.execute("SELECT pg_advisory_unlock(1)")
        await takes_over
        await stream.send(*(stream.review(n, "s1") for n in range(10, 20)))
        await stream.until("SELECT count(*) FROM done", 20)
        await stream.end()
    assert await pool.fetchval("SELECT min(epoch) FROM stream_offset") >= 2


async def test_a_deadlock_is_tried_again(pool: Pool, stream: Stream) -> None:
    failures = 2

    async def unlucky(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        nonlocal failures
        await handle(connection, deliveries)
        if failures:
            failures -= 1
            raise asyncpg.DeadlockDetectedError("made up")

    await stream.send(*(stream.review(n, "s1") for n in range(10)))
    stream.start(handle=unlucky)
    await stream.until("SELECT count(*) FROM done", 10)
    await stream.end()
    assert await pool.fetchval("SELECT count(*) FROM parked_record") == 0
