"""The relay on either database and either broker: order, completeness, exactly once, whatever happens between."""

import uuid
from collections.abc import AsyncIterator

import msgspec
import pytest

from chassis.kafka.model import Fenced, Outgoing, TopicSpec
from chassis.kafka.ports import Broker
from chassis.postgres.pool import Pool
from chassis.relay.relay import Marker
from chassis.relay.window import Lane
from tests.support.databases import EITHER, either_pool
from tests.support.relaying import Lanes

pytestmark = pytest.mark.embedded


@pytest.fixture(params=EITHER)
def database(request: pytest.FixtureRequest) -> str | None:
    address: str | None = request.getfixturevalue("database_url") if request.param == "real" else None
    return address


@pytest.fixture
async def pool(database: str | None) -> AsyncIterator[Pool]:
    pool = await either_pool(database, "svc")
    yield pool
    await pool.close()


@pytest.fixture
async def lanes(pool: Pool, broker: Broker) -> AsyncIterator[Lanes]:
    lanes = Lanes(pool, broker, f"-{uuid.uuid4().hex[:8]}")
    await broker.create_topics([TopicSpec(lanes.topic, 2), TopicSpec(lanes.spec.topic, 1)])
    yield lanes
    await lanes.kill()


async def test_everything_goes_out_once_and_in_order(pool: Pool, lanes: Lanes) -> None:
    lanes.start()
    for batch in range(20):
        async with pool.acquire() as connection, connection.transaction():
            await lanes.append(connection, "a", *(f"{batch}-{i}" for i in range(50)))
    await lanes.until_empty()
    await lanes.end()
    assert await lanes.published() == [f"{batch}-{i}" for batch in range(20) for i in range(50)]


async def test_a_row_that_commits_late_is_not_skipped(pool: Pool, lanes: Lanes) -> None:
    """An id cursor would pass the smaller id of the transaction that is still running."""
    lanes.start()
    async with pool.acquire() as slow:
        transaction = slow.transaction()
        await transaction.start()
        await lanes.append(slow, "a", "early id, late commit")
        async with pool.acquire() as quick, quick.transaction():
            await lanes.append(quick, "b", "late id, early commit")
        await transaction.commit()
    await lanes.until_empty()
    await lanes.end()
    assert sorted(await lanes.published()) == ["early id, late commit", "late id, early commit"]


async def test_versions_keep_their_order_when_the_later_writer_drew_its_xid_first(pool: Pool, lanes: Lanes) -> None:
    """A plain horizon would publish version 2, whose writer's xid is below it, and version 1 later."""
    async with pool.acquire() as second, pool.acquire() as bystander, pool.acquire() as first:
        later, open_one, earlier = second.transaction(), bystander.transaction(), first.transaction()
        await later.start()
        await second.execute("SELECT pg_current_xact_id()")
        await open_one.start()
        await bystander.execute("SELECT pg_current_xact_id()")
        await earlier.start()
        await lanes.append(first, "a", "version 1")
        await earlier.commit()
        await lanes.append(second, "a", "version 2")
        await later.commit()
        lane = Lane(pool, lanes.spec)
        assert await lane.take_over()
        assert await lane.next_window() is None, "version 2 alone must not go out"
        await lane.let_go()
        await open_one.rollback()
    lanes.start()
    await lanes.until_empty()
    await lanes.end()
    assert await lanes.published() == ["version 1", "version 2"]


async def test_a_successor_publishes_a_window_that_was_stored_and_not_published(pool: Pool, lanes: Lanes) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await lanes.append(connection, "a", "1", "2")
    dead = Lane(pool, lanes.spec)
    assert await dead.take_over()
    assert await dead.next_window() is not None
    await dead.let_go()
    lanes.start()
    await lanes.until_empty()
    await lanes.end()
    assert await lanes.published() == ["1", "2"]


async def test_a_successor_does_not_repeat_a_window_that_was_published_and_not_finished(
    pool: Pool, lanes: Lanes
) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await lanes.append(connection, "a", "1", "2")
    dead = Lane(pool, lanes.spec)
    assert await dead.take_over()
    window = await dead.next_window()
    assert window is not None
    producer = lanes.broker.transactional_producer(lanes.spec.name)
    await producer.start()
    marker = msgspec.json.encode(Marker(dead.incarnation, window.number))
    rows = [Outgoing(row["topic"], row["key"], row["value"]) for row in window.rows]
    await producer.publish([*rows, Outgoing(lanes.spec.topic, lanes.spec.name.encode(), marker)])
    await dead.let_go()
    lanes.start()
    await lanes.until_empty()
    await lanes.end()
    assert await lanes.published() == ["1", "2"]


async def test_a_paused_owner_can_do_nothing_after_another_took_over(pool: Pool, lanes: Lanes) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await lanes.append(connection, "a", "1")
    zombie = Lane(pool, lanes.spec)
    assert await zombie.take_over()
    producer = lanes.broker.transactional_producer(lanes.spec.name)
    await producer.start()
    window = await zombie.next_window()
    assert window is not None
    assert not await Lane(pool, lanes.spec).take_over(), "the lease holds while the owner gives signs of life"
    await pool.execute("UPDATE relay_lane SET seen_at = seen_at - interval '1 hour'")
    lanes.start()
    await lanes.until_empty()
    with pytest.raises(Fenced):
        await producer.publish([Outgoing(lanes.topic, b"a", b"1")])
    with pytest.raises(Fenced):
        await zombie.finish(window)
    await lanes.end()
    await lanes.write("a", ["2"])
    with pytest.raises(Fenced):
        await zombie.next_window()
    lanes.start()
    await lanes.until_empty()
    await lanes.end()
    assert await lanes.published() == ["1", "2"]


async def test_a_large_backlog_goes_out_in_windows_and_no_transaction_is_split(pool: Pool, lanes: Lanes) -> None:
    async with pool.acquire() as connection:
        for start in range(0, 12_000, 3000):
            async with connection.transaction():
                await lanes.append(connection, "a", *(str(n) for n in range(start, start + 3000)))
    lanes.start()
    await lanes.until_empty()
    await lanes.end()
    assert await lanes.published() == [str(n) for n in range(12_000)]
    assert await pool.fetchval("SELECT window_no FROM relay_lane") >= 4
