"""The twin's consumer groups: range assignment, a new generation at every change, positions claimed from outside."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

import structlog

from chassis.kafka.model import BrokerError, Record, TopicPartition
from chassis.kafka.ports import Batch, Positions
from chassis.kafka.positions import starting_offsets

if TYPE_CHECKING:
    from chassis.kafka.twin import TwinBroker

log = structlog.get_logger()


class Cursors:
    """Positions in some logs, and records from there; what consumers and readers have in common."""

    def __init__(self, broker: "TwinBroker") -> None:
        self.broker = broker
        self.positions: dict[TopicPartition, int] = {}
        self.paused: set[TopicPartition] = set()
        self._first = 0

    def move(self, starts: Mapping[TopicPartition, int]) -> None:
        """Replace what is read, and from where."""
        self.positions = dict(starts)
        self.paused.clear()

    def take(self, limit: int, topics: Collection[str] | None = None) -> Batch:
        """What can be read now; the partition to begin with changes from call to call, so that none starves."""
        order = sorted(tp for tp in self.positions if topics is None or tp.topic in topics)
        if order:
            self._first = (self._first + 1) % len(order)
        batch: Batch = {}
        for tp in order[self._first :] + order[: self._first]:
            if limit and tp not in self.paused:
                records, position = self._read(tp, limit)
                self.positions[tp] = position
                if records:
                    batch[tp] = records
                    limit -= len(records)
        return batch

    def _read(self, tp: TopicPartition, limit: int) -> tuple[list[Record], int]:
        partition = self.broker.log(tp)
        start = starting_offsets([tp], self.positions, begins={tp: partition.base}, ends={tp: partition.end})[tp]
        return partition.read(start, limit)


class Group:
    """The members of one group. A change takes effect at once; members see it when they next ask."""

    def __init__(self, broker: "TwinBroker", name: str) -> None:
        self.broker = broker
        self.name = name
        self.generation = 0
        self.members: list[TwinConsumer] = []
        self.committed: dict[TopicPartition, int] = {}

    def join(self, member: "TwinConsumer") -> None:
        """Add a member; all get a new assignment."""
        self.members.append(member)
        self.rebalance()

    def leave(self, member: "TwinConsumer") -> None:
        """Remove a member, also one that is gone already."""
        if member in self.members:
            self.members.remove(member)
            self.rebalance()

    def rebalance(self) -> None:
        """A new generation."""
        self.generation += 1
        self.broker.changed()

    def share(self, member: "TwinConsumer") -> frozenset[TopicPartition]:
        """The member's partitions by range: partitions of one number of equally split topics go to one member."""
        mine: set[TopicPartition] = set()
        for topic in member.topics:
            interested = [one for one in self.members if topic in one.topics]
            place, count = interested.index(member), self.broker.count(topic)
            each, more = divmod(count, len(interested))
            first = each * place + min(place, more)
            mine.update(TopicPartition(topic, p) for p in range(first, first + each + (place < more)))
        return frozenset(mine)


class TwinConsumer:
    """A member of a twin's group."""

    def __init__(self, group: Group, topics: Iterable[str], positions: Positions) -> None:
        self.topics = frozenset(topics)
        self.stopped = False
        self._group = group
        self._store = positions
        self._cursors = Cursors(group.broker)
        self._generation = -1
        group.join(self)

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
            batch = self._cursors.take(max_records, topics)
            if batch or not await self._group.broker.changes_until(deadline):
                return batch

    def _be_member(self) -> None:
        """Join again when the session has run out, which it may while positions are claimed, too."""
        if self.stopped:
            raise BrokerError("this consumer is stopped")
        if self not in self._group.members:
            self._group.join(self)

    async def _claim(self) -> None:
        self._be_member()
        while self not in self._group.members or self._generation != self._group.generation:
            self._be_member()
            generation, mine = self._group.generation, self._group.share(self)
            self._cursors.move({})
            stored = await self._store.claim(mine) if mine else {}
            if generation == self._group.generation and self in self._group.members:
                broker = self._group.broker
                self._cursors.move(starting_offsets(mine, stored, begins=broker.begins(mine), ends=broker.ends(mine)))
                self._generation = generation

    def assignment(self) -> frozenset[TopicPartition]:
        """See ports.Consumer."""
        return frozenset(self._cursors.positions) if self._is_current() else frozenset()

    def joined(self) -> bool:
        """See ports.Consumer."""
        return self._is_current()

    def position(self, tp: TopicPartition) -> int | None:
        """See ports.Consumer."""
        return self._cursors.positions.get(tp) if self._is_current() else None

    def seek(self, tp: TopicPartition, offset: int) -> None:
        """See ports.Consumer."""
        if tp in self._cursors.positions:
            self._cursors.positions[tp] = offset

    def pause(self, tps: Iterable[TopicPartition]) -> None:
        """See ports.Consumer."""
        self._cursors.paused.update(tp for tp in tps if tp in self._cursors.positions)

    def resume(self, tps: Iterable[TopicPartition]) -> None:
        """See ports.Consumer."""
        self._cursors.paused.difference_update(tps)
        self._group.broker.changed()

    def paused(self) -> frozenset[TopicPartition]:
        """See ports.Consumer."""
        return frozenset(self._cursors.paused)

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """See ports.Consumer."""
        if self._is_current() and offsets.keys() <= self._cursors.positions.keys():
            self._group.committed.update(offsets)
        else:
            log.warning("offset_commit_failed", group=self._group.name, error="the group has rebalanced")

    async def rejoin(self) -> None:
        """See ports.Consumer."""
        self._generation = -1
        self._cursors.move({})

    async def beginning_offsets(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """See ports.Consumer."""
        return self._group.broker.begins(tps)

    async def end_offsets(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """See ports.Consumer."""
        return self._group.broker.ends(tps)

    def lag(self, tp: TopicPartition) -> int | None:
        """See ports.Consumer."""
        position = self.position(tp)
        return None if position is None else self._group.broker.log(tp).end - position

    async def stop(self) -> None:
        """See ports.Consumer."""
        self.stopped = True
        self._group.leave(self)

    def _is_current(self) -> bool:
        return self._generation == self._group.generation and self in self._group.members
