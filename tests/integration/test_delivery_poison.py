"""What senders and faults can do to a worker: it costs them their record, and nobody else anything."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import asyncpg
import pytest

from chassis import outbox
from chassis.kafka.model import MAX_BATCH_BYTES, OffsetOutOfRange, TopicPartition
from chassis.kafka.ports import Batch
from chassis.kafka.twin import TwinBroker
from chassis.kafka.twin_group import TwinConsumer
from chassis.postgres.pool import Connection, Pool
from chassis.stream import worker as worker_module
from chassis.stream.model import Delivery, TooManyDeadLetters
from healthcode.envelope import Encoded
from tests.support.streaming import DONE_COUNT, Stream, handle

pytestmark = pytest.mark.embedded

LETTERS = "SELECT count(*) FROM outbox"
PARKED = "SELECT count(*) FROM parked_record"


@pytest.fixture
async def stream(pool: Pool) -> AsyncIterator[Stream]:
    stream = Stream(pool, TwinBroker())
    await stream.create()
    yield stream
    await stream.kill()


async def test_a_header_without_value_is_a_dead_letter_that_can_be_published(stream: Stream) -> None:
    """Kafka's headers may be null; one of them in the outbox would end the relay at every start."""
    good = stream.review(1, "s1")
    nulls = ((*good.headers, ("x", None)), (("ce_type", None), ("ce_specversion", b"1.0")))
    bad = [stream.review(n, "s2", value=b"{", headers=headers) for n, headers in enumerate(nulls)]
    stream.start()
    await stream.send(good, *bad)
    await stream.until(DONE_COUNT, 1)
    await stream.until(LETTERS, 2)
    await stream.end()
    for row in await stream.pool.fetch("SELECT headers FROM outbox"):
        assert dict(outbox.decode_headers(row["headers"]))["hc_reason"] in (b"malformed", b"not-cloudevents")


async def test_a_dead_letter_of_the_largest_record_can_be_published(stream: Stream) -> None:
    """The reason comes on top: such a record would block the outbox of the whole service."""
    huge = stream.review(1, "s1", value=b"x" * (MAX_BATCH_BYTES - 100), headers=(("name", b"y" * 50),))
    many = stream.review(2, "s1", key=b"k" * 300_000, value=b"{", headers=tuple((f"n{n}", b"z") for n in range(80_000)))
    stream.start()
    await stream.send(huge, many)
    await stream.until(LETTERS, 2)
    await stream.end()
    for row in await stream.pool.fetch("SELECT key, headers, value FROM outbox"):
        headers = outbox.decode_headers(row["headers"])
        assert {"hc_reason", "hc_place", "hc_cut"} <= {name for name, _ in headers}
        assert len(row["key"]) + len(row["value"]) + len(row["headers"]) < MAX_BATCH_BYTES


async def test_what_could_never_be_published_is_not_appended(pool: Pool) -> None:
    async with pool.acquire() as connection:
        with pytest.raises(outbox.TooLarge):
            await outbox.append(connection, "svc", [Encoded("codes.v1", b"a", b"x" * MAX_BATCH_BYTES, ())])
    assert await pool.fetchval(LETTERS) == 0


async def test_a_record_without_key_is_parked_alone(stream: Stream) -> None:
    """Records without a key have no order among each other."""
    records = [stream.review(n, f"s{n}", "poison" if n == 3 else "time", key=None, partition=0) for n in range(10)]
    stream.start()
    await stream.send(*records)
    await stream.until(DONE_COUNT, 9)
    await stream.until(PARKED, 1)
    await stream.end()


