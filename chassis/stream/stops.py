"""Partitions that a worker holds where they are: known in the database, so that an operator sees and resumes them."""

import time
from collections.abc import Collection
from typing import Final, Literal

import structlog

from chassis.kafka.model import Record, TopicPartition
from chassis.kafka.ports import Batch, Consumer
from chassis.postgres.pool import Pool
from chassis.stream.model import NotOwner, TooManyDeadLetters
from chassis.stream.offsets import Offsets

LOOK_SECONDS: Final = 1.0

Why = Literal["limit", "outside-log", "unreadable"]

MARK: Final = """
UPDATE stream_offset o SET stopped_for = $4, stopped_at = clock_timestamp()
FROM unnest($2::text[], $3::int[]) AS t (topic, partition)
WHERE o.consumer = $1 AND o.topic = t.topic AND o.partition = t.partition
"""

MARKED: Final = "SELECT topic, partition FROM stream_offset WHERE consumer = $1 AND stopped_at IS NOT NULL"


log = structlog.get_logger()


class Stops:
    """The held partitions of one consumer."""

    def __init__(self, pool: Pool, consumer: str) -> None:
        """`consumer`: as in Offsets."""
        self._pool = pool
        self._consumer = consumer
        self._looked = 0.0
        self._reached: set[TopicPartition] = set()
        self.held: set[TopicPartition] = set()

    def reach_limit(self, tp: TopicPartition) -> None:
        """Note a partition in the midst of a transaction; `mark_reached` tells the database after it."""
        self._reached.add(tp)

    async def mark_reached(self, why: NotOwner | TooManyDeadLetters) -> None:
        """Mark what has come to its limit. Raises `why` when the worker is to end with it."""
        reached, self._reached = self._reached, set()
        if reached:
            await self.mark(reached, "limit")
        if isinstance(why, TooManyDeadLetters):
            raise why

    async def mark(self, tps: Collection[TopicPartition], why: Why) -> None:
        """Tell the database that these stand still. The next batch that is stored takes the mark away again."""
        await self._pool.execute(MARK, self._consumer, [tp.topic for tp in tps], [tp.partition for tp in tps], why)

    def without_held(self, consumer: Consumer, batch: Batch) -> list[Record]:
        """The records to work on. A held partition stays where it is, so that its lag is seen."""
        for tp in self.held.intersection(batch):
            consumer.pause([tp])
            consumer.seek(tp, batch[tp][0].offset)
        return [record for tp in batch if tp not in self.held for record in batch[tp]]

    async def resumed(self, offsets: Offsets) -> bool:
        """Whether an operator resumed some since the last look; they are held no more. Looks once a second."""
        if not self.held or time.monotonic() - self._looked < LOOK_SECONDS:
            return False
        self._looked = time.monotonic()
        rows = await self._pool.fetch(MARKED, self._consumer)
        resumed = self.held - {TopicPartition(row["topic"], row["partition"]) for row in rows}
        self.held -= resumed
        offsets.lost -= resumed
        if resumed:
            log.info("partitions_resumed", consumer=self._consumer, partitions=sorted(resumed))
        return bool(resumed)
