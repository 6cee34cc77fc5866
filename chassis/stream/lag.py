"""How far a worker is, told to Kafka and to the metrics: for people and their tools, nothing of ours reads it."""

import time
from collections.abc import Mapping
from typing import Final

from chassis import metrics
from chassis.kafka.model import TopicPartition
from chassis.kafka.ports import Consumer
from chassis.stream.offsets import Claim

KAFKA_COMMIT_SECONDS: Final = 1.0


class Lag:
    """Tells of it once a second."""

    def __init__(self) -> None:
        self._told_at = 0.0

    async def tell(self, consumer: Consumer, claims: Mapping[TopicPartition, Claim]) -> None:
        """Offsets to Kafka, and how many records are left."""
        if time.monotonic() - self._told_at < KAFKA_COMMIT_SECONDS:
            return
        self._told_at = time.monotonic()
        mine = consumer.assignment()
        await consumer.commit({tp: n for tp in mine if tp in claims and (n := claims[tp].next_offset) is not None})
        for tp in mine:
            metrics.CONSUMER_LAG.labels(tp.topic, str(tp.partition)).set(consumer.lag(tp) or 0)
