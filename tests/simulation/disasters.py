"""What goes wrong: processes die and stand still, links break, disks get slow, databases restart."""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING, Final

import asyncpg

from chassis.points import Point
from chassis.relay.window import LEASE_SECONDS
from tests.simulation.population import AREAS

if TYPE_CHECKING:
    from tests.simulation.loop import Process
    from tests.simulation.world import Place, Slot, World

IDLE_SECONDS: Final = 10.0  # chassis/postgres/pool.py sets the same
ALL: Final = tuple(
    f"{service}.{role}"
    for service in ("declaration", "audit", "issuer", "recognition")
    for role in ("worker", "intake", "relay", "timer")
)
LAYOUTS: Final[Sequence[Sequence[Sequence[str]]]] = (
    (ALL,),
    (ALL, ALL),
    (
        tuple(role for role in ALL if role.endswith(("worker", "intake"))),
        tuple(role for role in ALL if role.endswith(("relay", "timer", "audit.worker"))),
        tuple(role for role in ALL if role.endswith("relay")),
    ),
)


def duration(random: Random) -> float:
    """Seconds of a pause or an outage: most are short, some longer than a session."""
    return float(min(20.0, 10 ** random.uniform(-2, 1.35)))


async def keep_running(world: "World", slot: "Slot") -> None:
    """As an orchestrator does: whatever has ended is started again."""
    random = world.dice(f"orchestrator {slot.place.code} {slot.name}")
    while True:
        if slot.process is None:
            world.start(slot)
        await asyncio.sleep(random.uniform(0.1, 1.5))


async def strike(world: "World", until: float) -> None:
    """One disaster after another until that time of the loop."""
    random = world.dice("disasters")
    world.point_chance = random.choice((0.0, 0.02, 0.05))
    for place in world.places.values():
        for name in place.weather.chances:
            place.weather.chances[name] = random.choice((0.0, 0.02, 0.1))
    kinds = (
        *(_kill, _pause, _pause, _stop, _cut_off, _broker_away, _cut_connection, _restart_database, _slow_disk),
        *(_late_stay, _late_stay, _late_window),
    )
    loop = asyncio.get_running_loop()
    gap = random.choice((0.15, 0.4, 1.0))
    async with asyncio.TaskGroup() as group:
        while loop.time() < until:
            await asyncio.sleep(random.expovariate(1 / gap))
            kind = random.choice(kinds)
            place = random.choice(list(world.places.values()))
            world.counts[f"disaster {kind.__name__.strip('_')}"] += 1
            group.create_task(kind(world, place, random))


def calm(world: "World") -> None:
    """Everything works again."""
    world.point_chance = 0.0
    for place in world.places.values():
        place.late_stay = place.late_window = 0.0
        place.own.is_up = place.national.is_up = True
        place.server.is_up = True
        place.weather.calm()
        for slot in place.alive():
            if slot.process is not None:
                world.resume(slot.process)
    world.trace.note("calm", "world")


async def _kill(world: "World", place: "Place", random: Random) -> None:
    if alive := place.alive():
        world.kill(random.choice(alive), "at random")


async def _pause(world: "World", place: "Place", random: Random) -> None:
    if alive := place.alive():
        process = random.choice(alive).process
        if process is not None:
            world.pause(process, duration(random), place)


async def _stop(world: "World", place: "Place", random: Random) -> None:
    """A clean stop, as in a new deployment."""
    if alive := place.alive():
        slot = random.choice(alive)
        if slot.stop is not None:
            world.trace.note("asked to stop", str(slot.process))
            slot.stop.set()


async def _cut_off(world: "World", place: "Place", random: Random) -> None:
    """The region does not reach the nation's broker."""
    world.trace.note("cut off from the nation", place.code)
    place.national.is_up = False
    await asyncio.sleep(duration(random))
    place.national.is_up = True
    world.trace.note("reaches the nation", place.code)


async def _broker_away(world: "World", place: "Place", random: Random) -> None:
    world.trace.note("broker away", place.code)
    place.own.is_up = False
    await asyncio.sleep(duration(random) / 3)
    place.own.is_up = True
    world.trace.note("broker back", place.code)


async def _cut_connection(world: "World", place: "Place", random: Random) -> None:
    sessions = list(place.server.sessions)
    if sessions:
        world.trace.note("database connection cut", place.code)
        random.choice(sessions).end(asyncpg.AdminShutdownError("terminated"))


async def _restart_database(world: "World", place: "Place", random: Random) -> None:
    world.trace.note("database down", place.code)
    place.server.is_up = False
    place.server.restart()
    await asyncio.sleep(random.uniform(0.05, 2.0))
    place.server.is_up = True
    world.trace.note("database up", place.code)


async def _slow_disk(world: "World", place: "Place", random: Random) -> None:
    world.trace.note("slow disk", place.code)
    place.weather.slow = random.choice((20, 100, 400))
    await asyncio.sleep(random.uniform(0.5, 4.0))
    place.weather.slow = 1.0


async def _late_stay(world: "World", place: "Place", random: Random) -> None:
    """The next review that writes down a new stay stands still before it commits, and the area changes meanwhile."""
    place.late_stay = random.uniform(0.5, IDLE_SECONDS)


async def _late_window(world: "World", place: "Place", random: Random) -> None:
    """The next relay that has stored a window stands still before it publishes it, for longer than its lease."""
    place.late_window = random.uniform(LEASE_SECONDS + 1, 3 * LEASE_SECONDS)


def ambushed(world: "World", place: "Place", process: "Process", point: Point) -> bool:
    """Whether a process runs into what was prepared for whoever comes to that point, and now stands still."""
    if point is Point.WINDOW_STORED and place.late_window:
        seconds, place.late_window = place.late_window, 0.0
        world.counts["late windows"] += 1
    elif point is Point.BATCH_HANDLED and place.late_stay and (found := _new_stays(place, process)):
        seconds, place.late_stay = place.late_stay, 0.0
        world.counts["late stays"] += 1
        world.errand(place.code, found[0])
    else:
        return False
    world.pause(process, seconds, place)
    return True


def _new_stays(place: "Place", process: "Process") -> list[str]:
    """The areas, as authorities know them, of the stays that a process has written and not committed."""
    transactions = [session.transaction for session in place.server.of(process) if session.transaction is not None]
    areas = [str(row["area"]) for each in transactions for row in each.changes.get(("audit", "stay"), {}).values()]
    return [area for area in areas if area in AREAS]
