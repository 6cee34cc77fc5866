"""One suite for the real broker and for its twin: what one promises, the other keeps."""

import asyncio
import gc
import uuid
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from chassis.kafka.model import (
    MAX_BATCH_BYTES,
    BrokerError,
    Fenced,
    OffsetOutOfRange,
    Outgoing,
    PartitionMismatch,
    PublishFailed,
    Record,
    TopicPartition,
    TopicSpec,
    UnknownTopic,
)
from chassis.kafka.partitioner import partition_for
from chassis.kafka.ports import Broker, Consumer, Reader
from chassis.kafka.real import KafkaBroker
from chassis.kafka.twin import TwinBroker

PATIENCE = 20.0


class OpenTransaction(Protocol):
    async def commit(self) -> None: ...

    async def abort(self) -> None: ...


class Edge(Protocol):
    """A broker, and what a test does to it from outside."""

    @property
    def broker(self) -> Broker: ...

    async def open_transaction(self, transactional_id: str, records: Sequence[Outgoing]) -> OpenTransaction: ...

    async def trim(self, tp: TopicPartition, before: int) -> None: ...


@dataclass
class TwinEdge:
    broker: TwinBroker = field(default_factory=TwinBroker)

    async def open_transaction(self, transactional_id: str, records: Sequence[Outgoing]) -> OpenTransaction:
        producer = self.broker.transactional_producer(transactional_id)
        await producer.start()
        producer.begin(records)

        class Transaction:
            async def commit(self) -> None:
                producer.commit()

            async def abort(self) -> None:
                producer.abort()

        return Transaction()

    async def trim(self, tp: TopicPartition, before: int) -> None:
        self.broker.trim(tp, before)


@dataclass
class RealEdge:
    bootstrap: str
    broker: KafkaBroker
    opened: list[Any] = field(default_factory=list)

    async def open_transaction(self, transactional_id: str, records: Sequence[Outgoing]) -> OpenTransaction:
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, transactional_id=transactional_id)
        self.opened.append(producer)
        await producer.start()
        await producer.begin_transaction()
        for r in records:
            await producer.send_and_wait(r.topic, r.value, r.key, r.partition)

        class Transaction:
            async def commit(self) -> None:
                await producer.commit_transaction()

            async def abort(self) -> None:
                await producer.abort_transaction()

        return Transaction()

    async def trim(self, tp: TopicPartition, before: int) -> None:
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        await admin.delete_records({KafkaPartition(*tp): RecordsToDelete(before_offset=before)})
        await admin.close()


@pytest.fixture(params=["twin", pytest.param("real", marks=pytest.mark.embedded)])
def address(request: pytest.FixtureRequest) -> str | None:
    """Where the broker is; None for the twin."""
    return request.getfixturevalue("kafka_bootstrap") if request.param == "real" else None


@pytest.fixture
async def edge(address: str | None) -> AsyncIterator[Edge]:
    if address is None:
        yield TwinEdge()
        return
    real = RealEdge(address, KafkaBroker(address, client_id="suite"))
    yield real
    await real.broker.close()
    for producer in real.opened:
        await producer.stop()


@pytest.fixture
async def topic(edge: Edge) -> str:
    return await make_topic(edge, 1)


async def make_topic(edge: Edge, partitions: int) -> str:
    name = f"suite-{uuid.uuid4().hex}"
    await edge.broker.create_topics([TopicSpec(name, partitions)])
    return name


@dataclass
class Store:
    """Positions as a database would keep them, for all members of a group."""

    offsets: dict[TopicPartition, int] = field(default_factory=dict)
    claims: list[frozenset[TopicPartition]] = field(default_factory=list)
    handled: list[bytes | None] = field(default_factory=list)
    broken: bool = False

    async def claim(self, tps: Collection[TopicPartition], /) -> Mapping[TopicPartition, int | None]:
        if self.broken:
            raise ConnectionError("the database is away")
        self.claims.append(frozenset(tps))
        return {tp: self.offsets.get(tp) for tp in tps}

    def handle(self, batch: Mapping[TopicPartition, list[Record]]) -> None:
        """As a worker does: what stands behind the stored position already is not handled again."""
        for tp, records in batch.items():
            fresh = [r for r in records if r.offset >= self.offsets.get(tp, 0)]
            self.handled += [r.value for r in fresh]
            self.offsets[tp] = max(self.offsets.get(tp, 0), records[-1].offset + 1)


