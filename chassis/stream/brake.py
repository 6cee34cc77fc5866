"""A worker whose outbox is not published fast enough reads nothing more until it is."""

import asyncio
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import Final

import structlog

from chassis import metrics
from chassis.backlog import WORKERS, Limit, Look
from chassis.kafka.model import TopicPartition
from chassis.kafka.ports import Consumer

LOOK_SECONDS: Final = 1.0
RELEASED_AT: Final = 0.5

log = structlog.get_logger()


def loop_time() -> float:
    """Seconds of the running loop's own clock."""
    return asyncio.get_running_loop().time()


class Brake:
    """Holds all of a consumer's partitions while its service's outbox is behind."""

    def __init__(
        self, look: Look, consumer: str, limit: Limit = WORKERS, *, monotonic: Callable[[], float] = loop_time
    ) -> None:
        """`look` looks at the outbox; `consumer`: its name in the metric."""
        self._look = look
        self._name = consumer
        self._limit = limit
        self._monotonic = monotonic
        self._looked = float("-inf")
        self.is_on = False

    async def hold(self, consumer: Consumer, stopped: AbstractSet[TopicPartition]) -> bool:
        """Pause all, or resume what was paused here; tells whether they are held. Those in `stopped` stay so."""
        if self._monotonic() - self._looked >= LOOK_SECONDS:
            was_on = self.is_on
            await self._decide()
            if was_on and not self.is_on:
                consumer.resume(consumer.assignment() - stopped)
        if self.is_on:
            consumer.pause(consumer.assignment())  # each time: a rebalance forgets it
        return self.is_on

    async def _decide(self) -> None:
        limit = self._limit.part(RELEASED_AT) if self.is_on else self._limit
        seen = await self._look(self._limit.rows)
        self._looked = self._monotonic()
        behind = limit.exceeded(seen)
        if behind != self.is_on:
            log.warning("worker_held_back" if behind else "worker_goes_on", consumer=self._name, rows=seen.rows)
        self.is_on = behind
        metrics.HELD_BACK.labels(self._name).set(behind)
