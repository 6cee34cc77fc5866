"""One seed, from the first event to the rest after the last."""

import asyncio
import random as global_random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

from chassis.relay import relay, window
from tests.simulation import rest
from tests.simulation.books import Broken
from tests.simulation.disasters import calm, strike
from tests.simulation.loop import SimLoop, Stuck
from tests.simulation.population import live
from tests.simulation.trace import Happened, Trace
from tests.simulation.world import World

REST_SECONDS: Final = 90.0
LOOK_SECONDS: Final = 0.5


@dataclass
class Outcome:
    """What became of a seed."""

    seed: int
    broken: Broken | None
    trace: Trace
    counts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    simulated: float = 0.0


def simulate(seed: int, tell: Callable[[Happened], None] | None = None) -> Outcome:
    """Run one seed. The same seed does the same, whenever and wherever."""
    started = time.perf_counter()
    global_random.seed(seed)
    relay.IDLE_SECONDS, relay.WAITING_SECONDS = 1.0, 0.02  # type: ignore[misc]  # or most steps would be looks
    trace = Trace(tell)
    loop = SimLoop(Random(f"{seed}/scheduler"))  # noqa: S311 - a seeded simulation
    trace.listen()
    asyncio.set_event_loop(loop)
    world = World(seed, loop, trace)
    try:
        loop.run_until_complete(_run(world))
    except Stuck as stuck:
        world.books.broken("comes to rest", str(stuck))
    finally:
        _end(loop)
        asyncio.set_event_loop(None)
    world.counts["steps"] = loop.steps
    world.counts["published events"] = world.books.published_count
    return Outcome(seed, world.books.first, trace, world.counts, time.perf_counter() - started, loop.time())


async def _run(world: World) -> None:
    random = world.dice("length")
    window.WINDOW_ROWS = random.choice((2, 5, 4000))  # type: ignore[misc]  # so that few events fill a window
    world.pace = random.choice((1.5, 3.0, 6.0))
    until = random.uniform(6.0, 12.0)
    await world.open()
    people, disasters = asyncio.create_task(live(world, until)), asyncio.create_task(strike(world, until))
    while world.loop.time() < until and not _failed(world):
        await asyncio.sleep(LOOK_SECONDS)
    disasters.cancel()
    await asyncio.wait({disasters})
    calm(world)
    await _come_to_rest(world, people)
    people.cancel()


async def _come_to_rest(world: World, people: "asyncio.Task[None]") -> None:
    limit = world.loop.time() + REST_SECONDS
    open_ends: list[str] = []
    while world.loop.time() < limit and not _failed(world):
        await asyncio.sleep(LOOK_SECONDS)
        if not people.done():
            open_ends = ["somebody still waits for an answer"]
            continue
        people.result()
        open_ends = list(rest.open_ends(world))
        if not open_ends:
            rest.check(world)
            return
    world.books.broken("comes to rest", "; ".join(open_ends[:3]))


def _failed(world: World) -> bool:
    for failure in world.loop.failures:
        world.books.broken("nothing fails unheard", failure)
    return world.books.first is not None


def _end(loop: SimLoop) -> None:
    """Let every task go, so that nothing of this seed is left."""
    tasks = asyncio.all_tasks(loop)
    for process in loop.processes():
        process.dead = True
        loop.resume(process)
    for task in tasks:
        task.cancel()
    loop.call_later(60.0, loop.stop)
    loop.run_forever()
    loop.failures.clear()
    loop.close()
