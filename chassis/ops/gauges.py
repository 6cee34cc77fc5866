"""What waits for an operator, as metrics; told by the process that serves the operators' routes."""

from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from typing import Final

from chassis import metrics
from chassis.ops import acts
from chassis.ops.desk import OpsDesk
from chassis.ops.letters import SCAN

SECONDS: Final = 10.0
MOST: Final = 100_000  # letters of a topic that are counted; that many are as bad as more

PARKED: Final = "SELECT consumer, count(DISTINCT key) AS keys FROM parked_record GROUP BY consumer"
STOPPED: Final = "SELECT consumer, stopped_for, count(*) AS partitions FROM stream_offset GROUP BY 1, 2"
DECIDED: Final = "SELECT count(*) FROM letter_decision WHERE topic = $1 AND letter_offset >= $2"
REASONS: Final = ("limit", "outside-log", "unreadable")


@dataclass
class _Seen:
    """The offsets of a topic's letters, read on from `following`."""

    following: int = 0
    offsets: deque[int] = field(default_factory=lambda: deque(maxlen=MOST))


class Gauges:
    """A step of a Loop: counts what is open, parked and held."""

    def __init__(self, desk: OpsDesk) -> None:
        self._desk = desk
        self._seen: dict[str, _Seen] = defaultdict(_Seen)

    async def __call__(self) -> bool:
        """Set every gauge of the service."""
        await self._parked()
        await self._stopped()
        for topic, spec in self._desk.box.specs.items():
            await self._open(topic, spec.consumer, self._seen[topic])
        return False

    async def _parked(self) -> None:
        found = {row["consumer"]: row["keys"] for row in await self._desk.pool.fetch(PARKED)}
        for consumer in self._desk.specs:
            metrics.PARKED_SUBJECTS.labels(f"{self._desk.service}.{consumer}").set(found.get(consumer, 0))

    async def _stopped(self) -> None:
        rows = await self._desk.pool.fetch(STOPPED)
        found = Counter({(row["consumer"], row["stopped_for"]): row["partitions"] for row in rows})
        for consumer in self._desk.specs:
            for why in REASONS:
                metrics.PARTITIONS_STOPPED.labels(f"{self._desk.service}.{consumer}", why).set(found[consumer, why])

    async def _open(self, topic: str, consumer: str, seen: _Seen) -> None:
        """Reads only what is new; forgets what the broker has, and with it the decisions."""
        begin, end = await self._desk.box.bounds(topic)
        if end < seen.following:
            seen.offsets.clear()
            seen.following = 0
        while seen.following < end:
            letters, following = await self._desk.box.read(topic, seen.following, SCAN)
            seen.offsets.extend(letter.offset for letter in letters)
            seen.following = max(following, seen.following + 1)
        while seen.offsets and seen.offsets[0] < begin:
            seen.offsets.popleft()
        await self._desk.pool.execute(acts.FORGET, topic, begin)
        decided = await self._desk.pool.fetchval(DECIDED, topic, begin)
        open_ = max(0, len(seen.offsets) - int(decided or 0))
        metrics.DEAD_LETTERS_OPEN.labels(topic, f"{self._desk.service}.{consumer}").set(open_)
