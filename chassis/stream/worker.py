"""The batch path: getmany → one transaction (offsets locked, handled, outbox, offsets stored) → next.

Nothing here knows what the records mean. Correctness rests on the offsets row alone, never on who believes to own what.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from typing import Final

import structlog

from chassis import metrics, outbox
from chassis.kafka.model import Record, TopicPartition
from chassis.kafka.ports import Broker, Consumer
from chassis.postgres.errors import CONFLICTS, OUTAGES
from chassis.postgres.pool import Connection, Pool
from chassis.stream import dead_letters
from chassis.stream.model import Delivery, NotOwner, Rejected, StreamSpec, TooManyDeadLetters
from chassis.stream.offsets import Offsets, Progress

CONFLICT_TRIES: Final = 10
KAFKA_COMMIT_SECONDS: Final = 1.0
REPAID_BY: Final = 20  # so many accepted records take one strike back

log = structlog.get_logger()


class StreamWorker:
    """Runs one StreamSpec: a member of a consumer group that writes to one service's schema."""

    def __init__(
        self,
        spec: StreamSpec,
        *,
        broker: Broker,
        pool: Pool,
        schema: str,
        group: str,
    ) -> None:
        """`group`: the Kafka consumer group; `schema`: whose outbox and offsets are written."""
        self._spec = spec
        self._broker = broker
        self._pool = pool
        self._schema = schema
        self._group = group
        self._offsets = Offsets(pool, spec.consumer)
        self._ends: dict[TopicPartition, tuple[int, int]] = {}
        self._stopped: set[TopicPartition] = set()
        self._held_back = False
        self._committed_at = 0.0
        self._log = log.bind(consumer=spec.consumer)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; the batch in hand is finished.

        Raises TooManyDeadLetters at the limit, and what the broker or the database say when they are away.
        """
        topics = [*self._spec.topics, *self._spec.background]
        consumer = await self._broker.consumer(topics, self._group, self._offsets)
        self._log.info("worker_started", topics=topics)
        try:
            while not stop.is_set():
                self._hold_background_back(consumer)
                batch = await consumer.getmany(self._spec.max_records, 0.2)
                self._ends = {tp: (batch[tp][-1].offset, consumer.position(tp) or 0) for tp in batch if batch[tp]}
                records = [record for tp in batch if tp not in self._stopped for record in batch[tp]]
                if records:
                    await self._work(consumer, records)
                await self._tell_kafka(consumer)
        finally:
            await consumer.stop()
            self._log.info("worker_stopped")

    async def _work(self, consumer: Consumer, records: Sequence[Record]) -> None:
        started = time.perf_counter()
        try:
            await self._settle(consumer, records)
        except NotOwner as lost:
            self._log.warning("batch_dropped", reason=str(lost))
            await consumer.rejoin()
            return
        metrics.BATCH_RECORDS.labels(self._spec.consumer).observe(len(records))
        metrics.BATCH_SECONDS.labels(self._spec.consumer, "all").observe(time.perf_counter() - started)

    async def _settle(self, consumer: Consumer, records: Sequence[Record]) -> None:
        """One transaction; on a failure that does not pass, halves, down to the record that fails."""
        try:
            await self._until_decided(consumer, records)
        except (NotOwner, TooManyDeadLetters, *OUTAGES):
            raise
        except Exception as fault:  # noqa: BLE001 - whatever a handler raises, the other records go on
            if len(records) == 1:
                await self._give_up(consumer, records[0], fault)
                return
            middle = len(records) // 2
            await self._settle(consumer, records[:middle])
            await self._settle(consumer, records[middle:])

    async def _until_decided(self, consumer: Consumer, records: Sequence[Record]) -> None:
        """Repeat the transaction on conflicts, ten times at most."""
        for tries in range(1, CONFLICT_TRIES + 1):
            try:
                await self._transact(consumer, records, None)
            except CONFLICTS:
                if tries == CONFLICT_TRIES:
                    raise
                await asyncio.sleep(random.uniform(0.002, 0.02) * tries)  # noqa: S311 - spreads retries, guards nothing
            else:
                return

    async def _give_up(self, consumer: Consumer, record: Record, fault: Exception) -> None:
        verdict = fault if isinstance(fault, Rejected) else None
        if verdict is None:
            self._log.error(
                "record_parked",
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                error=type(fault).__name__,
            )
        await self._transact(consumer, [record], verdict or type(fault).__name__)

    async def _transact(self, consumer: Consumer, records: Sequence[Record], verdict: Rejected | str | None) -> None:
        """Handle the records in one transaction, or write down the verdict on them."""
        async with self._pool.acquire() as connection, connection.transaction():
            strikes = await self._offsets.lock(connection, {TopicPartition(r.topic, r.partition) for r in records})
            news = [
                r
                for r in records
                if r.offset >= (self._offsets.claims[TopicPartition(r.topic, r.partition)].next_offset or 0)
            ]
            good, bad = self._decode(news) if verdict is None else ([], [])
            if isinstance(verdict, Rejected):
                bad = [(record, verdict) for record in news]
            elif isinstance(verdict, str):
                await dead_letters.park(connection, self._spec.consumer, news, verdict)
            if good:
                await self._handle(connection, good)
            letters = [dead_letters.dead_letter(record, why.code, why.detail) for record, why in bad]
            await outbox.append(connection, self._schema, letters, lane=self._spec.lane)
            progress = self._progress(consumer, records, strikes, [record for record, _ in bad])
            await self._offsets.store(connection, progress)
        self._offsets.advance(progress)
        for record, why in bad:
            metrics.DEAD_LETTERS.labels(record.topic, why.code).inc()

    async def _handle(self, connection: Connection, good: Sequence[Delivery]) -> None:
        parked = await dead_letters.parked_keys(connection, self._spec.consumer, (d.record.key or b"" for d in good))
        if parked:
            behind = [d.record for d in good if (d.record.key or b"") in parked]
            await dead_letters.park(connection, self._spec.consumer, behind, "behind a parked record of the same key")
            good = [d for d in good if (d.record.key or b"") not in parked]
        await self._spec.handle(connection, good)

    def _decode(self, records: Sequence[Record]) -> tuple[list[Delivery], list[tuple[Record, Rejected]]]:
        good: list[Delivery] = []
        bad: list[tuple[Record, Rejected]] = []
        for record in records:
            try:
                good.append(Delivery(record, self._spec.decode(record)))
            except Rejected as verdict:
                bad.append((record, verdict))
        return good, bad

    def _progress(
        self, consumer: Consumer, records: Sequence[Record], strikes: dict[TopicPartition, int], bad: Sequence[Record]
    ) -> dict[TopicPartition, Progress]:
        """The positions after these records; stops, or pauses a partition, at its limit of dead letters.

        Behind the last record the consumer's position is stored: it passes the broker's markers as well, so an idle log
        that retention empties does not leave a position before its beginning.
        """
        seen = Counter(TopicPartition(r.topic, r.partition) for r in records)
        rejected = Counter(TopicPartition(r.topic, r.partition) for r in bad)
        reached = {TopicPartition(r.topic, r.partition): r.offset for r in records}
        progress: dict[TopicPartition, Progress] = {}
        for tp, offset in reached.items():
            repaid = (seen[tp] - rejected[tp]) / REPAID_BY
            count = max(0, round(strikes[tp] - repaid)) + rejected[tp]
            if count > self._spec.strikes:
                self._stop_at_limit(consumer, tp)
            last, position = self._ends.get(tp, (-1, 0))
            progress[tp] = Progress(max(offset + 1, position if offset == last else 0), count)
        return progress

    def _stop_at_limit(self, consumer: Consumer, tp: TopicPartition) -> None:
        message = f"{tp.topic}/{tp.partition}: more than {self._spec.strikes} dead letters; see docs/delivery.md"
        self._log.error("dead_letter_limit", topic=tp.topic, partition=tp.partition, limit=self._spec.strikes)
        if self._spec.at_limit == "pause":
            self._stopped.add(tp)
            consumer.pause([tp])
            raise NotOwner(message)
        raise TooManyDeadLetters(message)

    def _hold_background_back(self, consumer: Consumer) -> None:
        """Background topics wait while live ones lag."""
        if not self._spec.background:
            return
        mine = consumer.assignment()
        lag = sum(consumer.lag(tp) or 0 for tp in mine if tp.topic in self._spec.topics)
        background = [tp for tp in mine if tp.topic in self._spec.background]
        if lag > self._spec.live_lag:
            consumer.pause(background)
        elif self._held_back:
            consumer.resume(background)
        self._held_back = lag > self._spec.live_lag

    async def _tell_kafka(self, consumer: Consumer) -> None:
        """Offsets for ordinary lag tools; nothing of ours reads them."""
        if time.monotonic() - self._committed_at < KAFKA_COMMIT_SECONDS:
            return
        self._committed_at = time.monotonic()
        mine = consumer.assignment()
        claims = self._offsets.claims
        await consumer.commit({tp: n for tp in mine if tp in claims and (n := claims[tp].next_offset) is not None})
        for tp in mine:
            metrics.CONSUMER_LAG.labels(tp.topic, str(tp.partition)).set(consumer.lag(tp) or 0)
