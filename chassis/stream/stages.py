"""The time of each stage of a batch."""

import time
from typing import Final

from chassis import metrics

STAGES: Final = ("read", "lock", "decode", "handle", "write", "commit", "all")


class Stages:
    """A stopwatch with laps; a transaction that is tried again adds the time of each try."""

    def __init__(self, consumer: str) -> None:
        """`consumer`: its name in the metrics."""
        self._observed = {stage: metrics.BATCH_SECONDS.labels(consumer, stage) for stage in STAGES}
        self._records = metrics.BATCH_RECORDS.labels(consumer)
        self._at = 0.0

    def begin(self) -> float:
        """Start the watch; gives its time."""
        self._at = time.perf_counter()
        return self._at

    def lap(self, stage: str) -> None:
        """The stage is over, the next one begins."""
        now = time.perf_counter()
        self._observed[stage].observe(now - self._at)
        self._at = now

    def whole(self, began: float, records: int) -> None:
        """The batch of so many records that began at this time of the watch is over."""
        self._observed["all"].observe(time.perf_counter() - began)
        self._records.observe(records)
