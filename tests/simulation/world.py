"""Four regions, the nation's broker, and whoever starts, stops and kills processes in them."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from chassis.kafka.twin import TwinBroker
from chassis.points import Point, PointFailed
from chassis.postgres.pool import Connection, Pool
from chassis.run import Runtime, run_all
from chassis.stream.model import Delivery
from tests.simulation.books import Books
from tests.simulation.broker import Cluster, Link, QuickBroker, SimBroker
from tests.simulation.disasters import IDLE_SECONDS, LAYOUTS, ambushed, keep_running
from tests.simulation.loop import Killed, Process, SimLoop
from tests.simulation.officers import Officers
from tests.simulation.rest import open_ends
from tests.simulation.trace import Trace
from tests.simulation.weather import Weather
from tests.simulation.wiring import REGIONS, SERVICES, START, Office, Wiring, country, settings_of
from tests.twins.database import audit, declaration, delivery, issuer, recognition
from tests.twins.database.engine import EPOCH, Database
from tests.twins.database.pool import TwinConnection, TwinPool
from tests.twins.database.server import Server

STATEMENTS: Final = (audit, declaration, delivery, issuer, recognition)
NATION: Final = "nation"


@dataclass
class Place:
    """One region: its database, its broker, its weather, its processes. `late_…`: see `disasters.ambushed`."""

    code: str
    server: Server
    cluster: Cluster
    weather: Weather
    own: Link
    national: Link
    slots: list["Slot"] = field(default_factory=list)
    late_stay: float = 0.0
    late_window: float = 0.0

    def alive(self) -> list["Slot"]:
        """The slots whose process runs, perhaps paused."""
        return [slot for slot in self.slots if slot.process is not None]


@dataclass
class Slot:
    """Where a process of certain roles is kept running."""

    place: Place
    name: str
    roles: Sequence[str]
    process: Process | None = None
    stop: asyncio.Event | None = None
    office: Office | None = None
    officers: Officers | None = None
    born: int = 0


class SkewedClock:
    """Implements chassis.clock.Clock: the country's time, as one process believes it."""

    def __init__(self, world: "World", skew: timedelta) -> None:
        self._world = world
        self._skew = skew

    def now(self) -> datetime:
        return self._world.now() + self._skew


