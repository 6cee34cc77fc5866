"""Follows the topics by itself, as an integrator would: reads what is committed, in no group, and keeps a tally."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from chassis.kafka.model import Record, TopicPartition
from chassis.kafka.real import KafkaBroker
from chassis.kafka.topics import DEAD_LETTERS, Topics
from demo.clock import DemoClock
from demo.settings import REGIONS, DemoError
from demo.tally import Outcome, Tally
from healthcode.envelope import EnvelopeError, decode, topic_name
from healthcode.events import CodeChanged, DeclarationAccepted, GuestChanged

POLL_RECORDS: Final = 2000
POLL_SECONDS: Final = 0.05
POINT_SECONDS: Final = 1.0
TELL_SECONDS: Final = 0.25
OUTCOME_SECONDS: Final = 60.0
DECODED: Final = (CodeChanged.topic, DeclarationAccepted.topic, GuestChanged.topic)

Snapshot = dict[str, Any]


class Follower:
    """Reads all topics of all regions. What it knows at any moment is `snapshot()`; `changes()` tells what is new."""

    def __init__(self, broker: KafkaBroker, topics: Topics, clock: DemoClock, tally: Tally) -> None:
        self._broker = broker
        self._clock = clock
        self.tally = tally
        self.last: dict[TopicPartition, int] = {}
        """The offset of the last record of each partition that has one; the broker's own markers do not count."""
        self.phase = "starting"
        self.ways: Mapping[str, str] = {}
        """How each region recognises others."""
        self._names = [spec.name for region in REGIONS for spec in topics.for_region(region)]
        self._names += [spec.name for spec in topics.for_nation(REGIONS)]
        self._decoded = {topic_name(region, name): region for region in REGIONS for name in DECODED}
        self._turn = asyncio.Condition()
        self._at_end: Callable[[], Awaitable[bool]] | None = None
        self._ended = False

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until `stop`. The topics exist."""
        reader = await self._broker.reader(self._names, start="beginning")
        # A reader that asks for ends waits behind its own fetch, half a second; one that reads nothing does not.
        asking = await self._broker.reader([])
        tps = [TopicPartition(name, n) for name in self._names for n in range(await self._broker.partitions(name))]

        async def at_end() -> bool:
            return reader.reached(await asking.end_offsets(tps))

        self._at_end = at_end
        pointed = 0.0
        try:
            while not stop.is_set():
                batch = await reader.getmany(POLL_RECORDS, POLL_SECONDS)
                for tp, records in batch.items():
                    self._take(tp, records)
                if time.monotonic() - pointed > POINT_SECONDS:
                    pointed = time.monotonic()
                    self.tally.point(self._clock.now())
                async with self._turn:
                    self._turn.notify_all()
        finally:
            self._ended, self._at_end = True, None
            await asking.stop()
            await reader.stop()

    def _take(self, tp: TopicPartition, records: Sequence[Record]) -> None:
        region = self._decoded.get(tp.topic)
        for record in records:
            self.tally.count(tp.topic)
            if region is not None:
                try:
                    event = decode(record.headers, record.value, record.key)
                except EnvelopeError:
                    continue  # of a version that this reader does not know
                self.tally.apply(region, event, time.perf_counter())
        self.last[tp] = records[-1].offset

    async def at_end(self) -> bool:
        """Whether all was read that is committed now."""
        return self._at_end is not None and await self._at_end()

    async def outcome(self, cause: str) -> Outcome:
        """What became of something accepted under this id. Raises DemoError when nothing comes within a minute."""
        outcome = self.tally.delays.outcome
        await self.until(lambda: outcome(cause) is not None, f"a code event that names {cause}")
        found = outcome(cause)
        if found is None:
            raise DemoError(f"so much came at once that the outcome of {cause} is forgotten")
        return found

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until something that the tally shows holds. Raises DemoError when it does not within a minute."""
        try:
            async with asyncio.timeout(OUTCOME_SECONDS), self._turn:
                await self._turn.wait_for(holds)
        except TimeoutError:
            raise DemoError(f"After {OUTCOME_SECONDS:.0f} s there is still not on the topics: {what}.") from None

    def dead_letters(self) -> Mapping[str, int]:
        """How many records each topic of dead letters holds; empty when all is well."""
        return {topic: count for topic, count in self.tally.topics.items() if topic.endswith(DEAD_LETTERS) and count}

    def snapshot(self) -> Snapshot:
        """All that is known now, as plain data for JSON: `live()`, and `series`, oldest first.

        `series` is a list of `{"at", "colors": {region: {color: n}}}`, at most 480.
        """
        return {**self.live(), "series": list(self.tally.series)}

    def live(self) -> Snapshot:
        """What changes all the time.

        `phase`: text; `sim`: the simulated time; `regions`: by code, `{"declared", "colors", "guests", "abroad",
        "recolored"}`; `crossings`: guests by home, `{"origin", "region", "colors"}`; `ways`: how each region recognises
        others; `topics`: events by topic; `latency`: `{"p50_ms", "p99_ms", "samples"}`; `changes` and
        `guest_changes`: the latest 60, oldest first, each with an ascending number `n`. A change is `{"n", "at",
        "region", "subject", "previous", "color", "act", "until", "cause", "reasons": [{"key", "zh", "en"}]}`; a guest's
        `{"n", "at", "region", "origin", "handle", "previous", "color", "status", "rule", "ended"}`.
        """
        tally = self.tally
        return {
            "phase": self.phase,
            "sim": self._clock.now().isoformat(),
            "regions": tally.regions(),
            "crossings": tally.crossings(),
            "ways": self.ways,
            "topics": dict(tally.topics),
            "latency": tally.delays.quantiles(),
            "changes": list(tally.changes),
            "guest_changes": list(tally.guest_changes),
        }

    async def changes(self) -> AsyncIterator[Snapshot]:
        """For an event stream: four times a second at most `live()`, whose lists hold only what is new, and `point`.

        `point` is the latest of `series`. Ends with the following; whoever listens too slowly misses changes older than
        the 60.
        """
        told = -1
        while not self._ended:
            live = self.live()
            for name in ("changes", "guest_changes"):
                live[name] = [change for change in live[name] if change["n"] > told]
            told = self.tally.seen - 1
            yield {**live, "point": self.tally.series[-1] if self.tally.series else None}
            await asyncio.sleep(TELL_SECONDS)
