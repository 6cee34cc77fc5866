"""The relay on a real database, with the broker's twin: order, completeness, exactly once, whatever happens between."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from chassis import outbox
from chassis.kafka.model import Fenced, Outgoing, TopicSpec
from chassis.kafka.twin import TwinBroker
from chassis.postgres.pool import Connection, Pool
from chassis.relay import Relay, RelaySpec
from chassis.relay.relay import Marker
from chassis.relay.window import Lane
from healthcode.envelope import Encoded
from tests.support.schema import delivery_pool

pytestmark = pytest.mark.embedded

SPEC = RelaySpec("svc", 0, "relay-under-test", "relay.v1")
SECONDS = 30


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await delivery_pool(database_url, "svc")
    yield pool
    await pool.close()


@pytest.fixture
async def broker() -> TwinBroker:
    broker = TwinBroker()
    await broker.create_topics([TopicSpec("codes.v1", 2), TopicSpec("relay.v1", 1)])
    return broker


async def write(connection: Connection, key: str, *values: str) -> None:
    messages = [Encoded("codes.v1", key.encode(), value.encode(), ()) for value in values]
    await outbox.append(connection, "svc", messages)


async def published(broker: TwinBroker, key: str | None = None) -> list[str]:
    """What a read_committed reader sees, in order per partition."""
    reader = await broker.reader(["codes.v1"])
    seen: list[str] = []
    while not await reader.at_end():
        for records in (await reader.getmany(1000, 0.1)).values():
            seen += [(r.value or b"").decode() for r in records if key is None or r.key == key.encode()]
    await reader.stop()
    return seen


class Running:
    """A relay in the background."""

    def __init__(self, pool: Pool, broker: TwinBroker) -> None:
        self.stop = asyncio.Event()
        self.task = asyncio.create_task(Relay(SPEC, broker=broker, pool=pool).run(self.stop))

    async def end(self) -> None:
        self.stop.set()
        await asyncio.wait_for(self.task, SECONDS)


async def until_empty(pool: Pool) -> None:
    async with asyncio.timeout(SECONDS):
        while await pool.fetchval("SELECT count(*) FROM outbox"):
            await asyncio.sleep(0.01)


async def test_everything_goes_out_once_and_in_order(pool: Pool, broker: TwinBroker) -> None:
    relay = Running(pool, broker)
    for batch in range(20):
        async with pool.acquire() as connection, connection.transaction():
            await write(connection, "a", *(f"{batch}-{i}" for i in range(50)))
    await until_empty(pool)
    await relay.end()
    assert await published(broker) == [f"{batch}-{i}" for batch in range(20) for i in range(50)]


async def test_a_row_that_commits_late_is_not_skipped(pool: Pool, broker: TwinBroker) -> None:
    """An id cursor would pass the smaller id of the transaction that is still running."""
    relay = Running(pool, broker)
    async with pool.acquire() as slow:
        transaction = slow.transaction()
        await transaction.start()
        await write(slow, "a", "early id, late commit")
        async with pool.acquire() as quick, quick.transaction():
            await write(quick, "b", "late id, early commit")
        await transaction.commit()
    await until_empty(pool)
    await relay.end()
    assert sorted(await published(broker)) == ["early id, late commit", "late id, early commit"]


async def test_versions_keep_their_order_when_the_later_writer_drew_its_xid_first(
    pool: Pool, broker: TwinBroker
) -> None:
    """A plain horizon would publish version 2, whose writer's xid is below it, and version 1 later."""
    async with pool.acquire() as second, pool.acquire() as bystander, pool.acquire() as first:
        later, open_one, earlier = second.transaction(), bystander.transaction(), first.transaction()
        await later.start()
        await second.execute("SELECT pg_current_xact_id()")
        await open_one.start()
        await bystander.execute("SELECT pg_current_xact_id()")
        await earlier.start()
        await write(first, "a", "version 1")
        await earlier.commit()
        await write(second, "a", "version 2")
        await later.commit()
        lane = Lane(pool, SPEC)
        assert await lane.take_over()
        assert await lane.next_window() is None, "version 2 alone must not go out"
        await lane.let_go()
        await open_one.rollback()
    relay = Running(pool, broker)
    await until_empty(pool)
    await relay.end()
    assert await published(broker) == ["version 1", "version 2"]


async def test_a_successor_publishes_a_window_that_was_stored_and_not_published(pool: Pool, broker: TwinBroker) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await write(connection, "a", "1", "2")
    dead = Lane(pool, SPEC)
    assert await dead.take_over()
    assert await dead.next_window() is not None
    await dead.let_go()
    relay = Running(pool, broker)
    await until_empty(pool)
    await relay.end()
    assert await published(broker) == ["1", "2"]


async def test_a_successor_does_not_repeat_a_window_that_was_published_and_not_finished(
    pool: Pool, broker: TwinBroker
) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await write(connection, "a", "1", "2")
    dead = Lane(pool, SPEC)
    assert await dead.take_over()
    window = await dead.next_window()
    assert window is not None
    producer = broker.transactional_producer(SPEC.name)
    await producer.start()
    marker = msgspec.json.encode(Marker(dead.incarnation, window.number))
    rows = [Outgoing(row["topic"], row["key"], row["value"]) for row in window.rows]
    await producer.publish([*rows, Outgoing(SPEC.topic, SPEC.name.encode(), marker)])
    await dead.let_go()
    relay = Running(pool, broker)
    await until_empty(pool)
    await relay.end()
    assert await published(broker) == ["1", "2"]


async def test_a_paused_owner_can_do_nothing_after_another_took_over(pool: Pool, broker: TwinBroker) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await write(connection, "a", "1")
    zombie = Lane(pool, SPEC)
    assert await zombie.take_over()
    producer = broker.transactional_producer(SPEC.name)
    await producer.start()
    window = await zombie.next_window()
    assert window is not None
    assert not await Lane(pool, SPEC).take_over(), "the lease holds while the owner gives signs of life"
    await pool.execute("UPDATE relay_lane SET seen_at = seen_at - interval '1 hour'")
    relay = Running(pool, broker)
    await until_empty(pool)
    with pytest.raises(Fenced):
        await producer.publish([Outgoing("codes.v1", b"a", b"1")])
    with pytest.raises(Fenced):
        await zombie.finish(window)
    async with pool.acquire() as connection, connection.transaction():
        await write(connection, "a", "2")
    with pytest.raises(Fenced):
        await zombie.next_window()
    await until_empty(pool)
    await relay.end()
    assert await published(broker) == ["1", "2"]


async def test_a_large_backlog_goes_out_in_windows_and_no_transaction_is_split(pool: Pool, broker: TwinBroker) -> None:
    async with pool.acquire() as connection:
        for start in range(0, 12_000, 3000):
            async with connection.transaction():
                await write(connection, "a", *(str(n) for n in range(start, start + 3000)))
    relay = Running(pool, broker)
    await until_empty(pool)
    await relay.end()
    assert await published(broker) == [str(n) for n in range(12_000)]
    assert await pool.fetchval("SELECT window_no FROM relay_lane") >= 4
