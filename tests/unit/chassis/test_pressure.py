"""What holds writers back when an outbox, a pool or the loop is behind, and what lets them go on."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

from chassis import metrics
from chassis.backlog import Backlog, Limit, held_back
from chassis.kafka.model import TopicPartition
from chassis.kafka.ports import Consumer
from chassis.pressure import LATE_SECONDS, LOOKS, POOL_SECONDS, Pressure
from chassis.stream.brake import LOOK_SECONDS, Brake

ONE, TWO = TopicPartition("t", 0), TopicPartition("t", 1)
LIMIT = Limit(rows=100, seconds=30.0)


@dataclass
class Group:
    """A consumer's partitions, and what is paused."""

    mine: frozenset[TopicPartition] = frozenset({ONE, TWO})
    held: set[TopicPartition] = field(default_factory=set)

    def assignment(self) -> frozenset[TopicPartition]:
        return self.mine

    def pause(self, tps: Any) -> None:
        self.held.update(tps)

    def resume(self, tps: Any) -> None:
        self.held.difference_update(tps)


class Outbox:
    """An outbox that has what it is told, and a clock."""

    def __init__(self) -> None:
        self.now = 0.0
        self.backlog = Backlog()
        self.looks = 0

    async def look(self, _most: int) -> Backlog:
        self.looks += 1
        return self.backlog

    def monotonic(self) -> float:
        return self.now


def brake(outbox: Outbox) -> Brake:
    return Brake(outbox.look, "brake-test", LIMIT, monotonic=outbox.monotonic)


async def step(brake: Brake, outbox: Outbox, group: Group, stopped: frozenset[TopicPartition] = frozenset()) -> bool:
    outbox.now += LOOK_SECONDS
    return await brake.hold(cast("Consumer", group), stopped)


async def test_a_worker_is_held_at_the_limit_and_goes_on_at_half_of_it() -> None:
    outbox, group = Outbox(), Group()
    held = brake(outbox)
    assert not await step(held, outbox, group)
    outbox.backlog = Backlog(rows=100)
    assert await step(held, outbox, group)
    assert group.held == {ONE, TWO}
    assert metrics.value("hc_held_back", consumer="brake-test") == 1
    outbox.backlog = Backlog(rows=60)
    assert await step(held, outbox, group), "not yet, or it would be on and off all the time"
    outbox.backlog = Backlog(rows=49)
    assert not await step(held, outbox, group, stopped=frozenset({TWO}))
    assert group.held == {TWO}, "a partition at its limit of failures stays where it is"
    assert metrics.value("hc_held_back", consumer="brake-test") == 0


async def test_few_rows_that_are_old_hold_a_worker_too() -> None:
    outbox, group = Outbox(), Group()
    outbox.backlog = Backlog(rows=1, oldest=31.0)
    assert await step(brake(outbox), outbox, group)


async def test_a_held_worker_stays_held_through_a_rebalance_and_looks_but_once_a_second() -> None:
    outbox, group = Outbox(), Group(frozenset({ONE}))
    outbox.backlog = Backlog(rows=1000)
    held = brake(outbox)
    await step(held, outbox, group)
    group.mine, group.held = frozenset({TWO}), set()
    assert await held.hold(cast("Consumer", group), frozenset())
    assert group.held == {TWO}
    assert outbox.looks == 1


async def test_a_step_is_left_out_while_the_outbox_is_behind() -> None:
    outbox, done = Outbox(), []

    async def work() -> bool:
        done.append(1)
        return True

    held = held_back("step-test", outbox.look, work, LIMIT)
    assert await held()
    outbox.backlog = Backlog(rows=100)
    assert not await held()
    assert (len(done), metrics.value("hc_held_back", consumer="step-test")) == (1, 1)


def test_only_what_stays_behind_is_a_strain() -> None:
    outbox = Outbox()
    pressure = Pressure({"svc": cast("Any", None)}, LIMIT, monotonic=outbox.monotonic)
    assert pressure.strain() is None
    pressure.delays.append(9.0)
    assert pressure.strain() is None, "one long step of a worker"
    pressure.delays.extend([LATE_SECONDS] * LOOKS)
    strain = pressure.strain()
    assert strain is not None
    assert strain.reason == "loop"
    pressure.delays.append(0.0)
    assert pressure.strain() is None
    pressure.seen["svc"].asked = outbox.now
    assert pressure.strain() is None
    outbox.now += POOL_SECONDS
    strain = pressure.strain()
    assert strain is not None
    assert strain.reason == "pool"
    pressure.seen["svc"].asked = None
    pressure.seen["svc"].backlog = Backlog(rows=5, oldest=75.0)
    strain = pressure.strain()
    assert strain is not None
    assert (strain.reason, strain.seconds) == ("outbox", 45.0)


async def test_the_loop_is_watched_until_the_stop() -> None:
    pressure = Pressure({}, LIMIT)
    stop = asyncio.Event()
    running = asyncio.create_task(pressure.run(stop))
    await asyncio.sleep(0)
    stop.set()
    await asyncio.wait_for(running, 5)
