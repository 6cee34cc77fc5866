"""A broker in memory: deterministic, no wall clock but the one given, the same promises as Kafka's.

What it keeps: order per key, transactions with markers in the offsets, the last stable offset, fencing, groups. What it
leaves out: replication, retention (`trim` does it by hand), slow rebalances: a change of a group takes effect at once.
"""

import asyncio
from collections.abc import Iterable, Sequence
from itertools import count
from typing import Final, Protocol

from chassis.kafka.model import BrokerError, PartitionMismatch, Record, TopicPartition, TopicSpec, UnknownTopic
from chassis.kafka.ports import SESSION_TIMEOUT_MS, Batch, Positions, Start
from chassis.kafka.twin_group import Cursors, Group, TwinConsumer
from chassis.kafka.twin_log import Log, Transaction
from chassis.kafka.twin_producer import TwinProducer, TwinTransactionalProducer

LAST_RECORDS_SECONDS: Final = 40.0  # as the real edge


class Milliseconds(Protocol):
    """A clock for record timestamps."""

    def __call__(self) -> int:
        """Milliseconds since 1970, or any number that does not fall."""
        ...


class TwinBroker:
    """A broker in memory; implements ports.Broker, and lets a simulation reach in."""

    def __init__(self, *, clock: Milliseconds | None = None) -> None:
        """`clock` stamps records; without one they are numbered."""
        self._clock = clock or count().__next__
        self._topics: dict[str, list[Log]] = {}
        self.groups: dict[str, Group] = {}
        self.epochs: dict[str, int] = {}
        self.open_transactions: dict[str, Transaction] = {}
        self._change = asyncio.Event()

    async def consumer(
        self,
        topics: Sequence[str],
        group: str,
        positions: Positions,
        *,
        session_timeout_ms: int = SESSION_TIMEOUT_MS,  # noqa: ARG002 - sessions end by `expire` and `crash` alone
    ) -> TwinConsumer:
        """See ports.Broker."""
        for topic in topics:
            self.count(topic)
        return TwinConsumer(self.groups.setdefault(group, Group(self, group)), topics, positions)

    async def reader(self, topics: Sequence[str], *, start: Start = "beginning") -> "TwinReader":
        """See ports.Broker."""
        tps = [TopicPartition(topic, p) for topic in topics for p in range(self.count(topic))]
        starts = self.ends(tps) if start == "end" else self.begins(tps)
        if not isinstance(start, str):
            starts |= {tp: start[tp] for tp in tps if tp in start}
        return TwinReader(self, starts)

    def transactional_producer(self, transactional_id: str) -> TwinTransactionalProducer:
        """See ports.Broker."""
        return TwinTransactionalProducer(self, transactional_id)

    async def producer(self) -> TwinProducer:
        """See ports.Broker."""
        return TwinProducer(self)

    async def create_topics(self, topics: Sequence[TopicSpec]) -> None:
        """See ports.Broker."""
        for spec in topics:
            logs = self._topics.get(spec.name)
            if logs is None:
                self._topics[spec.name] = [
                    Log(TopicPartition(spec.name, p), self._clock) for p in range(spec.partitions)
                ]
            elif len(logs) != spec.partitions:
                raise PartitionMismatch(spec.name, wanted=spec.partitions, found=len(logs))

    async def partitions(self, topic: str) -> int:
        """See ports.Broker."""
        return self.count(topic)

    async def last_records(self, topic: str, n: int) -> list[Record]:
        """See ports.Broker."""
        logs = [self.log(TopicPartition(topic, p)) for p in range(self.count(topic))]
        ends = [(log, log.end) for log in logs]
        deadline = asyncio.get_running_loop().time() + LAST_RECORDS_SECONDS
        while any(log.stable() < end for log, end in ends):
            if not await self.changes_until(deadline):
                raise BrokerError(f"the end of {topic} was not reached in {LAST_RECORDS_SECONDS} s")
        return [record for log in logs for record in log.read(log.base, len(log.entries))[0][-n:]]

    async def bounds(self, topic: str) -> dict[TopicPartition, tuple[int, int]]:
        """See ports.Broker."""
        logs = (self.log(TopicPartition(topic, p)) for p in range(self.count(topic)))
        return {log.tp: (log.base, log.stable()) for log in logs}

    async def part(self, tp: TopicPartition, start: int, most: int) -> tuple[list[Record], int]:
        """See ports.Broker."""
        log = self.log(tp)
        return log.read(max(start, log.base), most)

    async def close(self) -> None:
        """See ports.Broker."""
        for group in self.groups.values():
            for member in list(group.members):
                await member.stop()

    def count(self, topic: str) -> int:
        """How many partitions a topic has. Raises UnknownTopic."""
        if topic not in self._topics:
            raise UnknownTopic(topic)
        return len(self._topics[topic])

    def log(self, tp: TopicPartition) -> Log:
        """One partition's log. Raises UnknownTopic."""
        if not 0 <= tp.partition < self.count(tp.topic):
            raise UnknownTopic(f"{tp.topic}[{tp.partition}]")
        return self._topics[tp.topic][tp.partition]

    def begins(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """First offsets."""
        return {tp: self.log(tp).base for tp in tps}

    def ends(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Last stable offsets."""
        return {tp: self.log(tp).stable() for tp in tps}

    def changed(self) -> None:
        """Wake everyone who waits for records or for an assignment."""
        self._change.set()
        self._change = asyncio.Event()

    async def changes_until(self, deadline: float) -> bool:
        """Wait for a change; False when the loop's time reaches `deadline` before."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._change.wait()
        except TimeoutError:
            return False
        return True

    def expire(self, member: TwinConsumer) -> None:
        """End a member's session: its partitions go to others; alive after all, it joins again at its next poll."""
        for group in self.groups.values():
            group.leave(member)

    def crash(self, member: TwinConsumer) -> None:
        """End a member for good."""
        member.stopped = True
        self.expire(member)

    def trim(self, tp: TopicPartition, before: int) -> None:
        """Lose the records below an offset, as retention does."""
        self.log(tp).trim(before)


class TwinReader:
    """Reads all partitions of some topics."""

    def __init__(self, broker: TwinBroker, starts: dict[TopicPartition, int]) -> None:
        self._broker = broker
        self._cursors = Cursors(broker)
        self._cursors.move(starts)

    async def getmany(self, max_records: int, timeout: float) -> Batch:  # noqa: ASYNC109 - see ports
        """See ports.Reader."""
        deadline = asyncio.get_running_loop().time() + timeout
        while True:
            batch = self._cursors.take(max_records)
            if batch or not await self._broker.changes_until(deadline):
                return batch

    async def at_end(self) -> bool:
        """See ports.Reader."""
        ends = self._broker.ends(self._cursors.positions)
        return all(self._cursors.positions[tp] >= end for tp, end in ends.items())

    async def stop(self) -> None:
        """See ports.Reader."""
