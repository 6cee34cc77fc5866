"""Workers of one group and relays of one lane on either broker: members come, go and die, every record counts once."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence

import asyncpg
import pytest

from chassis import outbox
from chassis.kafka.model import Outgoing, TopicSpec
from chassis.kafka.ports import Broker
from chassis.postgres.pool import Connection, Pool
from chassis.stream.model import Delivery
from healthcode.envelope import Encoded
from tests.support.relaying import Lanes
from tests.support.streaming import DONE_COUNT, Stream, handle

pytestmark = pytest.mark.embedded

PARTITIONS = 4
SUBJECTS = 20
END_OTHERS = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid()"
)
LETTERS = "SELECT count(*) FROM outbox"


@pytest.fixture
def suffix() -> str:
    """Names of this test's own, on a broker that others use too."""
    return f"-{uuid.uuid4().hex[:8]}"


@pytest.fixture
async def stream(pool: Pool, broker: Broker, suffix: str) -> AsyncIterator[Stream]:
    stream = Stream(pool, broker, suffix)
    await stream.create(PARTITIONS)
    yield stream
    await stream.kill()


@pytest.fixture
async def lanes(pool: Pool, broker: Broker, suffix: str) -> AsyncIterator[Lanes]:
    lanes = Lanes(pool, broker, suffix)
    await broker.create_topics([TopicSpec(lanes.topic, 1), TopicSpec(lanes.spec.topic, 1)])
    yield lanes
    await lanes.kill()


def numbered(stream: Stream, start: int, count: int) -> list[Outgoing]:
    return [stream.review(n, f"s{n % SUBJECTS}") for n in range(start, start + count)]


async def in_order(stream: Stream, count: int) -> None:
    """Every record took effect once, and those of one subject in their order."""
    for subject in range(SUBJECTS):
        assert await stream.done(f"s{subject}") == [str(n) for n in range(subject, count, SUBJECTS)]


async def test_members_that_come_go_and_die_under_load(stream: Stream) -> None:
    first = stream.start(max_records=50)
    await stream.send(*numbered(stream, 0, 500))
    await stream.until(f"SELECT ({DONE_COUNT}) > 0", wanted=True)
    stream.start(max_records=50)
    await stream.send(*numbered(stream, 500, 500))
    await stream.until(f"SELECT ({DONE_COUNT}) >= 600", wanted=True)
    first.cancel()
    await asyncio.wait([first])
    await stream.send(*numbered(stream, 1000, 500))
    await stream.until(f"SELECT ({DONE_COUNT}) >= 1100", wanted=True)
    stream.start(max_records=50)
    await stream.send(*numbered(stream, 1500, 500))
    await stream.until(DONE_COUNT, 2000)
    await stream.end()
    await in_order(stream, 2000)