def values(records: Sequence[Record]) -> list[bytes | None]:
    return [record.value for record in records]


def numbered(topic: str, count: int, *, start: int = 0, key: bytes | None = b"k") -> list[Outgoing]:
    return [Outgoing(topic, key, b"%d" % n) for n in range(start, start + count)]


async def take(source: Consumer | Reader, count: int) -> list[Record]:
    """Read until so many records have come."""
    found: list[Record] = []
    async with asyncio.timeout(PATIENCE):
        while len(found) < count:
            for records in (await source.getmany(1000, 0.2)).values():
                found += records
    return found


async def read_on(consumer: Consumer) -> None:
    """Read until something is raised."""
    async with asyncio.timeout(PATIENCE):
        while True:
            await consumer.getmany(10, 0.2)


async def nothing_comes(source: Consumer | Reader) -> None:
    for _ in range(3):
        assert await source.getmany(1000, 0.1) == {}


async def send(edge: Edge, records: Sequence[Outgoing]) -> None:
    producer = await edge.broker.producer()
    await producer.send_all(records)


async def publish(edge: Edge, name: str, *batches: Sequence[Outgoing]) -> None:
    producer = edge.broker.transactional_producer(name)
    await producer.start()
    for batch in batches:
        await producer.publish(batch)


async def test_a_record_comes_as_it_was_sent(edge: Edge, topic: str) -> None:
    await send(edge, [Outgoing(topic, b"key", b"value", (("a", b"1"), ("b", b""))), Outgoing(topic, b"gone", None)])
    first, second = await take(await edge.broker.reader([topic]), 2)
    assert (first.topic, first.partition, first.offset, first.key, first.value) == (topic, 0, 0, b"key", b"value")
    assert tuple(tuple(header) for header in first.headers) == (("a", b"1"), ("b", b""))
    assert (second.key, second.value, tuple(second.headers)) == (b"gone", None, ())
    assert first.timestamp <= second.timestamp


async def test_records_of_a_key_keep_their_order_and_their_partition(edge: Edge) -> None:
    topic = await make_topic(edge, 3)
    keys = [b"person-%d" % n for n in range(20)]
    records = [Outgoing(topic, key, b"%d" % n) for n in range(10) for key in keys]
    await publish(edge, topic, records[:90], records[90:])
    consumer = await edge.broker.consumer([topic], topic, Store())
    found = await take(consumer, len(records))
    for key in keys:
        mine = [record for record in found if record.key == key]
        assert values(mine) == [b"%d" % n for n in range(10)]
        assert {record.partition for record in mine} == {partition_for(key, 3)}


async def test_an_explicit_partition_is_kept(edge: Edge) -> None:
    topic = await make_topic(edge, 3)
    await send(edge, [Outgoing(topic, b"k", b"v", partition=p) for p in range(3)])
    assert {record.partition for record in await take(await edge.broker.reader([topic]), 3)} == {0, 1, 2}


async def test_a_transaction_is_seen_whole_or_not_at_all(edge: Edge) -> None:
    topic = await make_topic(edge, 2)
    reader = await edge.broker.reader([topic])
    spread = [Outgoing(topic, None, b"%d" % n, partition=n % 2) for n in range(6)]
    transaction = await edge.open_transaction(topic, spread)
    await nothing_comes(reader)
    await transaction.commit()
    assert sorted(values(await take(reader, 6)), key=str) == values(
        [Record(topic, 0, 0, None, b"%d" % n) for n in range(6)]
    )


async def test_an_aborted_transaction_is_never_seen(edge: Edge, topic: str) -> None:
    await (await edge.open_transaction(topic, numbered(topic, 3))).abort()
    await send(edge, [Outgoing(topic, None, b"after")])
    assert values(await take(await edge.broker.reader([topic]), 1)) == [b"after"]


