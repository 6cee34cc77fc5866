"""The audit's worker, timers and storms on PostgreSQL, with the broker's twin and a clock that is set by hand."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from chassis.kafka.model import Outgoing, TopicSpec
from chassis.kafka.twin import TwinBroker
from chassis.outbox import decode_headers
from chassis.postgres.pool import Pool
from chassis.stream.worker import StreamWorker
from healthcode.envelope import decode, encode
from healthcode.events import Event, FindingConcluded
from services.audit.handlers.review import Judge
from services.audit.handlers.storm import advance_storms
from services.audit.handlers.timer import fire_timers
from services.audit.store.review import PostgresReviewStore
from services.audit.store.schedule import PostgresScheduleStore
from services.audit.stream.review import BACKGROUND, TOPICS, review_spec
from tests.twins.audit_behaviour import NOW
from tests.twins.audit_judge import ids

REGION = "330000"
SECONDS = 30


class HandClock:
    """Stands until it is set."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


class World:
    """The worker, and a relay that carries the outbox to the broker without Kafka."""

    def __init__(self, pool: Pool, judge: Judge) -> None:
        """`judge` is the worker's own, as long as it lives."""
        self.judge = judge
        self.pool = pool
        self.clock = HandClock()
        self.broker = TwinBroker()
        self.findings: list[FindingConcluded] = []

    async def start(self) -> None:
        names = [f"hc.{REGION}.{name}{dlq}" for name in (*TOPICS, *BACKGROUND) for dlq in ("", ".dlq")]
        await self.broker.create_topics([TopicSpec(name, 2) for name in names])
        spec = review_spec(REGION, self.judge, self.clock, partial(PostgresReviewStore, region=REGION))
        self.worker = StreamWorker(spec, broker=self.broker, pool=self.pool, schema="audit", group="review")

    async def send(self, *events: Event) -> None:
        wires = [encode(event, owner=REGION, service="declaration", time=NOW) for event in events]
        await self._produce([Outgoing(wire.topic, wire.key, wire.value, wire.headers) for wire in wires])

    async def settle(self) -> Sequence[FindingConcluded]:
        """Run the worker until it has taken all there is; gives the findings since the last time."""
        before = len(self.findings)
        stop = asyncio.Event()
        running = asyncio.create_task(self.worker.run(stop))
        async with asyncio.timeout(SECONDS):
            while await self._behind() or await self._carry():
                await asyncio.sleep(0.01)
        stop.set()
        await running
        return self.findings[before:]

    async def storm(self) -> None:
        """Let the open storms go as far as they can."""
        more = True
        while more:
            async with self.pool.acquire() as connection, connection.transaction():
                store = PostgresScheduleStore(connection, REGION)
                more = await advance_storms(store, self.clock.now(), 2, ids)

    async def fire(self) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await fire_timers(PostgresScheduleStore(connection, REGION), self.clock.now(), 100, ids)

    async def _behind(self) -> bool:
        rows = await self.pool.fetch("SELECT topic, partition, next_offset FROM stream_offset")
        stored = {(row["topic"], row["partition"]): row["next_offset"] or 0 for row in rows}
        reader = await self.broker.reader([f"hc.{REGION}.{name}" for name in (*TOPICS, *BACKGROUND)])
        batch = await reader.getmany(100_000, 0)
        await reader.stop()
        return any(stored.get(tp, 0) <= records[-1].offset for tp, records in batch.items() if records)

    async def _carry(self) -> bool:
        rows = await self.pool.fetch("WITH gone AS (DELETE FROM outbox RETURNING *) SELECT * FROM gone ORDER BY id")
        wires = [Outgoing(row["topic"], row["key"], row["value"], decode_headers(row["headers"])) for row in rows]
        events = [decode(wire.headers, wire.value, wire.key) for wire in wires]
        self.findings += [event for event in events if isinstance(event, FindingConcluded)]
        read = [w for w, e in zip(wires, events, strict=True) if w.topic.endswith((*TOPICS, *BACKGROUND)) and e]
        await self._produce(read)
        return bool(read)

    async def _produce(self, records: Sequence[Outgoing]) -> None:
        producer = await self.broker.producer()
        await producer.send_all(records)
        await producer.stop()