async def test_a_rebalance_in_the_middle_of_a_batch(stream: Stream) -> None:
    """The old owner's batch commits before the new owner has claimed, or not at all."""
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def waits(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        await handle(connection, deliveries)
        entered.set()
        await go_on.wait()

    await stream.send(*numbered(stream, 0, 200))
    stream.start(handle=waits, max_records=100)
    await asyncio.wait_for(entered.wait(), 30)
    stream.start(max_records=100)
    asyncio.get_running_loop().call_later(1.0, go_on.set)
    await stream.until(DONE_COUNT, 200)
    await stream.send(*numbered(stream, 200, 200))
    await stream.until(DONE_COUNT, 400)
    await stream.end()
    await in_order(stream, 400)


async def test_a_stop_finishes_the_batch_in_hand(stream: Stream) -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def waits(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        await handle(connection, deliveries)
        entered.set()
        await go_on.wait()

    await stream.send(*(stream.review(n, "s1") for n in range(10)))
    task = stream.start(handle=waits)
    await asyncio.wait_for(entered.wait(), 30)
    stream.stop.set()
    asyncio.get_running_loop().call_later(0.1, go_on.set)
    await asyncio.wait_for(task, 30)
    assert await stream.done("s1") == [str(n) for n in range(10)]


async def test_poison_and_dead_letters_beside_good_records(stream: Stream) -> None:
    """Headers without value too, as the real broker hands them out."""
    nulls = (("ce_type", None), ("ce_specversion", b"1.0"))
    await stream.send(
        *(stream.review(n, f"s{n % 10}", "poison" if n == 11 else "time") for n in range(50)),
        stream.review(50, "s3", headers=nulls),
        stream.review(51, "s4", value=b"{"),
        stream.review(52, "s5", "impossible"),
        stream.review(53, "s6"),
    )
    stream.start()
    await stream.until(DONE_COUNT, 47)
    await stream.until("SELECT count(*) FROM parked_record", 4)
    await stream.until(LETTERS, 3)
    await stream.end()


async def test_at_the_limit_a_partition_waits_and_the_others_go_on(stream: Stream) -> None:
    stream.start(strikes=5, at_limit="pause", max_records=7)
    await stream.send(*(stream.review(n, "s1", "impossible", partition=0) for n in range(20)))
    await stream.until(LETTERS, 5)
    for n in range(3):
        await stream.send(*(stream.review(100 + n, "s2", partition=p) for p in (0, 1)))
        await stream.until(DONE_COUNT, n + 1)
    await stream.end()
    assert await stream.pool.fetchval(LETTERS) == 5
    assert await stream.pool.fetchval("SELECT next_offset FROM stream_offset WHERE partition = 0") == 5


# One that is killed while it connects leaves that connection to the collector.
@pytest.mark.filterwarnings("ignore:Unclosed AIOKafka:ResourceWarning")
async def test_relays_that_follow_each_other_publish_once_and_in_order(lanes: Lanes) -> None:
    wanted = [str(n) for n in range(120)]
    for start in range(0, 120, 30):
        await lanes.write("a", wanted[start : start + 30])
        owner = lanes.start()
        await lanes.until("SELECT count(*) FROM relay_lane WHERE window_no > 0", 1)
        await lanes.until(
            "SELECT count(*) < 30 OR bool_or(pending_to IS NOT NULL) FROM outbox, relay_lane", wanted=True
        )
        owner.cancel()
        await asyncio.wait([owner])
        await lanes.pool.execute("UPDATE relay_lane SET seen_at = NULL")
    await lanes.write("a", ["last"])
    lanes.start()
    await lanes.until_empty()
    await lanes.end()
    assert await lanes.published() == [*wanted, "last"]


async def test_two_relays_share_one_lane(lanes: Lanes) -> None:
    """The second waits; it goes on where the first stops."""
    first_stop, wanted = lanes.stop, [str(n) for n in range(200)]
    first = lanes.start()
    await lanes.write("a", wanted[:100])
    await lanes.until_empty()
    lanes.stop = asyncio.Event()
    lanes.start()
    await lanes.write("a", wanted[100:150])
    await lanes.until_empty()
    first_stop.set()
    await asyncio.wait_for(first, 30)
    await lanes.write("a", wanted[150:])
    await lanes.until_empty()
    await lanes.end()
    assert await lanes.published() == wanted
    assert await lanes.pool.fetchval("SELECT epoch FROM relay_lane") == 2


async def test_the_database_is_restarted_under_load(stream: Stream, lanes: Lanes, database_url: str) -> None:
    """Every connection ends, again and again: worker and relay come back, and nothing is lost or doubled."""
    wanted = [str(n) for n in range(200)]
    stream.start(max_records=20)
    lanes.start()
    admin = await asyncpg.connect(database_url, server_settings={"search_path": "svc"})
    for start in range(0, 200, 20):
        await stream.send(*numbered(stream, start, 20))
        async with admin.transaction():
            await outbox.append(
                admin, "svc", [Encoded(lanes.topic, b"a", n.encode(), ()) for n in wanted[start : start + 20]]
            )
        await admin.execute(END_OTHERS)
    await asyncio.gather(lanes.until_empty(), lanes.until(DONE_COUNT, 200))
    await admin.close()
    await stream.end()
    await lanes.end()
    assert await lanes.published() == wanted
    await in_order(stream, 200)
