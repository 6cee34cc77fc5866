"""Consumers over aiokafka.

What aiokafka does and this works around: it swallows the exceptions of a rebalance listener, hands out records before
the listener has finished, begins to look up positions of its own before the listener is called, and waits for a
rebalance longer than a poll may. So the listener only takes note: it pauses what was assigned at a made-up position,
before any fetch can begin. `getmany` claims the positions, seeks there and resumes; nothing else ever does.
"""

import asyncio
import contextlib
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka import TopicPartition as KafkaPartition
from aiokafka.errors import ConsumerStoppedError, KafkaError, OffsetOutOfRangeError

from chassis.kafka.model import BrokerError, OffsetOutOfRange, Record, TopicPartition
from chassis.kafka.ports import Batch, Positions
from chassis.kafka.positions import starting_offsets

COMMIT_SECONDS: Final = 5.0
STOP_SECONDS: Final = 10.0
POLL_GRACE_SECONDS: Final = 0.1

log = structlog.get_logger()


class Fetching:
    """What group members and readers share: polling in time, offsets, positions."""

    def __init__(self, inner: AIOKafkaConsumer) -> None:
        """`inner` is started by the subclass."""
        self._inner = inner
        self._waiting: asyncio.Timeout | None = None

    async def poll(self, max_records: int, deadline: float, of: Collection[TopicPartition] = ()) -> Batch:
        """Records, or nothing at `deadline` (the loop's time), or earlier when `interrupt` is called.

        `of`: of these partitions alone; of all without.
        """
        partitions = [KafkaPartition(*tp) for tp in of]
        left = max(0.0, deadline - asyncio.get_running_loop().time())
        try:
            async with asyncio.timeout(left + POLL_GRACE_SECONDS) as self._waiting:
                found = await self._inner.getmany(*partitions, timeout_ms=int(left * 1000), max_records=max_records)
        except TimeoutError:
            self._mend()
            return {}
        except OffsetOutOfRangeError as error:
            self._mend()
            raise await self._out_of_range(error) from error
        except (KafkaError, ConsumerStoppedError) as error:
            self._mend()
            raise BrokerError(f"reading failed: {error!r}") from error
        finally:
            self._waiting = None
        return {
            TopicPartition(*tp): [
                Record(r.topic, r.partition, r.offset, r.key, r.value, r.headers, r.timestamp) for r in records
            ]
            for tp, records in found.items()
        }

    def interrupt(self) -> None:
        """End the poll under way, if there is one: the assignment has changed."""
        if self._waiting is not None and not self._waiting.expired():
            self._waiting.reschedule(asyncio.get_running_loop().time())

    def _mend(self) -> None:
        # aiokafka counts polls under way, and an exception leaves one too many: a worker that hangs would keep its
        # partitions for ever
        self._inner._subscription._fetch_count = 0  # noqa: SLF001 - no public way

    async def _out_of_range(self, error: OffsetOutOfRangeError) -> BrokerError:
        tp, offset = next(iter(error.args[0].items()))
        tp = TopicPartition(*tp)
        begins, ends = await self.beginning_offsets([tp]), await self.end_offsets([tp])
        return OffsetOutOfRange(tp, stored=offset, begin=begins[tp], end=ends[tp])

    async def beginning_offsets(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """See ports.Consumer."""
        return await self._offsets(self._inner.beginning_offsets, tps)

    async def end_offsets(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """See ports.Consumer."""
        return await self._offsets(self._inner.end_offsets, tps)

    async def _offsets(self, ask: Any, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        try:
            found = await ask([KafkaPartition(*tp) for tp in tps])
        except KafkaError as error:
            raise BrokerError(f"asking for offsets failed: {error!r}") from error
        return {TopicPartition(*tp): offset for tp, offset in found.items()}

    def state(self, tp: TopicPartition) -> Any:
        """What aiokafka knows of an assigned partition, or None. `await position()` would wait, this does not."""
        subscription = self._inner._subscription.subscription  # noqa: SLF001 - no public way that does not wait
        assignment = subscription and subscription.assignment
        return assignment.state_value(KafkaPartition(*tp)) if assignment else None

    async def stop(self) -> None:
        """See ports.Consumer."""
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await self._inner.stop()
        except (TimeoutError, KafkaError) as error:
            log.warning("consumer_stop_failed", error=repr(error))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # aiokafka's own: it cancels a fetch that waits before another try, and waits for it (Fetcher.close)
            with contextlib.suppress(TimeoutError, KafkaError):
                async with asyncio.timeout(STOP_SECONDS):
                    await self._inner._client.close()  # noqa: SLF001 - what it did not come to


class KafkaConsumer(Fetching, ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka is untyped
    """A member of a group."""

    def __init__(self, inner: AIOKafkaConsumer, topics: Iterable[str], positions: Positions) -> None:
        """`inner` has no topics yet."""
        super().__init__(inner)
        self._topics = sorted(topics)
        self._positions = positions
        self._generation = 0
        self._joined = False
        self._given: frozenset[TopicPartition] | None = None
        self._claimed: frozenset[TopicPartition] = frozenset()

    async def start(self) -> None:
        """Join the group; the assignment comes later."""
        await self._inner.start()
        self._inner.subscribe(self._topics, listener=self)

    def on_partitions_revoked(self, revoked: Iterable[KafkaPartition]) -> None:  # noqa: ARG002 - all are, always
        """Called by aiokafka when a rebalance begins."""
        self._generation += 1
        self._joined = False
        self._given = None
        self._claimed = frozenset()

    def on_partitions_assigned(self, assigned: Iterable[KafkaPartition]) -> None:
        """Called by aiokafka when a rebalance has ended. No `await` here, or a fetch could begin."""
        self._generation += 1
        self._joined = False
        self._claimed = frozenset()
        self._given = frozenset(TopicPartition(*tp) for tp in assigned)
        for tp in assigned:
            self._inner.seek(tp, 0)
            self._inner.pause(tp)
        self.interrupt()

    async def getmany(
        self,
        max_records: int,
        timeout: float,  # noqa: ASYNC109 - see ports
        topics: Collection[str] | None = None,
    ) -> Batch:
        """See ports.Consumer."""
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            await self._claim()
            of = [tp for tp in self._claimed if topics is not None and tp.topic in topics]
            if topics is not None and not of:
                return {}
            batch = await self.poll(max_records, deadline, of)
            if batch or asyncio.get_running_loop().time() >= deadline:
                return batch

    async def _claim(self) -> None:
        while (given := self._given) is not None:
            generation = self._generation
            stored = await self._positions.claim(given) if given else {}
            begins, ends = await self.beginning_offsets(given), await self.end_offsets(given)
            if generation != self._generation:
                continue
            for tp, offset in starting_offsets(given, stored, begins=begins, ends=ends).items():
                self._inner.seek(KafkaPartition(*tp), offset)
                self._inner.resume(KafkaPartition(*tp))
            self._claimed, self._given, self._joined = given, None, True
            log.info("partitions_claimed", partitions=[f"{topic}[{p}]" for topic, p in sorted(given)])

    def assignment(self) -> frozenset[TopicPartition]:
        """See ports.Consumer."""
        return self._claimed

    def joined(self) -> bool:
        """See ports.Consumer."""
        return self._joined

    def position(self, tp: TopicPartition) -> int | None:
        """See ports.Consumer."""
        state = self.state(tp) if tp in self._claimed else None
        return state.position if state is not None else None

    def lag(self, tp: TopicPartition) -> int | None:
        """See ports.Consumer."""
        state = self.state(tp) if tp in self._claimed else None
        if state is None or state.highwater is None:
            return None
        return max(0, int(state.highwater) - int(state.position))

    def seek(self, tp: TopicPartition, offset: int) -> None:
        """See ports.Consumer."""
        if tp in self._claimed:
            self._inner.seek(KafkaPartition(*tp), offset)

    def pause(self, tps: Iterable[TopicPartition]) -> None:
        """See ports.Consumer."""
        self._inner.pause(*(KafkaPartition(*tp) for tp in self._claimed.intersection(tps)))

    def resume(self, tps: Iterable[TopicPartition]) -> None:
        """See ports.Consumer."""
        self._inner.resume(*(KafkaPartition(*tp) for tp in self._claimed.intersection(tps)))

    def paused(self) -> frozenset[TopicPartition]:
        """See ports.Consumer."""
        return self._claimed & frozenset(TopicPartition(*tp) for tp in self._inner.paused())

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """See ports.Consumer."""
        mine = {KafkaPartition(*tp): offset for tp, offset in offsets.items() if tp in self._claimed}
        if not mine:
            return
        try:
            async with asyncio.timeout(COMMIT_SECONDS):  # aiokafka would try for as long as it takes
                await self._inner.commit(mine)
        except (KafkaError, TimeoutError) as error:
            log.warning("offset_commit_failed", error=repr(error))

    async def rejoin(self) -> None:
        """See ports.Consumer. Leaving would race with the join that follows; subscribing anew joins again as it is."""
        self.on_partitions_revoked(())
        self._inner.subscribe(self._topics, listener=self)


class KafkaReader(Fetching):
    """Reads all partitions of some topics, in no group."""

    def __init__(self, inner: AIOKafkaConsumer) -> None:
        """`inner` is started; `move` says what to read."""
        super().__init__(inner)
        self._tps: tuple[TopicPartition, ...] = ()

    def move(self, starts: Mapping[TopicPartition, int]) -> None:
        """Read these partitions, from there. No `await` here, or aiokafka would look for positions of its own."""
        self._tps = tuple(starts)
        self._inner.assign([KafkaPartition(*tp) for tp in starts])
        for tp, offset in starts.items():
            self._inner.seek(KafkaPartition(*tp), offset)

    async def getmany(self, max_records: int, timeout: float) -> Batch:  # noqa: ASYNC109 - see ports
        """See ports.Reader."""
        return await self.poll(max_records, asyncio.get_running_loop().time() + timeout)

    async def at_end(self) -> bool:
        """See ports.Reader."""
        return self.reached(await self.end_offsets(self._tps))

    def reached(self, ends: Mapping[TopicPartition, int]) -> bool:
        """Whether reading has come to these offsets."""
        return all(self.state(tp).position >= end for tp, end in ends.items())