async def test_an_open_transaction_holds_back_what_comes_after_it(edge: Edge, topic: str) -> None:
    reader = await edge.broker.reader([topic])
    await send(edge, [Outgoing(topic, None, b"before")])
    transaction = await edge.open_transaction(topic, [Outgoing(topic, None, b"open")])
    await send(edge, [Outgoing(topic, None, b"after")])
    assert values(await take(reader, 1)) == [b"before"]
    await nothing_comes(reader)
    assert await reader.at_end()
    await transaction.commit()
    assert values(await take(reader, 2)) == [b"open", b"after"]


async def test_a_second_holder_fences_the_first(edge: Edge, topic: str) -> None:
    old, new = (edge.broker.transactional_producer(topic) for _ in range(2))
    await old.start()
    await old.publish(numbered(topic, 1))
    await new.start()
    with pytest.raises(Fenced):
        await old.publish(numbered(topic, 1, start=1))
    await new.publish(numbered(topic, 1, start=2))
    assert values(await take(await edge.broker.reader([topic]), 2)) == [b"0", b"2"]
    await old.stop()
    await new.publish(numbered(topic, 1, start=3))


async def test_fencing_leaves_no_error_behind(edge: Edge, topic: str) -> None:
    reported: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    old, new = (edge.broker.transactional_producer(topic) for _ in range(2))
    await old.start()
    await new.start()
    with pytest.raises(Fenced):
        await old.publish(numbered(topic, 1))
    await old.stop()
    del old
    gc.collect()
    assert reported == []


async def test_a_new_holder_aborts_what_a_paused_one_left_open(edge: Edge, topic: str) -> None:
    await edge.open_transaction(topic, numbered(topic, 2))
    producer = edge.broker.transactional_producer(topic)
    await producer.start()
    await producer.publish(numbered(topic, 1, start=2))
    assert values(await take(await edge.broker.reader([topic]), 1)) == [b"2"]


async def test_a_large_transaction_keeps_its_order(edge: Edge, topic: str) -> None:
    records = [Outgoing(topic, b"k", b"%06d" % n + b"x" * 1000) for n in range(3000)]
    await publish(edge, topic, records)
    assert values(await take(await edge.broker.reader([topic]), 3000)) == [record.value for record in records]


async def test_a_record_that_is_too_large_is_refused_with_its_transaction(edge: Edge, topic: str) -> None:
    producer = edge.broker.transactional_producer(topic)
    await producer.start()
    with pytest.raises(PublishFailed, match="larger than"):
        await producer.publish([*numbered(topic, 1), Outgoing(topic, None, b"x" * (MAX_BATCH_BYTES + 1))])
    await producer.start()
    await producer.publish(numbered(topic, 1, start=1))
    assert values(await take(await edge.broker.reader([topic]), 1)) == [b"1"]


async def test_markers_leave_gaps_that_position_and_lag_pass(edge: Edge, topic: str) -> None:
    await publish(edge, topic, *([record] for record in numbered(topic, 3)))
    consumer = await edge.broker.consumer([topic], topic, Store())
    assert [record.offset for record in await take(consumer, 3)] == [0, 2, 4]
    await nothing_comes(consumer)
    tp = TopicPartition(topic, 0)
    assert (consumer.position(tp), consumer.lag(tp)) == (6, 0)
    assert await consumer.end_offsets([tp]) == {tp: 6}
    assert await consumer.beginning_offsets([tp]) == {tp: 0}


async def test_max_records_is_kept(edge: Edge) -> None:
    topic = await make_topic(edge, 2)
    await send(edge, [Outgoing(topic, None, b"%d" % n, partition=n % 2) for n in range(100)])
    consumer = await edge.broker.consumer([topic], topic, Store())
    found = 0
    async with asyncio.timeout(PATIENCE):
        while found < 100:
            size = sum(len(records) for records in (await consumer.getmany(7, 0.2)).values())
            assert size <= 7
            found += size
    assert found == 100


