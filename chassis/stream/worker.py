"""The batch path: getmany → one transaction (offsets locked, handled, outbox, offsets stored) → next.

Nothing here knows what the records mean. Correctness rests on the offsets row alone, never on who believes to own what.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import structlog

from chassis import metrics, outbox
from chassis.backlog import outbox_of
from chassis.kafka.model import OffsetOutOfRange, Record, TopicPartition
from chassis.kafka.ports import Batch, Broker, Consumer
from chassis.points import Point, Points
from chassis.postgres.errors import CONFLICTS, OUTAGES
from chassis.postgres.pool import Pool
from chassis.pulse import Pulse
from chassis.stream import dead_letters
from chassis.stream.brake import Brake
from chassis.stream.decode import sorted_out
from chassis.stream.hand_over import hand_over
from chassis.stream.lag import Lag
from chassis.stream.model import CannotWork, Committed, NotOwner, Rejected, StreamSpec, TooManyDeadLetters
from chassis.stream.offsets import Offsets, Progress
from chassis.stream.reading import Reading
from chassis.stream.stages import Stages
from chassis.stream.stops import Stops
from chassis.stream.trouble import trouble_of

CONFLICT_TRIES: Final = 10
STRIKE: Final = 20  # so many accepted records take one strike back

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
        points: Points | None = None,
    ) -> None:
        """`group`: the Kafka consumer group; `schema`: whose outbox and offsets are written."""
        self._spec, self.specs = spec, (spec,)
        self._broker = broker
        self._pool = pool
        self._schema = schema
        self._group = group
        self._points = points
        self._scope = f"{schema}.{spec.consumer}"
        self._offsets = Offsets(pool, spec.consumer)
        self._ends: dict[TopicPartition, tuple[int, int]] = {}
        self._stops = Stops(pool, spec.consumer)
        self._reading = Reading(spec)
        self._brake = Brake(outbox_of(pool), self._scope)
        self._lag = Lag(self._scope, pool, spec.consumer)
        self._stages = Stages(self._scope)
        self.pulse = Pulse()
        self._log = log.bind(consumer=spec.consumer)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; the batch in hand is finished.

        Raises TooManyDeadLetters, CannotWork, OffsetOutOfRange, and what the broker or the database say when away.
        """
        topics = [*self._spec.topics, *self._spec.background]
        consumer = await self._broker.consumer(topics, self._group, self)
        self._log.info("worker_started", topics=topics)
        try:
            while not stop.is_set():
                if not await self._brake.hold(consumer, self._stops.held):
                    self._reading.hold(consumer, self._stops.held)
                self._stages.begin()
                batch = await self._read(consumer)
                self._lag.read(batch)
                self._ends = {tp: (batch[tp][-1].offset, consumer.position(tp) or 0) for tp in batch if batch[tp]}
                await self._work(consumer, self._stops.without_held(consumer, batch))
                self._lag.settled(consumer, batch, self._stops.held)
                await self._lag.tell(consumer, self._offsets.claims, self._stops.held)
                self.pulse.beat(trouble_of(consumer, self._stops.held))
                if await self._stops.resumed(self._offsets):
                    await self._drop(consumer)
        finally:
            self.pulse.end()
            await consumer.stop()
            self._log.info("worker_stopped")

    async def claim(self, tps: Collection[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        """See kafka.ports.Positions."""
        stored = await self._offsets.claim(tps)
        await self._reach(Point.PARTITION_CLAIMED)
        return stored

    async def _reach(self, point: Point) -> None:
        if self._points is not None:
            await self._points.reach(self._scope, point)

    async def _read(self, consumer: Consumer) -> Batch:
        """The next records. A position outside its log stops the worker, or its partition if such ones are paused.

        A partition that waits at its limit for longer than its records are kept ends like that.
        """
        try:
            return await self._reading.read(consumer)
        except OffsetOutOfRange as lost:
            await self._stops.mark([lost.tp], "outside-log")
            if self._spec.at_limit == "stop" or lost.tp in self._offsets.lost:
                raise
            self._log.error("offset_out_of_range", topic=lost.tp.topic, partition=lost.tp.partition, detail=str(lost))
            self._offsets.lost.add(lost.tp)
            self._stops.held.add(lost.tp)
            await self._drop(consumer)
        except UnicodeDecodeError:  # the name of a header: aiokafka reads no further, and does not say where
            if self._spec.at_limit == "stop":
                raise
            self._log.error("unreadable_record", partitions=sorted(consumer.assignment()))
            self._stops.held |= consumer.assignment()
            await self._stops.mark(consumer.assignment(), "unreadable")
            consumer.pause(self._stops.held)
        return {}

    async def _work(self, consumer: Consumer, records: Sequence[Record]) -> None:
        try:
            if not records:
                await self._pass_markers(consumer)
                return
            self._stages.lap("read")
            began = self._stages.begin()
            await self._reach(Point.BATCH_READ)
            await self._settle(records)
        except (NotOwner, TooManyDeadLetters) as lost:
            await self._stops.mark_reached(lost)
            self._log.warning("batch_dropped", reason=str(lost))
            await self._drop(consumer)
            return
        self._stages.whole(began, len(records))

    async def _drop(self, consumer: Consumer) -> None:
        self._offsets.forget()
        await consumer.rejoin()

    async def _pass_markers(self, consumer: Consumer) -> None:
        """Store positions that went over markers and aborted records alone.

        Retention empties an idle log; a position left before its beginning would stop the worker at its next start.
        """
        moved = {
            tp: position
            for tp in consumer.assignment() - self._stops.held
            if (claim := self._offsets.claims.get(tp))
            and claim.next_offset is not None
            and (position := consumer.position(tp) or 0) > claim.next_offset
        }
        if not moved:
            return
        async with self._pool.acquire() as connection, connection.transaction():
            strikes = await self._offsets.lock(connection, moved)
            progress = {tp: Progress(position, strikes[tp]) for tp, position in moved.items()}
            await self._offsets.store(connection, progress)
        self._offsets.advance(progress)

    async def _settle(self, records: Sequence[Record]) -> None:
        """One transaction; on a failure that does not pass, halves, down to the record that fails."""
        try:
            await self._until_decided(records)
        except (CannotWork, NotOwner, TooManyDeadLetters, *OUTAGES):
            raise
        except Exception as fault:
            if len(records) > 1:
                middle = len(records) // 2
                await self._settle(records[:middle])
                await self._settle(records[middle:])
            elif isinstance(fault, CONFLICTS):
                raise  # somebody holds a lock for long: no fault of the record
            else:
                await self._give_up(records[0], fault)

    async def _until_decided(self, records: Sequence[Record]) -> None:
        """Repeat the transaction on conflicts, ten times at most."""
        for tries in range(1, CONFLICT_TRIES + 1):
            try:
                await self._transact(records, None)
            except CONFLICTS:
                if tries == CONFLICT_TRIES:
                    raise
                await asyncio.sleep(random.uniform(0.002, 0.02) * tries)  # noqa: S311 - spreads retries, guards nothing
            else:
                return

    async def _give_up(self, record: Record, fault: Exception) -> None:
        verdict = fault if isinstance(fault, Rejected) else None
        if verdict is None:
            self._log.error(
                "record_parked",
                topic=record.topic,
                partition=record.partition,
                offset=record.offset,
                error=type(fault).__name__,
            )
        await self._transact([record], verdict or type(fault).__name__)

    async def _transact(self, records: Sequence[Record], verdict: Rejected | str | None) -> None:
        """Handle the records in one transaction, or write down the verdict on them."""
        committed: Committed | None = None
        self._stages.begin()
        async with self._pool.acquire() as connection, connection.transaction():
            strikes = await self._offsets.lock(connection, {TopicPartition(r.topic, r.partition) for r in records})
            self._stages.lap("lock")
            news = [
                r
                for r in records
                if r.offset >= (self._offsets.claims[TopicPartition(r.topic, r.partition)].next_offset or 0)
            ]
            good, bad = sorted_out(self._spec, news) if verdict is None else ([], [])
            self._stages.lap("decode")
            if isinstance(verdict, Rejected):
                bad = [(record, verdict) for record in news]
            elif isinstance(verdict, str):
                await dead_letters.park(connection, self._spec.consumer, news, verdict)
            if good:
                committed = await hand_over(connection, self._scope, self._spec, good)
                self._stages.lap("handle")
            letters = [dead_letters.dead_letter(r, why.code, why.detail, consumer=self._scope) for r, why in bad]
            await outbox.append(connection, self._schema, letters, lane=self._spec.lane)
            failed = news if verdict is not None else [record for record, _ in bad]
            progress = self._progress(records, strikes, failed)
            await self._offsets.store(connection, progress)
            self._stages.lap("write")
            await self._reach(Point.BATCH_HANDLED)
        self._stages.lap("commit")
        await self._reach(Point.BATCH_COMMITTED)
        self._offsets.advance(progress)
        if committed is not None:
            committed()
        for record, why in bad:
            metrics.DEAD_LETTERS.labels(record.topic, why.code).inc()

    def _progress(
        self, records: Sequence[Record], strikes: dict[TopicPartition, int], failed: Sequence[Record]
    ) -> dict[TopicPartition, Progress]:
        """The positions after these records; stops, or pauses a partition, at its limit of failures.

        Behind the last record the consumer's position is stored: it passes the broker's markers as well, so an idle log
        that retention empties does not leave a position before its beginning.
        """
        seen = Counter(TopicPartition(r.topic, r.partition) for r in records)
        failures = Counter(TopicPartition(r.topic, r.partition) for r in failed)
        reached = {TopicPartition(r.topic, r.partition): r.offset for r in records}
        progress: dict[TopicPartition, Progress] = {}
        for tp, offset in reached.items():
            count = max(0, strikes[tp] - (seen[tp] - failures[tp])) + STRIKE * failures[tp]
            if failures[tp] and count > STRIKE * self._spec.strikes:
                self._stop_at_limit(tp)
            last, position = self._ends.get(tp, (-1, 0))
            progress[tp] = Progress(max(offset + 1, position if offset == last else 0), count)
        return progress

    def _stop_at_limit(self, tp: TopicPartition) -> None:
        message = f"{tp.topic}/{tp.partition}: more than {self._spec.strikes} dead letters; see docs/runbook.md"
        self._log.error("dead_letter_limit", topic=tp.topic, partition=tp.partition, limit=self._spec.strikes)
        self._stops.reach_limit(tp)
        if self._spec.at_limit == "pause":
            self._stops.held.add(tp)
            raise NotOwner(message)
        raise TooManyDeadLetters(message)
