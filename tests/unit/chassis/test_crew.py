"""A worker for each member of a set that changes."""

import asyncio
from collections.abc import Collection
from typing import Any, cast

import pytest

from chassis.crew import Crew
from chassis.kafka.model import BrokerError
from chassis.pulse import Pulse
from chassis.stream.model import StreamSpec
from chassis.stream.worker import StreamWorker


class Hand:
    """A worker that works until it is told to stop."""

    def __init__(self, spec: StreamSpec, log: list[str]) -> None:
        self.name = spec.consumer
        self.log = log
        self.pulse = Pulse()
        self.fault: Exception | None = None

    async def run(self, stop: asyncio.Event) -> None:
        self.log.append(f"{self.name} works")
        self.pulse.beat()
        while not stop.is_set() and self.fault is None:
            await asyncio.sleep(0)
        self.pulse.end()
        self.log.append(f"{self.name} ended")
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault


class Ship:
    def __init__(self, *members: str) -> None:
        self.members = set(members)
        self.log: list[str] = []
        self.hands: dict[str, Hand] = {}
        self.crew = Crew("c", lambda: self.members, self.spec, self.worker, self.prepare)

    def spec(self, member: str) -> StreamSpec:
        return StreamSpec(member, [f"{member}.topic"], cast("Any", None), cast("Any", None))

    def worker(self, spec: StreamSpec) -> StreamWorker:
        self.hands[spec.consumer] = Hand(spec, self.log)
        return cast("StreamWorker", self.hands[spec.consumer])

    async def prepare(self, members: Collection[str]) -> None:
        self.log.append(f"topics of {', '.join(members)}")

    async def until(self, *log: str) -> None:
        async with asyncio.timeout(10):
            while self.log != list(log):
                await asyncio.sleep(0.01)


async def test_who_joins_gets_a_worker_and_who_goes_loses_it() -> None:
    ship, stop = Ship("a", "b"), asyncio.Event()
    running = asyncio.create_task(ship.crew.run(stop))
    log = ["topics of a, b", "a works", "b works"]
    await ship.until(*log)
    ship.members = {"a", "c"}
    assert [spec.topics for spec in ship.crew.specs] == [["a.topic"], ["c.topic"]]
    log += ["b ended", "topics of c", "c works"]
    await ship.until(*log)
    stop.set()
    await running
    assert sorted(ship.log[len(log) :]) == ["a ended", "c ended"]


async def test_a_worker_that_fails_for_a_while_is_started_again_and_the_others_work_on() -> None:
    ship, stop = Ship("a", "b"), asyncio.Event()
    running = asyncio.create_task(ship.crew.run(stop))
    await ship.until("topics of a, b", "a works", "b works")
    ship.hands["b"].fault = BrokerError("its topic is away")
    await ship.until("topics of a, b", "a works", "b works", "b ended", "b works")
    stop.set()
    await running


async def test_what_does_not_pass_ends_them_all_and_is_raised() -> None:
    ship, stop = Ship("a", "b"), asyncio.Event()
    running = asyncio.create_task(ship.crew.run(stop))
    await ship.until("topics of a, b", "a works", "b works")
    ship.hands["a"].fault = LookupError("a fault of ours")
    with pytest.raises(LookupError, match="a fault of ours"):
        await running
    assert ship.log[-2:] == ["a ended", "b ended"]


async def test_who_does_not_work_is_told() -> None:
    ship, stop = Ship("a", "b"), asyncio.Event()
    running = asyncio.create_task(ship.crew.run(stop))
    await ship.until("topics of a, b", "a works", "b works")
    ship.hands["b"].pulse.beat("holds a partition")
    async with asyncio.timeout(10):
        while ship.crew.pulse.trouble() != "b: holds a partition":
            await asyncio.sleep(0.01)
    stop.set()
    await running


async def test_a_cancelled_crew_leaves_nobody_working() -> None:
    ship = Ship("a")
    running = asyncio.create_task(ship.crew.run(asyncio.Event()))
    await ship.until("topics of a", "a works")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert len(asyncio.all_tasks()) == 1
