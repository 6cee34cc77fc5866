"""The real broker, over aiokafka."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code
from aiokafka.record import default_records

from chassis.kafka.model import (
    MAX_BATCH_BYTES,
    BrokerError,
    PartitionMismatch,
    Record,
    TopicPartition,
    TopicSpec,
    UnknownTopic,
)
from chassis.kafka.ports import SESSION_TIMEOUT_MS, Positions, Start
from chassis.kafka.real_consumer import KafkaConsumer, KafkaReader
from chassis.kafka.real_look import read_part
from chassis.kafka.real_producer import TRANSACTION_TIMEOUT_MS, KafkaProducer, KafkaTransactionalProducer

FETCH_BYTES: Final = 4 << 20
REPLICAS: Final = 3
TOPICS_SECONDS: Final = 60.0
# Longer than an abandoned transaction holds its readers up: its timeout, and the 10 s between the broker's looks at it.
LAST_RECORDS_SECONDS: Final = TRANSACTION_TIMEOUT_MS / 1000 + 20.0

CONSUMER_SETTINGS: Final[Mapping[str, Any]] = {
    "isolation_level": "read_committed",
    "enable_auto_commit": False,
    "auto_offset_reset": "none",
    "retry_backoff_ms": 10,
    "max_partition_fetch_bytes": FETCH_BYTES,
    "fetch_max_bytes": 4 * FETCH_BYTES,
}
GROUP_SETTINGS: Final[Mapping[str, Any]] = {
    "rebalance_timeout_ms": 60_000,
    "heartbeat_interval_ms": 1_000,
    # By range, partitions of one number go to one member where topics have as many: a person's rows are then locked by
    # one worker. Sticky assignment would spare nothing, as positions are claimed anew after every rebalance.
    "partition_assignment_strategy": (RangePartitionAssignor,),
}
PRODUCER_SETTINGS: Final[Mapping[str, Any]] = {
    "acks": "all",
    "linger_ms": 0,
    "retry_backoff_ms": 10,
    "max_batch_size": MAX_BATCH_BYTES,
    "max_request_size": FETCH_BYTES,
    "compression_type": "lz4",  # costs no more CPU here than none, and the broker and readers less
}

log = structlog.get_logger()


class Closable(Protocol):
    """What is stopped when the broker is closed."""

    async def stop(self) -> None:
        """Close it."""
        ...


class KafkaBroker:
    """Apache Kafka; implements ports.Broker."""

    def __init__(self, bootstrap: str, *, client_id: str, connection: Mapping[str, Any] | None = None) -> None:
        """`connection`: aiokafka's names for TLS and SASL (`security_protocol`, `ssl_context`, `sasl_…`).

        Raises BrokerError without aiokafka's C extension.
        """
        _require_extension()
        self._common = {"bootstrap_servers": bootstrap, "client_id": client_id, **(connection or {})}
        self._admin: AIOKafkaAdminClient | None = None
        self._admin_lock = asyncio.Lock()
        self._given_out: list[Closable] = []

    async def consumer(
        self, topics: Sequence[str], group: str, positions: Positions, *, session_timeout_ms: int = SESSION_TIMEOUT_MS
    ) -> KafkaConsumer:
        """See ports.Broker."""
        for topic in topics:
            await self.partitions(topic)
        settings = {**self._common, **CONSUMER_SETTINGS, **GROUP_SETTINGS}
        inner = AIOKafkaConsumer(group_id=group, session_timeout_ms=session_timeout_ms, **settings)
        consumer = KafkaConsumer(inner, topics, positions)
        await _start(consumer, consumer)
        self._given_out.append(consumer)
        return consumer

    async def reader(self, topics: Sequence[str], *, start: Start = "beginning") -> KafkaReader:
        """See ports.Broker."""
        tps = [TopicPartition(topic, p) for topic in topics for p in range(await self.partitions(topic))]
        reader = await self._reader()
        starts = await (reader.end_offsets(tps) if start == "end" else reader.beginning_offsets(tps))
        if not isinstance(start, str):
            starts |= {tp: start[tp] for tp in tps if tp in start}
        reader.move(starts)
        self._given_out.append(reader)
        return reader

    async def _written(self, tps: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Up to where the logs are written, open transactions included, which `end_offsets` stops before."""
        reader = await self._reader(isolation_level="read_uncommitted")
        try:
            return await reader.end_offsets(tps)
        finally:
            await reader.stop()

    async def _reader(self, **settings: Any) -> KafkaReader:
        inner = AIOKafkaConsumer(group_id=None, **self._common, **{**CONSUMER_SETTINGS, **settings})
        reader = KafkaReader(inner)
        await _start(inner, reader)
        return reader

    def transactional_producer(self, transactional_id: str) -> KafkaTransactionalProducer:
        """See ports.Broker."""

        def open_producer() -> AIOKafkaProducer:
            return AIOKafkaProducer(
                transactional_id=transactional_id,
                transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
                **self._common,
                **PRODUCER_SETTINGS,
            )

        producer = KafkaTransactionalProducer(transactional_id, open_producer, self.partitions)
        self._given_out.append(producer)
        return producer

    async def producer(self) -> KafkaProducer:
        """See ports.Broker."""

        def open_producer() -> AIOKafkaProducer:
            return AIOKafkaProducer(enable_idempotence=True, **self._common, **PRODUCER_SETTINGS)

        producer = KafkaProducer(open_producer, self.partitions)
        await producer.start()
        self._given_out.append(producer)
        return producer

    async def create_topics(self, topics: Sequence[TopicSpec]) -> None:
        """See ports.Broker. Three replicas each, or as many as there are brokers."""
        found = await self._describe([spec.name for spec in topics])
        missing = [spec for spec in topics if spec.name not in found]
        if missing:
            admin = await self._get_admin()
            replicas = min(REPLICAS, len((await admin.describe_cluster())["brokers"]))
            new = [NewTopic(spec.name, spec.partitions, replicas, topic_configs=dict(spec.config)) for spec in missing]
            for name, code, *message in (await admin.create_topics(new)).topic_errors:
                if for_code(code) is not TopicAlreadyExistsError and code:
                    raise BrokerError(f"topic {name} could not be created: {for_code(code).__name__} {message}")
            found = await self._until_known([spec.name for spec in topics])
        for spec in topics:
            if found[spec.name] != spec.partitions:
                raise PartitionMismatch(spec.name, wanted=spec.partitions, found=found[spec.name])

    async def _until_known(self, names: Sequence[str]) -> dict[str, int]:
        """A broker answers for a new topic a moment after its creation; on a machine that is short, many seconds."""
        found: dict[str, int] = {}
        try:
            async with asyncio.timeout(TOPICS_SECONDS):
                while len(found := await self._describe(names)) < len(set(names)):  # noqa: ASYNC110 - nobody tells us
                    await asyncio.sleep(0.01)
        except TimeoutError:
            missing = ", ".join(sorted(set(names) - found.keys()))
            raise BrokerError(
                f"the broker does not serve new topics after {TOPICS_SECONDS:.0f} s: {missing}; run migrate again"
            ) from None
        return found

    async def partitions(self, topic: str) -> int:
        """See ports.Broker."""
        found = await self._describe([topic])
        if topic not in found:
            raise UnknownTopic(topic)
        return found[topic]

    async def _describe(self, names: Sequence[str]) -> dict[str, int]:
        """Partitions of those topics that exist."""
        try:
            described = await (await self._get_admin()).describe_topics(list(names))
        except (KafkaError, TimeoutError) as error:
            raise BrokerError(f"the broker does not describe its topics: {error!r}") from error
        return {topic["topic"]: len(topic["partitions"]) for topic in described if not topic["error_code"]}

    async def _get_admin(self) -> AIOKafkaAdminClient:
        async with self._admin_lock:
            if self._admin is None:
                admin = AIOKafkaAdminClient(**self._common)
                try:
                    await admin.start()
                except KafkaError as error:
                    await admin.close()
                    raise BrokerError(f"no broker answers: {error!r}") from error
                self._admin = admin
            return self._admin

    async def last_records(self, topic: str, n: int) -> list[Record]:
        """See ports.Broker. Reads backwards in growing steps, as markers and aborted records lie between."""
        tps = [TopicPartition(topic, p) for p in range(await self.partitions(topic))]
        ends = await self._written(tps)
        reader = await self._reader()
        try:
            begins = await reader.beginning_offsets(tps)
            found: dict[TopicPartition, list[Record]] = {}
            todo, width = [tp for tp in tps if begins[tp] < ends[tp]], 2 * n + 8
            while todo:
                starts = {tp: max(begins[tp], ends[tp] - width) for tp in todo}
                reader.move(starts)
                found |= await _read_until(reader, {tp: ends[tp] for tp in todo})
                todo = [tp for tp in todo if len(found[tp]) < n and starts[tp] > begins[tp]]
                width *= 4
        finally:
            await reader.stop()
        return [record for tp in tps for record in found.get(tp, [])[-n:]]

    async def bounds(self, topic: str) -> dict[TopicPartition, tuple[int, int]]:
        """See ports.Broker."""
        tps = [TopicPartition(topic, p) for p in range(await self.partitions(topic))]
        reader = await self._reader()
        try:
            begins, ends = await reader.beginning_offsets(tps), await reader.end_offsets(tps)
        finally:
            await reader.stop()
        return {tp: (begins[tp], ends[tp]) for tp in tps}

    async def part(self, tp: TopicPartition, start: int, most: int) -> tuple[list[Record], int]:
        """See ports.Broker."""
        return await read_part(await self._reader(), tp, start, most)

    async def close(self) -> None:
        """See ports.Broker."""
        given_out, self._given_out = self._given_out, []
        await asyncio.gather(*(one.stop() for one in given_out))
        if self._admin is not None:
            await self._admin.close()
            self._admin = None


async def _start(startable: Any, stoppable: Closable) -> None:
    try:
        await startable.start()
    except KafkaError as error:
        await stoppable.stop()
        raise BrokerError(f"a consumer could not start: {error!r}") from error


async def _read_until(reader: KafkaReader, ends: Mapping[TopicPartition, int]) -> dict[TopicPartition, list[Record]]:
    found: dict[TopicPartition, list[Record]] = {tp: [] for tp in ends}
    try:
        async with asyncio.timeout(LAST_RECORDS_SECONDS):
            while not reader.reached(ends):
                for tp, records in (await reader.getmany(10_000, 0.1)).items():
                    found[tp] += [record for record in records if record.offset < ends[tp]]
    except TimeoutError as error:
        raise BrokerError(f"the end of {next(iter(ends)).topic} was not reached in {LAST_RECORDS_SECONDS} s") from error
    return found


def _require_extension() -> None:
    if not default_records.DefaultRecordBatchBuilder.__module__.startswith("aiokafka.record._crecords"):
        raise BrokerError(
            "aiokafka runs without its C extension, 9 to 26 times slower:"
            " install its wheel, and unset AIOKAFKA_NO_EXTENSIONS",
        )
