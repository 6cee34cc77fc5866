"""Background topics wait while live ones lag."""

from collections.abc import Set as AbstractSet

from chassis.kafka.model import TopicPartition
from chassis.kafka.ports import Consumer
from chassis.stream.model import StreamSpec


class Background:
    """Holds a consumer's background topics back."""

    def __init__(self, spec: StreamSpec) -> None:
        """`spec` says which topics those are, and how much lag is too much."""
        self._spec = spec
        self._held = False

    def hold(self, consumer: Consumer, stopped: AbstractSet[TopicPartition]) -> None:
        """Pause them, or resume what was paused here. Partitions in `stopped` neither count nor change."""
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
