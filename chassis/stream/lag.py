"""How far a worker is behind, per partition: in records, and in seconds; told to Kafka and to the metrics.

Seconds are counted from the time at which the oldest record that is not worked on was published, so they go on growing
while the worker stands still, and a simulated clock does not matter. Where that record has not been read yet, the time
at which it was first known to be there has to do.
"""

import asyncio
import contextlib
import time
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Final

from chassis import metrics
from chassis.kafka.model import BrokerError, Record, TopicPartition
from chassis.kafka.ports import Batch, Consumer
from chassis.postgres.pool import Pool
from chassis.stream import dead_letters
from chassis.stream.offsets import Claim

TELL_SECONDS: Final = 1.0


class Lag:
    """The lag of one worker."""

    def __init__(self, name: str, pool: Pool, consumer: str) -> None:
        """`name`: the worker's in the metrics; `consumer`: its name in the schema of `pool`."""
        self._name = name
        self._pool = pool
        self._consumer = consumer
        self._told_at = 0.0
        self._waiting_since: dict[TopicPartition, float] = {}
        self._shown: set[TopicPartition] = set()

    def seconds(self, tp: TopicPartition) -> float:
        """The age of the oldest record that is not worked on; 0 when there is none."""
        since = self._waiting_since.get(tp)
        return 0.0 if since is None else max(0.0, time.time() - since)

    def read(self, batch: Batch) -> None:
        """These records are in hand."""
        for tp, records in batch.items():
            if records:
                self._waiting_since[tp] = _published(records[0])

    def settled(self, consumer: Consumer, batch: Batch, held: Collection[TopicPartition]) -> None:
        """They are done, but for those of the partitions held at their limit."""
        for tp, records in batch.items():
            if records and tp not in held:
                self._left(tp, consumer.lag(tp) or 0, records)

    def _left(self, tp: TopicPartition, behind: int, records: Sequence[Record] = ()) -> None:
        if not behind:
            self._waiting_since.pop(tp, None)
        elif records:
            self._waiting_since[tp] = _published(records[-1])  # what is left was published after these
        else:
            self._waiting_since.setdefault(tp, time.time())

    async def tell(
        self, consumer: Consumer, claims: Mapping[TopicPartition, Claim], held: AbstractSet[TopicPartition]
    ) -> None:
        """Once a second: metrics; and offsets to Kafka for people's tools, which nothing of ours reads."""
        now = asyncio.get_running_loop().time()
        if now - self._told_at < TELL_SECONDS:
            return
        self._told_at = now
        mine = consumer.assignment()
        await consumer.commit({tp: n for tp in mine if tp in claims and (n := claims[tp].next_offset) is not None})
        await self.show(consumer, held)
        parked = await dead_letters.count_parked(self._pool, self._consumer)
        metrics.PARKED_SUBJECTS.labels(self._name).set(parked)

    async def show(self, consumer: Consumer, held: AbstractSet[TopicPartition]) -> None:
        """Bring the metrics of lag up to date; partitions that went to others are no longer shown here."""
        mine = consumer.assignment()
        for tp in self._shown - mine:
            for gauge in (metrics.CONSUMER_LAG, metrics.CONSUMER_LAG_SECONDS):
                gauge.remove(self._name, tp.topic, str(tp.partition))
            self._waiting_since.pop(tp, None)
        behind = {tp: consumer.lag(tp) or 0 for tp in mine} | await _behind_paused(consumer)
        for tp, records in behind.items():
            if tp not in held:
                self._left(tp, records)
            labels = (self._name, tp.topic, str(tp.partition))
            metrics.CONSUMER_LAG.labels(*labels).set(records)
            metrics.CONSUMER_LAG_SECONDS.labels(*labels).set_function(partial(self.seconds, tp))
        self._shown = set(mine)
        metrics.CONSUMER_PARTITIONS.labels(self._name).set(len(mine))
        metrics.CONSUMER_HELD.labels(self._name).set(len(held & mine))


async def _behind_paused(consumer: Consumer) -> dict[TopicPartition, int]:
    """The lag of paused partitions, which nobody fetches and of whose end nothing is heard."""
    paused = consumer.paused()
    if not paused:
        return {}
    with contextlib.suppress(BrokerError):
        ends = await consumer.end_offsets(paused)
        return {tp: max(0, end - (consumer.position(tp) or 0)) for tp, end in ends.items()}
    return {}


def _published(record: Record) -> float:
    return record.timestamp / 1000 if record.timestamp > 0 else time.time()