async def test_a_conflict_that_lasts_parks_nobody(stream: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that somebody holds for a minute is no fault of the record."""
    monkeypatch.setattr(worker_module, "CONFLICT_TRIES", 2)
    failures = 30

    async def locked_out(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        nonlocal failures
        if failures:
            failures -= 1
            raise asyncpg.LockNotAvailableError("made up")
        await handle(connection, deliveries)

    stream.start(handle=locked_out)
    await stream.send(*(stream.review(n, "s1") for n in range(4)))
    await stream.until(DONE_COUNT, 4)
    await stream.end()
    assert await stream.pool.fetchval(PARKED) == 0
    assert await stream.done("s1") == ["0", "1", "2", "3"]


async def test_a_deploy_that_fails_on_everything_does_not_park_the_topic(stream: Stream) -> None:
    async def broken(_connection: Connection, _deliveries: Sequence[Delivery]) -> None:
        raise KeyError("a bad deploy")

    await stream.send(*(stream.review(n, f"s{n}") for n in range(100)))
    for _ in range(2):
        with pytest.raises(TooManyDeadLetters):
            await stream.start(handle=broken, strikes=10, max_records=20)
        assert await stream.pool.fetchval(PARKED) <= 20, "ten of each partition"
        stream.tasks.clear()
    await stream.pool.execute("UPDATE stream_offset SET strikes = 0")
    stream.start()
    await stream.until(f"SELECT ({DONE_COUNT}) + ({PARKED})", 100)
    await stream.end()


@pytest.mark.parametrize("size", [1, 9])
async def test_accepted_records_take_strikes_back_however_few_come_at_once(stream: Stream, size: int) -> None:
    """One bad record in thirty is nothing to stop for, be there one record in a batch or a thousand."""
    stream.start(max_records=size, strikes=3)
    number = 0
    for _ in range(10):
        causes = ["impossible", *["time"] * 30]
        await stream.send(*(stream.review(number + n, "s1", cause, partition=0) for n, cause in enumerate(causes)))
        number += len(causes)
    await stream.until(DONE_COUNT, 300)
    await stream.end()


async def test_at_its_limit_a_partition_waits_where_it_is_and_the_others_go_on(stream: Stream) -> None:
    """It keeps its position and its lag is seen; accepting it again needs somebody to look."""
    assert isinstance(stream.broker, TwinBroker)
    bad = [stream.review(n, "s1", "impossible", partition=0) for n in range(20)]
    stream.start(strikes=5, at_limit="pause", max_records=7)
    await stream.send(*bad)
    await stream.until(LETTERS, 5)
    await stream.send(*(stream.review(n, "s2", partition=p) for n, p in ((100, 0), (101, 1))))
    await stream.until(DONE_COUNT, 1)
    [member] = stream.broker.groups[stream.group].members
    stopped = TopicPartition(stream.topic, 0)
    await stream.send(stream.review(102, "s2", partition=1))
    await stream.until(DONE_COUNT, 2)
    assert member.lag(stopped) == 16, "what waits is seen to wait"
    await member.rejoin()
    await stream.send(stream.review(103, "s2", partition=1))
    await stream.until(DONE_COUNT, 3)
    assert (await stream.pool.fetchval(LETTERS), member.lag(stopped)) == (5, 16)
    assert stream.broker.groups[stream.group].generation < 10, "no rebalance after another"
    await stream.end()


@pytest.mark.parametrize("running", [True, False], ids=["while it runs", "before it starts"])
async def test_a_position_before_the_log_holds_its_partition_and_no_other(stream: Stream, *, running: bool) -> None:
    """A partition that waited at its limit for longer than its records are kept; the process would end for it."""
    assert isinstance(stream.broker, TwinBroker)
    bad = [stream.review(n, "s1", "impossible", partition=0) for n in range(20)]
    stream.start(strikes=5, at_limit="pause")
    await stream.send(*bad)
    await stream.until(LETTERS, 5)
    if not running:
        await stream.end()
    stream.broker.trim(TopicPartition(stream.topic, 0), 15)
    await stream.send(*(stream.review(n, "s2", partition=p) for n, p in ((100, 0), (101, 1))))
    if not running:
        stream.start(strikes=5, at_limit="pause")
    await stream.until(DONE_COUNT, 1)
    await stream.end()
    stored = await stream.pool.fetchval("SELECT next_offset FROM stream_offset WHERE partition = 0")
    assert (stored, await stream.pool.fetchval(LETTERS)) == (5, 5)


async def test_a_position_outside_the_log_stops_a_worker_that_may_lose_nothing(stream: Stream) -> None:
    assert isinstance(stream.broker, TwinBroker)
    await stream.send(*(stream.review(n, "s1", partition=0) for n in range(3)))
    stream.start()
    await stream.until(DONE_COUNT, 3)
    await stream.end()
    await stream.pool.execute("UPDATE stream_offset SET next_offset = 99 WHERE next_offset IS NOT NULL")
    with pytest.raises(OffsetOutOfRange, match="runbook"):
        await stream.start()
    stream.tasks.clear()


async def test_what_the_client_cannot_read_holds_its_topic_and_not_the_process(
    stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A header's name that is no UTF-8: aiokafka raises, and again at every read."""
    reads = 0

    async def unreadable(self: TwinConsumer, *_: object) -> Batch:
        nonlocal reads
        await self._claim()
        await asyncio.sleep(0)
        if len(self.paused()) < len(self.assignment()):
            reads += 1
            raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
        return {}

    await stream.send(stream.review(1, "s1"))
    monkeypatch.setattr(TwinConsumer, "getmany", unreadable)
    task = stream.start(at_limit="pause")
    async with asyncio.timeout(10):
        while not reads:
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    assert (reads, task.done()) == (1, False)
    await stream.end()
    assert await stream.pool.fetchval("SELECT max(next_offset) FROM stream_offset") is None


async def test_positions_follow_what_was_aborted(stream: Stream) -> None:
    """Retention empties an idle log; a position before its beginning would stop the worker at its next start."""
    assert isinstance(stream.broker, TwinBroker)
    stream.start()
    await stream.send(stream.review(1, "s1", partition=0))
    await stream.until(DONE_COUNT, 1)
    producer = stream.broker.transactional_producer("t")
    await producer.start()
    producer.begin([stream.review(2, "s1", partition=0)])
    producer.abort()
    end = stream.broker.log(TopicPartition(stream.topic, 0)).end
    await stream.until("SELECT max(next_offset)::int FROM stream_offset", end)
    await stream.end()
