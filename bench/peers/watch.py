"""How far a consumer group is, and so when a peer has begun and ended: by what it has committed."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import GroupCoordinatorNotAvailableError, GroupLoadInProgressError

from bench.contenders import LONGEST_SECONDS, POLL_SECONDS, Clock, Result, Say, servers
from bench.region import Bench, BenchError
from deploy.local.stack import Stack

MARKER: Final = 1
"""The last offset of a partition that was written in transactions: a marker, which no consumer commits."""


@dataclass
class Watch:
    """Looks at groups from outside; use it as a context manager."""

    bootstrap: str
    _admin: AIOKafkaAdminClient = field(init=False)
    _consumer: AIOKafkaConsumer = field(init=False)

    async def __aenter__(self) -> Self:
        self._admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        self._consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap)
        await self._admin.start()
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()
        await self._admin.close()

    async def ends(self, topics: Sequence[str]) -> dict[TopicPartition, int]:
        """Where each partition ends."""
        found = await self._admin.describe_topics(list(topics))
        places = [TopicPartition(each["topic"], part["partition"]) for each in found for part in each["partitions"]]
        return {place: int(end) for place, end in (await self._consumer.end_offsets(places)).items()}

    async def left(self, group: str, ends: Mapping[TopicPartition, int], spared: int = 0) -> int:
        """Records up to `ends` that a group has yet to commit, where the last `spared` of a partition are none."""
        try:
            committed = await self._admin.list_consumer_group_offsets(group, partitions=list(ends))
        except (GroupCoordinatorNotAvailableError, GroupLoadInProgressError):  # the broker's first group is being made
            return sum(ends.values())
        reached = {place: found.offset for place, found in committed.items()}  # -1 where nothing was committed yet
        return sum(max(0, end - spared - max(0, reached.get(place, 0))) for place, end in ends.items())


@dataclass(frozen=True)
class Job:
    """What a peer works through: `group` reads `topics`; `view`, if it has one, reads `colors` behind it."""

    name: str
    group: str
    topics: Sequence[str]
    colors: str
    view: str = ""


async def measured(stack: Stack, peer: Bench, job: Job, say: Say) -> Result:
    """From the first commit, whose records do not count, to the last; raises BenchError when that never comes."""
    clock = Clock({name: process.pid for name, process in peer.processes.items()} | servers(stack))
    async with Watch(stack.kafka_bootstrap) as watch:
        ends = await watch.ends(job.topics)
        count = sum(ends.values())
        deadline, first, began, before = time.perf_counter() + LONGEST_SECONDS, 0, 0.0, clock.read()
        while time.perf_counter() < deadline:
            peer.check()
            left = await watch.left(job.group, ends)
            if left < count and not first:
                first, began, before = count - left, time.perf_counter(), clock.read()
            say(1 - left / count)
            if not left and not (job.view and await watch.left(job.view, await watch.ends([job.colors]), MARKER)):
                if first == count:
                    raise BenchError(f"{job.name} took all in one commit, so nothing was measured: take more --events")
                used = {name: now - before[name] for name, now in clock.read().items()}
                return Result(job.name, count - first, time.perf_counter() - began, used)
            await asyncio.sleep(POLL_SECONDS)
    raise BenchError(f"{job.name}: not done within {LONGEST_SECONDS:.0f} s; the logs are in {peer.folder}")