async def test_members_share_partitions_and_nothing_is_lost(edge: Edge) -> None:
    topic, store = await make_topic(edge, 4), Store()
    spread = [Outgoing(topic, None, b"%d" % n, partition=n % 4) for n in range(400)]
    await publish(edge, topic, spread[:200])
    first = await edge.broker.consumer([topic], topic, store)
    async with asyncio.timeout(PATIENCE):
        while len(store.handled) < 50:
            store.handle(await first.getmany(50, 0.2))
    second = await edge.broker.consumer([topic], topic, store)
    await publish(edge, topic, spread[200:])
    async with asyncio.timeout(PATIENCE):
        while len(store.handled) < 400 or len(first.assignment()) != 2 or len(second.assignment()) != 2:
            store.handle(await first.getmany(50, 0.1))
            store.handle(await second.getmany(50, 0.1))
    assert sorted(store.handled, key=lambda value: int(value or b"-1")) == [record.value for record in spread]
    assert first.assignment() | second.assignment() == {TopicPartition(topic, p) for p in range(4)}
    await first.stop()
    async with asyncio.timeout(PATIENCE):
        while len(second.assignment()) < 4:
            await second.getmany(50, 0.1)
    assert store.claims[-1] == second.assignment()


async def test_topics_of_one_size_are_shared_alike(edge: Edge) -> None:
    topics = [await make_topic(edge, 2), await make_topic(edge, 2)]
    members = [await edge.broker.consumer(topics, topics[0], Store()) for _ in range(2)]
    async with asyncio.timeout(PATIENCE):
        while any(len(member.assignment()) != 2 for member in members):
            for member in members:
                await member.getmany(1, 0.1)
    assert {frozenset(tp.partition for tp in member.assignment()) for member in members} == {
        frozenset({0}),
        frozenset({1}),
    }


async def test_a_member_has_joined_once_its_assignment_is_claimed_also_an_empty_one(edge: Edge, topic: str) -> None:
    store, group = Store(), uuid.uuid4().hex
    first = await edge.broker.consumer([topic], group, store)
    assert not first.joined()
    await until_joined(first)
    second = await edge.broker.consumer([topic], group, store)
    await until_joined(second, first)
    assert sorted(len(one.assignment()) for one in (first, second)) == [0, 1]
    await first.rejoin()
    assert not first.joined()
    await first.stop()
    await second.stop()


async def until_joined(*consumers: Consumer) -> None:
    async with asyncio.timeout(PATIENCE):
        while not all(consumer.joined() for consumer in consumers):
            for consumer in consumers:
                await consumer.getmany(10, 0.05)


async def test_rejoining_claims_again_and_goes_on_from_the_stored_position(edge: Edge, topic: str) -> None:
    store = Store()
    await send(edge, numbered(topic, 3))
    consumer = await edge.broker.consumer([topic], topic, store)
    await take(consumer, 3)
    store.offsets[TopicPartition(topic, 0)] = 1
    await consumer.rejoin()
    assert consumer.assignment() == frozenset()
    assert values(await take(consumer, 2)) == [b"1", b"2"]
    assert len(store.claims) == 2


async def test_seek(edge: Edge, topic: str) -> None:
    await send(edge, numbered(topic, 5))
    consumer = await edge.broker.consumer([topic], topic, Store())
    await take(consumer, 5)
    consumer.seek(TopicPartition(topic, 0), 3)
    assert values(await take(consumer, 2)) == [b"3", b"4"]
    consumer.seek(TopicPartition(topic, 7), 3)
    consumer.pause([TopicPartition(topic, 7)])
    consumer.resume([TopicPartition(topic, 7)])
    assert consumer.position(TopicPartition(topic, 7)) is None
    assert consumer.lag(TopicPartition(topic, 7)) is None


async def test_a_paused_partition_waits(edge: Edge) -> None:
    topic = await make_topic(edge, 2)
    consumer = await edge.broker.consumer([topic], topic, Store())
    await nothing_comes(consumer)
    still, moving = TopicPartition(topic, 0), TopicPartition(topic, 1)
    consumer.pause([still])
    await send(edge, [Outgoing(topic, None, b"%d" % p, partition=p) for p in range(2)])
    assert values(await take(consumer, 1)) == [b"1"]
    await nothing_comes(consumer)
    assert consumer.paused() == {still}
    assert consumer.assignment() == {still, moving}
    consumer.resume([still])
    assert values(await take(consumer, 1)) == [b"0"]
    assert consumer.paused() == frozenset()


