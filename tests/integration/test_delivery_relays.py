"""Relays that compete for a lane, lose it, or lose their database: everything still goes out once and in order."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence

import msgspec
import pytest

from chassis.kafka.model import Outgoing, TopicSpec
from chassis.kafka.twin import TwinBroker
from chassis.kafka.twin_producer import TwinTransactionalProducer
from chassis.postgres.pool import Pool
from chassis.relay import relay as relay_module
from chassis.relay import window as window_module
from chassis.relay.relay import Marker
from chassis.relay.window import Lane
from tests.support.relaying import Lanes
from tests.support.schema import delivery_pool

pytestmark = pytest.mark.embedded

LISTENERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
    " AND state = 'idle'"
)
END_LISTENERS = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
    " AND query LIKE 'LISTEN%'"
)


class SlowProducer(TwinTransactionalProducer):
    """Takes its time between the records and the commit."""

    seconds = 0.0

    async def publish(self, records: Sequence[Outgoing]) -> None:
        self.begin(records)
        await asyncio.sleep(self.seconds)
        self.commit()


class SlowBroker(TwinBroker):
    """A twin whose transactions take long; its records bear the machine's time."""

    def __init__(self) -> None:
        super().__init__(clock=lambda: int(time.time() * 1000))

    def transactional_producer(self, transactional_id: str) -> SlowProducer:
        return SlowProducer(self, transactional_id)


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await delivery_pool(database_url, "svc")
    yield pool
    await pool.close()


@pytest.fixture
async def lanes(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Lanes]:
    """A lane whose lease is short, so that a test sees it run out."""
    monkeypatch.setattr(window_module, "LEASE_SECONDS", 0.3)
    monkeypatch.setattr(relay_module, "SIGN_OF_LIFE_SECONDS", 0.05)
    monkeypatch.setattr(relay_module, "IDLE_SECONDS", 0.05)
    broker = SlowBroker()
    await broker.create_topics([TopicSpec("codes.v1", 1), TopicSpec("relay.v1", 1)])
    lanes = Lanes(pool, broker)
    yield lanes
    await lanes.kill()


async def test_who_publishes_slowly_keeps_the_lane(lanes: Lanes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two relays that take it from each other in the middle of every publication would never finish one."""
    monkeypatch.setattr(SlowProducer, "seconds", 1.0)
    lanes.start()
    lanes.start()
    await lanes.write("a", ["1", "2"])
    await lanes.until_empty(5)
    await lanes.end()
    assert await lanes.published() == ["1", "2"]
    assert await lanes.pool.fetchval("SELECT epoch FROM relay_lane") <= 2, "one, and the other after it let go"


async def test_a_standby_takes_over_by_lease_from_one_who_died_in_the_middle(
    lanes: Lanes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SlowProducer, "seconds", 60.0)
    owner = lanes.start()
    await lanes.write("a", ["1", "2"])
    await lanes.until("SELECT pending_to IS NOT NULL FROM relay_lane", wanted=True)
    standby = lanes.start()
    owner.cancel()
    with pytest.raises(asyncio.CancelledError):
        await owner
    monkeypatch.setattr(SlowProducer, "seconds", 0.0)
    await lanes.write("a", ["3"])
    await lanes.until_empty()
    assert not standby.done()
    await lanes.end()
    assert await lanes.published() == ["1", "2", "3"]


async def test_relays_that_die_again_and_again_publish_once_and_in_order(lanes: Lanes) -> None:
    """Each owner dies at another moment of its window."""
    wanted = [str(n) for n in range(300)]
    for start in range(0, 300, 30):
        await lanes.write("a", wanted[start : start + 30])
        task = lanes.start()
        for _ in range(start // 10):
            await asyncio.sleep(0)
        await asyncio.sleep(start / 10_000)
        task.cancel()
        await asyncio.wait([task])
        await lanes.pool.execute("UPDATE relay_lane SET seen_at = NULL")
    lanes.start()
    await lanes.until_empty()
    await lanes.end()
    assert await lanes.published() == wanted


async def test_a_lost_listener_is_replaced(lanes: Lanes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it every event would wait for the next look."""
    monkeypatch.setattr(relay_module, "IDLE_SECONDS", 3600.0)
    lanes.start()
    await lanes.until(LISTENERS, 1)
    await lanes.pool.execute(END_LISTENERS)
    await lanes.until(LISTENERS, 1)
    await lanes.write("a", ["1"])
    await lanes.until_empty(5)
    assert await lanes.published() == ["1"]


async def test_a_published_window_is_found_behind_very_many_of_others(lanes: Lanes) -> None:
    """Other relays went on for a long time while this one was away."""
    await lanes.write("a", ["1"])
    dead = Lane(lanes.pool, lanes.spec)
    assert await dead.take_over()
    window = await dead.next_window()
    assert window is not None
    producer = await lanes.broker.producer()
    marker = msgspec.json.encode(Marker(dead.incarnation, window.number))
    others = [Outgoing(lanes.spec.topic, b"another", marker)] * 110_000
    await producer.send_all(
        [Outgoing(lanes.topic, b"a", b"1"), Outgoing(lanes.spec.topic, lanes.spec.name.encode(), marker)]
    )
    await producer.send_all(others)
    await dead.let_go()
    lanes.start()
    await lanes.until_empty()
    await lanes.end()
    assert await lanes.published() == ["1"]


async def test_the_lane_is_free_at_once_after_a_clean_stop(lanes: Lanes) -> None:
    lanes.start()
    await lanes.write("a", ["1"])
    await lanes.until_empty()
    await lanes.end()
    assert await lanes.pool.fetchval("SELECT seen_at IS NULL FROM relay_lane")
