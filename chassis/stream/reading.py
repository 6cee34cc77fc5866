"""What a worker reads next: what somebody waits for before what nobody does, and of that a little at a time."""

import asyncio
from collections.abc import Set as AbstractSet
from typing import Final

from chassis.kafka.model import TopicPartition
from chassis.kafka.ports import Batch, Consumer
from chassis.stream.model import StreamSpec

WAIT_SECONDS: Final = 0.2
LITTLE: Final = 250
"""Records of a less urgent topic in one batch, while more urgent ones come: about ten milliseconds of work."""
QUIET_SECONDS: Final = 1.0
"""So long after the last urgent record whole batches of the others are read again."""


class Reading:
    """Reads a consumer's topics in the order of their urgency: as the spec names them, the background last."""

    def __init__(self, spec: StreamSpec) -> None:
        self._spec = spec
        self._held = False
        self._most = spec.max_records
        self._tiers = [[topic] for topic in spec.topics] + ([list(spec.background)] if spec.background else [])
        self._urgent_at = float("-inf")

    def hold(self, consumer: Consumer, stopped: AbstractSet[TopicPartition]) -> None:
        """Pause the background while the others lag much, or resume it; those in `stopped` neither count nor change."""
        if not self._spec.background:
            return
        mine = consumer.assignment() - stopped
        lag = sum(consumer.lag(tp) or 0 for tp in mine if tp.topic in self._spec.topics)
        background = [tp for tp in mine if tp.topic in self._spec.background]
        if lag > self._spec.live_lag:
            consumer.pause(background)
        elif self._held:
            consumer.resume(background)
        self._held = lag > self._spec.live_lag

    async def read(self, consumer: Consumer) -> Batch:
        """The next records; waits for a moment where there are none. Raises what `getmany` raises."""
        if len(self._tiers) == 1:
            return await consumer.getmany(self._most, WAIT_SECONDS)
        batch = await self._urgent_first(consumer)
        return batch or await consumer.getmany(self._share(), WAIT_SECONDS)

    async def _urgent_first(self, consumer: Consumer) -> Batch:
        batch: Batch = {}
        left = self._most
        for number, tier in enumerate(self._tiers):
            most = left if number == 0 else min(left, self._share())
            if most == 0:
                break
            found = await consumer.getmany(most, 0, tier)
            left -= sum(map(len, found.values()))
            batch |= found
            if found and number < len(self._tiers) - 1:
                self._urgent_at = _now()
        return batch

    def _share(self) -> int:
        """How much of a less urgent topic may be taken at once."""
        return self._most if _now() - self._urgent_at > QUIET_SECONDS else min(LITTLE, self._most)


def _now() -> float:
    return asyncio.get_running_loop().time()