class World:
    """Everything of one seed."""

    def __init__(self, seed: int, loop: SimLoop, trace: Trace) -> None:
        self.seed = seed
        self.loop = loop
        self.trace = trace
        self.counts: Counter[str] = Counter()
        self._context = Context()
        self.random = self.dice("world")
        self.jumped = timedelta(0)
        self.point_chance = 0.0
        self.pace = 1.0
        self.population = self.random.choice((3, 6, 12))
        self.zone = ZoneInfo("Asia/Shanghai")
        self.submitted: dict[str, list[tuple[str, tuple[str, int]]]] = defaultdict(list)
        self.errand: Callable[[str, str], None] = lambda _region, _area: None
        self.books = Books(self)
        self.nation = self._cluster(NATION)
        self.places = {code: self._place(code) for code in REGIONS}

    def broker_of(self, region: str, topic: str) -> TwinBroker:
        """The broker that holds a topic, as seen from a region."""
        return self.nation.twin if topic.startswith("hc.national.") else self.places[region].cluster.twin

    def is_under_way(self) -> bool:
        """Whether regions still have to hear from one another: seconds here must not be weeks of theirs."""
        return any("hc.national." in open_end for open_end in open_ends(self))

    def dice(self, what: str) -> Random:
        """Chances of their own, so that one more throw here changes nothing there."""
        return Random(f"{self.seed}/{what}")  # noqa: S311 - a seeded simulation

    def now(self) -> datetime:
        """The country's time: it flows with the loop's, and jumps ahead."""
        return START + self.jumped + timedelta(seconds=self.loop.time())

    def _cluster(self, name: str) -> Cluster:
        stamp = int(EPOCH.timestamp() * 1000)
        twin = QuickBroker(lambda: stamp + int(self.loop.time() * 1000))
        return Cluster(name, twin, self.books.published)

    def _place(self, code: str) -> Place:
        weather = Weather(self.dice(f"weather {code}"), self.counts)
        database = Database(code)
        database.observers.append(lambda transaction: self.books.committed(code, transaction))
        server = Server(database, delays=weather, context=weather.context)
        return Place(code, server, self._cluster(code), weather, Link(code), Link(f"{code}-{NATION}"))

    async def open(self) -> None:
        """Topics, and the coordinators of sessions."""
        topics = country().topics
        await self.nation.twin.create_topics(topics.for_nation(REGIONS))
        for cluster in (self.nation, *(place.cluster for place in self.places.values())):
            self.loop.create_task(cluster.keep_sessions(), name=f"sessions {cluster.name}", context=self._context)
        for code, place in self.places.items():
            await place.cluster.twin.create_topics(topics.for_region(code))
            for number, roles in enumerate(self.random.choice(LAYOUTS)):
                slot = Slot(place, f"p{number}", roles)
                place.slots.append(slot)
                self.loop.create_task(keep_running(self, slot), name=f"keep {code} {slot.name}", context=self._context)

    def start(self, slot: Slot) -> None:
        """A new process in a slot."""
        slot.born += 1
        process = Process(f"{slot.place.code}.{slot.name}#{slot.born}")
        skew = timedelta(seconds=self.random.choice((0, 0, 0, 0, self.random.uniform(-4, 4))))
        runtimes = {service: self._runtime(slot.place, service, process, skew) for service in SERVICES}
        wiring = Wiring(slot.place.code, runtimes, self.dice(process.name), self._handled)
        parts = process.context.run(wiring.parts, slot.roles)
        slot.process, slot.stop, slot.office = process, asyncio.Event(), parts.office
        slot.officers = parts.officers
        self.trace.note("started", process.name, skew=round(skew.total_seconds(), 2))
        task = process.start(run_all(parts.components, slot.stop), "main")
        task.add_done_callback(lambda done: self._ended(slot, process, done))

    def _runtime(self, place: Place, service: str, process: Process, skew: timedelta) -> Runtime:
        return Runtime(
            service,
            settings_of(place.code),
            SkewedClock(self, skew),
            SimBroker(place.cluster, place.own, process, place.weather),
            SimBroker(self.nation, place.national, process, place.weather),
            cast("Pool", TwinPool(place.server, service, process)),
            country().topics,
            WorldPoints(self, process, place),
        )

    def _handled(self, name: str, connection: Connection, deliveries: Sequence[Delivery]) -> None:
        transaction = cast("TwinConnection", connection).open_transaction
        transaction.notes.append((name, [delivery.record for delivery in deliveries]))

    def _ended(self, slot: Slot, process: Process, done: "asyncio.Task[Any]") -> None:
        failure = None if done.cancelled() else done.exception()
        if process.dead or slot.process is not process:
            return
        slot.process, slot.office = None, None
        process.kill()
        for session in slot.place.server.of(process):
            session.forsake()
        if failure is not None and not isinstance(failure, Killed):
            self.books.broken("a process runs until it is stopped", f"{process.name} ended with {failure!r}")

    def kill(self, slot: Slot, why: str) -> None:
        """A process dies where it is."""
        process, slot.process, slot.office = slot.process, None, None
        if process is None:
            return
        self.trace.note("killed", process.name, why=why)
        self.resume(process)
        process.kill()
        for session in slot.place.server.of(process):
            session.forsake()

    def pause(self, process: Process, seconds: float, place: Place) -> None:
        """A process stands still for a while; the database does not wait for its open transactions for ever."""
        self.trace.note("paused", process.name, seconds=round(seconds, 3))
        self.loop.pause(process)
        self.loop.call_later(seconds, self.resume, process, context=self._context)
        if seconds > IDLE_SECONDS:
            self.loop.call_later(IDLE_SECONDS, self._end_idle, process, place, context=self._context)

    def resume(self, process: Process) -> None:
        """It goes on."""
        if process.paused:
            self.trace.note("resumed", process.name)
            self.loop.resume(process)

    def _end_idle(self, process: Process, place: Place) -> None:
        if process.paused:
            for session in place.server.of(process):
                session.end_if_idle()


class WorldPoints:
    """Implements chassis.points.Points: now and then a process dies, stands still or fails at a named place."""

    def __init__(self, world: World, process: Process, place: Place) -> None:
        self._world = world
        self._process = process
        self._place = place

    async def reach(self, scope: str, point: Point) -> None:
        world = self._world
        world.counts[f"reached {point}"] += 1
        if ambushed(world, self._place, self._process, point):
            await asyncio.sleep(0)
        if not world.point_chance or self._place.weather.random.random() >= world.point_chance:
            return
        action = self._place.weather.random.choice(("kill", "pause", "raise"))
        world.counts[f"{action} at {point}"] += 1
        world.trace.note(f"{action} at point", self._process.name, scope=scope, point=point.value)
        if action == "raise":
            raise PointFailed(f"{scope} failed at {point}")
        if action == "kill":
            slot = next(slot for slot in self._place.slots if slot.process is self._process)
            world.kill(slot, f"{scope} at {point}")
        else:
            seconds = 10 ** self._place.weather.random.uniform(-0.5, 1.2)
            world.pause(self._process, seconds, self._place)
        await asyncio.sleep(0)