@pytest.mark.parametrize(("stored", "where"), [(9, "behind its end"), (1, "before its beginning")])
async def test_a_stored_offset_outside_the_log_is_an_error(edge: Edge, topic: str, stored: int, where: str) -> None:
    tp = TopicPartition(topic, 0)
    await send(edge, numbered(topic, 5))
    await edge.trim(tp, 2)
    consumer = await edge.broker.consumer([topic], topic, Store({tp: stored}))
    with pytest.raises(OffsetOutOfRange, match=where) as caught:
        await read_on(consumer)
    assert (caught.value.tp, caught.value.stored, caught.value.begin, caught.value.end) == (tp, stored, 2, 5)


async def test_seeking_out_of_the_log_is_an_error_too(edge: Edge, topic: str) -> None:
    await send(edge, numbered(topic, 2))
    consumer = await edge.broker.consumer([topic], topic, Store())
    await take(consumer, 2)
    consumer.seek(TopicPartition(topic, 0), 50)
    with pytest.raises(OffsetOutOfRange):
        await read_on(consumer)


async def test_an_error_of_the_claim_is_raised_and_the_claim_repeated(edge: Edge, topic: str) -> None:
    store = Store(broken=True)
    await send(edge, numbered(topic, 1))
    consumer = await edge.broker.consumer([topic], topic, store)
    for _ in range(2):
        with pytest.raises(ConnectionError):
            await read_on(consumer)
    assert consumer.assignment() == frozenset()
    store.broken = False
    assert values(await take(consumer, 1)) == [b"0"]


async def test_committing_what_is_not_ours_is_no_error(edge: Edge, topic: str) -> None:
    await send(edge, numbered(topic, 1))
    consumer = await edge.broker.consumer([topic], topic, Store())
    await take(consumer, 1)
    await consumer.commit({TopicPartition(topic, 0): 1})
    await consumer.commit({TopicPartition(topic, 5): 1})
    await consumer.rejoin()
    await consumer.commit({TopicPartition(topic, 0): 1})


async def test_a_stopped_consumer_reads_no_more(edge: Edge, topic: str) -> None:
    consumer = await edge.broker.consumer([topic], topic, Store())
    await consumer.stop()
    with pytest.raises(BrokerError):
        await consumer.getmany(1, 0.1)


async def test_stopping_ends_a_poll_under_way(edge: Edge, topic: str) -> None:
    consumer = await edge.broker.consumer([topic], topic, Store())
    async with asyncio.timeout(PATIENCE):
        while not consumer.assignment():
            await consumer.getmany(1, 0.1)
    polling = asyncio.ensure_future(consumer.getmany(1, 600))
    await asyncio.sleep(0)
    await consumer.stop()
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(BrokerError):
            await polling


async def test_a_long_poll_is_ended_by_a_new_assignment(edge: Edge, topic: str) -> None:
    first = await edge.broker.consumer([topic], topic, Store())
    second = await edge.broker.consumer([topic], topic, Store())
    async with asyncio.timeout(PATIENCE):
        while not (first.assignment() or second.assignment()):
            await first.getmany(1, 0.1)
            await second.getmany(1, 0.1)
    owner, other = (first, second) if first.assignment() else (second, first)
    polling = asyncio.ensure_future(other.getmany(1, 600))
    await owner.stop()
    await send(edge, numbered(topic, 1))
    async with asyncio.timeout(PATIENCE):
        assert values((await polling)[TopicPartition(topic, 0)]) == [b"0"]


async def test_topics_are_created_once(edge: Edge) -> None:
    specs = [TopicSpec(f"suite-{uuid.uuid4().hex}", n, {"retention.ms": "3600000"}) for n in (1, 3)]
    await edge.broker.create_topics(specs[:1])
    await edge.broker.create_topics(specs)
    await edge.broker.create_topics(specs)
    assert [await edge.broker.partitions(spec.name) for spec in specs] == [1, 3]
    with pytest.raises(PartitionMismatch, match=f"{specs[1].name} has 3 partitions, not 2"):
        await edge.broker.create_topics([TopicSpec(specs[1].name, 2)])
    assert await edge.broker.partitions(specs[1].name) == 3


