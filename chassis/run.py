"""Starting, supervising and stopping a process: whichever roles of whichever services it was asked to run."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import structlog
from fastapi import APIRouter

from chassis import metrics
from chassis.clock import Clock
from chassis.held import Held
from chassis.http.body import BodyRule
from chassis.http.health import Check
from chassis.kafka.model import BrokerError, OffsetOutOfRange, TopicSpec
from chassis.kafka.ports import Broker
from chassis.kafka.topics import Topics
from chassis.log import describe
from chassis.ops.desk import OpsDesk
from chassis.points import Points
from chassis.postgres.errors import CONFLICTS, OUTAGES
from chassis.postgres.pool import Pool
from chassis.relay import Relay, RelaySpec
from chassis.restore.model import Restored
from chassis.settings import ChassisSettings
from chassis.stream.model import Consuming, StreamSpec
from chassis.stream.worker import StreamWorker
from healthcode.envelope import national_topic, topic_name

HEALTHY_SECONDS: Final = 60.0
BACKOFF_SECONDS: Final = 5.0

# Lanes of an outbox: to the region's broker, and to the nation's.
REGIONAL: Final = 0
NATIONAL: Final = 1
RELAY: Final = "relay.v1"

T = TypeVar("T")


def relay_topic(region: str, lane: int) -> str:
    """Where a region's relays keep the numbers of what they have published on the broker of a lane."""
    return topic_name(region, RELAY) if lane == REGIONAL else national_topic(region, RELAY)


log = structlog.get_logger()


class Component(Protocol):
    """Something that runs until it is told to stop: a worker, a relay, a timer."""

    async def run(self, stop: asyncio.Event) -> None:
        """Run until `stop` is set, then end what is in hand and return."""
        ...


@dataclass(frozen=True)
class Runtime:
    """What a service is built from. `pool` is the service's own; `national` may be the same broker as `broker`.

    `points` is for tests: who hears where workers and relays are.
    """

    service: str
    settings: ChassisSettings
    clock: Clock
    broker: Broker
    national: Broker
    pool: Pool
    topics: Topics
    points: Points | None = None

    @property
    def region(self) -> str:
        """The region this process serves."""
        return self.settings.region

    def worker(self, spec: StreamSpec) -> StreamWorker:
        """A worker that consumes for this service, from the broker of the spec's lane."""
        return StreamWorker(
            spec,
            broker=self._broker_of(spec.lane),
            pool=self.pool,
            schema=self.service,
            group=f"{self.region}-{self.service}-{spec.consumer}",
            points=self.points,
        )

    def relay(self, lane: int = REGIONAL) -> Relay:
        """The relay of one lane of this service's outbox."""
        spec = RelaySpec(self.service, lane, f"{self.region}-{self.service}-{lane}", relay_topic(self.region, lane))
        return Relay(spec, broker=self._broker_of(lane), pool=self.pool, points=self.points)

    def desk(self, service: "Service") -> OpsDesk:
        """The service as its operators see it: with every consumer that it has in any role."""
        consuming = [part for parts in service.roles.values() for part in parts if isinstance(part, Consuming)]
        return OpsDesk(
            service.name,
            lambda: [spec for part in consuming for spec in part.specs],
            pool=self.pool,
            clock=self.clock,
            broker_of=self._broker_of,
            topics=self.topics,
        )

    def _broker_of(self, lane: int) -> Broker:
        return self.broker if lane == REGIONAL else self.national


@dataclass(frozen=True)
class Service:
    """A built service: its roles, each of which may run in a process of its own, and its HTTP edge.

    `closing` is called when all of that has ended.
    """

    name: str
    roles: Mapping[str, Sequence[Component]]
    routers: Sequence[APIRouter] = field(default=())
    bodies: Mapping[str, BodyRule] = field(default_factory=dict)
    panels: Sequence[str] = field(default=())
    """Paths, as patterns, whose answers a page can do without."""
    checks: Sequence[Check] = field(default=())
    closing: Sequence[Callable[[], Awaitable[None]]] = field(default=())


def no_topics(_settings: ChassisSettings, _topics: Topics) -> Sequence[TopicSpec]:
    """What most services have on the national broker."""
    return ()


async def nothing_more(_settings: ChassisSettings) -> None:
    """What most services prepare beside their schema."""


@dataclass(frozen=True)
class Blueprint:
    """How a service is built. Its name is its schema's; `migrations` is its folder of plain SQL.

    `national_topics` are those that `migrate` creates on the national broker; only the hub has any. `prepare` is what
    it does beside the schema, `restored` what a restore has to know.
    """

    name: str
    migrations: Path
    build: Callable[[Runtime], Awaitable[Service]]
    settings: type[ChassisSettings] = ChassisSettings
    national_topics: Callable[[ChassisSettings, Topics], Sequence[TopicSpec]] = no_topics
    prepare: Callable[[ChassisSettings], Awaitable[None]] = nothing_more
    restored: Restored = field(default_factory=Restored)


async def supervise(name: str, component: Component, stop: asyncio.Event, held: Held | None = None) -> None:
    """Run a component, and again after a failure that passes, for as long as it takes, with growing pauses.

    A topic that nobody has created yet, or a broker that is away, holds this component alone; `held` tells people.
    Raises at once what does not pass, an offset outside its log among it.
    """
    failures = 0
    while not stop.is_set():
        started = asyncio.get_running_loop().time()
        up = metrics.COMPONENT_UP.labels(name)
        up.set(1)
        try:
            await _run(component, stop)
        except OffsetOutOfRange:
            raise
        except (BrokerError, *OUTAGES, *CONFLICTS) as failure:
            up.set(0)
            failures = 1 if asyncio.get_running_loop().time() - started > HEALTHY_SECONDS else failures + 1
            log.warning(
                "component_failed", component=name, error=type(failure).__name__, detail=str(failure), failures=failures
            )
            metrics.COMPONENT_RESTARTS.labels(name).inc()
            pause = min(0.2 * failures, BACKOFF_SECONDS)
            if held is not None:
                held.hold(name, str(failure) if isinstance(failure, BrokerError) else describe(failure), pause)
            await _pause(stop, pause)
        else:
            return


async def _run(component: Component, stop: asyncio.Event) -> None:
    """Run it once. A cancellation that nobody asked for is a failure that passes.

    A client library may cancel what it waits for itself and let that out; without a word the process would end in good
    order, and all of its other components with it.
    """
    try:
        await component.run(stop)
    except asyncio.CancelledError as cancelled:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise BrokerError("what it waited for was cancelled, and nobody asked for that") from cancelled


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


async def run_all(components: Mapping[str, Component], stop: asyncio.Event, held: Held | None = None) -> None:
    """Run components side by side until `stop`.

    The first that fails for good stops the others, which end what they have in hand; then its error is raised.
    """
    failures: list[Exception] = []

    async def one(name: str, component: Component) -> None:
        try:
            await supervise(name, component, stop, held)
        except Exception as failure:
            log.exception("component_ended", component=name)
            failures.append(failure)
        finally:
            stop.set()

    async with asyncio.TaskGroup() as group:
        for name, component in components.items():
            group.create_task(one(name, component), name=name)
    if failures:
        raise failures[0]


async def unless(stop: asyncio.Event, work: Coroutine[Any, Any, T]) -> T | None:
    """The result of `work`; None, and `work` is cancelled, when `stop` comes first."""
    working, stopping = asyncio.create_task(work), asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        stopping.cancel()
        await asyncio.wait({working, stopping})


def stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