async def test_an_unknown_topic_is_named(edge: Edge) -> None:
    name = f"missing-{uuid.uuid4().hex}"
    producer = edge.broker.transactional_producer(name)
    await producer.start()
    with pytest.raises(UnknownTopic, match=name):
        await edge.broker.partitions(name)
    with pytest.raises(UnknownTopic, match=name):
        await edge.broker.consumer([name], "group", Store())
    with pytest.raises(UnknownTopic, match=name):
        await edge.broker.reader([name])
    with pytest.raises(UnknownTopic, match=name):
        await producer.publish([Outgoing(name, None, b"v")])


async def test_the_last_records_are_those_before_the_end(edge: Edge) -> None:
    topic = await make_topic(edge, 2)
    assert await edge.broker.last_records(topic, 3) == []
    ones = [[Outgoing(topic, None, b"%d" % n, partition=0)] for n in range(30)]
    await publish(edge, topic, *ones, [Outgoing(topic, None, b"other", partition=1)])
    for _ in range(8):
        await (await edge.open_transaction(topic, [Outgoing(topic, None, b"never", partition=0)])).abort()
    assert values(await edge.broker.last_records(topic, 3)) == [b"27", b"28", b"29", b"other"]
    assert len(await edge.broker.last_records(topic, 1000)) == 31


async def test_a_log_is_read_part_by_part(edge: Edge) -> None:
    topic = await make_topic(edge, 2)
    place = TopicPartition(topic, 0)
    assert await edge.broker.part(place, 0, 3) == ([], 0)
    assert await edge.broker.bounds(topic) == {place: (0, 0), TopicPartition(topic, 1): (0, 0)}
    await publish(edge, topic, *([Outgoing(topic, None, b"%d" % n, partition=0)] for n in range(5)))
    [_, end] = (await edge.broker.bounds(topic))[place]
    seen, start = [], 0
    while start < end:
        records, following = await edge.broker.part(place, start, 2)
        assert len(records) <= 2
        assert following > start
        seen += values(records)
        start = following
    assert seen == [b"%d" % n for n in range(5)]
    with pytest.raises(UnknownTopic):
        await edge.broker.bounds(f"missing-{topic}")


async def test_the_last_records_wait_for_what_is_open_before_them(edge: Edge) -> None:
    """Readers see nothing behind an open transaction: a relay would take its own published window for not published."""
    topic = await make_topic(edge, 1)
    other = await edge.open_transaction(topic, [Outgoing(topic, None, b"never")])
    await publish(edge, f"{topic}-ours", [Outgoing(topic, None, b"ours")])
    asked = asyncio.create_task(edge.broker.last_records(topic, 3))
    assert not (await asyncio.wait({asked}, timeout=2))[0], "they cannot be known yet"
    await other.abort()
    assert values(await asked) == [b"ours"]


async def test_a_reader_starts_where_it_is_told(edge: Edge, topic: str) -> None:
    await send(edge, numbered(topic, 5))
    from_end = await edge.broker.reader([topic], start="end")
    from_offset = await edge.broker.reader([topic], start={TopicPartition(topic, 0): 3})
    assert await from_end.at_end()
    assert not await from_offset.at_end()
    assert values(await take(from_offset, 2)) == [b"3", b"4"]
    assert await from_offset.at_end()
    await send(edge, numbered(topic, 1, start=5))
    assert values(await take(from_end, 1)) == [b"5"]
    await from_end.stop()


async def test_nothing_published_is_no_transaction(edge: Edge, topic: str) -> None:
    await publish(edge, topic, [], numbered(topic, 1), [])
    assert values(await take(await edge.broker.reader([topic]), 1)) == [b"0"]


async def test_a_producer_that_was_not_started_says_so(edge: Edge, topic: str) -> None:
    with pytest.raises(PublishFailed, match="start"):
        await edge.broker.transactional_producer(topic).publish(numbered(topic, 1))
