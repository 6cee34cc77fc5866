"""A process: the roles it was asked for, of the services it was given, from settings to clean stop."""

import argparse
import gc
import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import structlog
import uvloop

from chassis import metrics, trace
from chassis.backlog import Limit
from chassis.clock import Clock, SimulatedClock, clock_for
from chassis.clock_follower import ClockFollower
from chassis.documents import DocumentError
from chassis.held import Held
from chassis.http.app import create_app
from chassis.http.auth import Authenticator
from chassis.http.health import Check
from chassis.kafka.ports import Broker
from chassis.kafka.real import KafkaBroker
from chassis.kafka.security import connection_for
from chassis.kafka.topics import load_topics
from chassis.leave import Leaving
from chassis.log import bind, configure
from chassis.migrate import MigrationError, migrate
from chassis.ops.mount import gauges, operated
from chassis.points import FailPoints
from chassis.postgres.pool import Pool, open_pool
from chassis.pressure import Pressure
from chassis.pulse import Beating, feel
from chassis.run import Blueprint, Component, Runtime, Service, run_all, stop_on_signals, unless
from chassis.server import HttpServer
from chassis.settings import BrokerAccess, ChassisSettings, SettingsError
from healthcode.envelope import topic_name

VERSION: Final = "0.1.0"
MIGRATIONS: Final = Path(__file__).parent / "migrations"
API: Final = "api"
HEALTH: Final = "health"
MIGRATE: Final = "migrate"
ALL: Final = "all"
COLLECT_AFTER: Final = 50_000  # more objects made than freed; Python's own number is 700

log = structlog.get_logger()


async def prepare(blueprints: Sequence[Blueprint], every: Mapping[str, ChassisSettings]) -> None:
    """Bring every schema up to date and create the topics that are missing."""
    settings = every[blueprints[0].name]
    for blueprint in blueprints:
        await migrate(settings.database_url, blueprint.name, MIGRATIONS, blueprint.migrations)
        await blueprint.prepare(every[blueprint.name])
    topics = load_topics(settings.topics_file)
    national = [spec for blueprint in blueprints for spec in blueprint.national_topics(every[blueprint.name], topics)]
    async with AsyncExitStack() as stack:
        broker = _broker(stack, settings.broker, settings.region)
        await broker.create_topics([*topics.for_region(settings.region), *topics.shared()])
        if national:
            await _broker(stack, settings.national_broker, settings.region).create_topics(national)


async def serve(
    blueprints: Sequence[Blueprint], settings: Mapping[str, ChassisSettings], roles: Collection[str]
) -> None:
    """Run `roles` of the services (all of them when empty) until SIGTERM or Ctrl-C, then end what is in hand.

    `settings` holds each service's own, by its name. Raises what a component failed with for good.
    """
    stop, held = stop_on_signals(), Held()
    async with AsyncExitStack() as stack:
        components = await unless(stop, _components(stack, blueprints, settings, roles, held))
        if components is None:
            return
        _collect_seldom()
        log.info("process_started", components=sorted(components))
        await run_all(components, stop, held)
        log.info("process_stopped")


async def _components(
    stack: AsyncExitStack,
    blueprints: Sequence[Blueprint],
    settings: Mapping[str, ChassisSettings],
    roles: Collection[str],
    held: Held,
) -> dict[str, Component]:
    """All that the process is to run, built; `stack` closes what they stand on."""
    common = settings[blueprints[0].name]
    broker = national = _broker(stack, common.broker, common.region)
    if replace(common.national_broker, prefix=common.broker.prefix) != common.broker:
        national = _broker(stack, common.national_broker, common.region)
    clock = clock_for(common)
    components: dict[str, Component] = {}
    if isinstance(clock, SimulatedClock):
        follower = ClockFollower(broker, clock)
        await follower.first()
        components["clock"] = follower
    topics = load_topics(common.topics_file)
    points = FailPoints(common.fail_point) if common.fail_point else None
    runtime = partial(Runtime, clock=clock, broker=broker, national=national, topics=topics, points=points)
    pools = {blueprint.name: await _pool(stack, common, blueprint.name) for blueprint in blueprints}
    services = [
        _checked(await each.build(runtime(each.name, settings[each.name], pool=pools[each.name])), pools[each.name])
        for each in blueprints
    ]
    for service in services:
        for close in service.closing:
            stack.push_async_callback(close)
        for role, parts in service.roles.items():
            if not roles or role in roles:
                components |= {f"{service.name}.{role}.{n}": part for n, part in enumerate(parts)}
    checks = _checks(services, broker, common.region)
    if not roles or API in roles:
        pressure = Pressure(pools, Limit(common.outbox_rows, common.outbox_seconds))
        desks = [runtime(each.name, settings[each.name], pool=pools[each.name]).desk(each) for each in services]
        served = operated(services, desks)
        components |= {"pressure": pressure, API: _http(served, common, clock, checks, held, pressure)}
        components |= gauges(desks)
    if common.health_port is not None:
        components[HEALTH] = _health(components, common, clock, checks, held)
    return components


def _collect_seldom() -> None:
    """Leave what is built to the end of the process, and look for garbage in circles less often.

    A batch holds thousands of objects that references alone free; by default each batch would have them looked through
    several times over (measured: a sixth of a worker's time).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


def _broker(stack: AsyncExitStack, access: BrokerAccess, region: str) -> KafkaBroker:
    broker = KafkaBroker(access.bootstrap, client_id=f"healthcode-{region}", connection=connection_for(access))
    stack.push_async_callback(broker.close)
    return broker


async def _pool(stack: AsyncExitStack, settings: ChassisSettings, schema: str) -> Pool:
    pool = await open_pool(settings.database_url, schema)
    stack.push_async_callback(pool.close)
    return pool


def _checked(service: Service, pool: Pool) -> Service:
    """The service with its database among what it cannot serve without."""
    database = Check(f"{service.name} database", lambda: pool.fetchval("SELECT 1"))
    return replace(service, checks=[*service.checks, database])


def _checks(services: Sequence[Service], broker: Broker, region: str) -> list[Check]:
    """What the process cannot serve without: databases, and the region's broker. It goes on without the nation's."""
    checks = [check for service in services for check in service.checks]
    checks.append(Check("broker", lambda: broker.partitions(topic_name(region, "relay.v1"))))
    return checks


def _health(
    components: Mapping[str, Component], settings: ChassisSettings, clock: Clock, checks: Sequence[Check], held: Held
) -> HttpServer:
    """Health and metrics on a port of their own, for whoever runs the process: ready means that all of it works.

    The HTTP edge has them too, but says that it is ready when it can serve, whatever a component beside it is held by.
    """
    pulses = [Check(name, partial(feel, part)) for name, part in components.items() if isinstance(part, Beating)]
    app = create_app(
        title=HEALTH, version=VERSION, settings=settings, clock=clock, checks=[*checks, *pulses], held=held.reasons
    )
    return HttpServer(app, settings.http_host, settings.health_port or 0)


def _http(
    services: Sequence[Service],
    settings: ChassisSettings,
    clock: Clock,
    checks: Sequence[Check],
    held: Held,
    pressure: Pressure,
) -> HttpServer:
    app = create_app(
        title=services[0].name if len(services) == 1 else "healthcode",
        version=VERSION,
        settings=settings,
        clock=clock,
        checks=checks,
        held=held.reasons,
        authenticator=Authenticator.of(settings),
        bodies={path: rule for service in services for path, rule in service.bodies.items()},
        strain=pressure.strain,
        panels=[pattern for service in services for pattern in service.panels],
    )
    for service in services:
        for router in service.routers:
            app.include_router(router)
    return HttpServer(app, settings.http_host, settings.http_port)


def start(blueprints: Sequence[Blueprint], roles: Collection[str], env: Mapping[str, str] | None = None) -> None:
    """Run a process: settings from the environment, logs, and the event loop.

    The role `migrate` brings schemas and topics up to date first, and the process ends when it is the only one; `all`
    stands for every other role.
    """
    settings = {
        blueprint.name: blueprint.settings.load(env, beside=[other.settings for other in blueprints])
        for blueprint in blueprints
    }
    common = settings[blueprints[0].name]
    configure(common.log_format, common.log_level)
    bind(region=common.region)
    metrics.everywhere(region=common.region)
    for blueprint in blueprints:
        metrics.BUILD_INFO.labels(blueprint.name, ",".join(sorted(roles)), VERSION).set(1)

    if common.otlp_endpoint and common.trace_ratio:
        _trace(common, common.otlp_endpoint, blueprints)

    leaving = Leaving()

    async def run() -> None:
        code = 1
        try:
            if MIGRATE in roles:
                await prepare(blueprints, settings)
            if set(roles) != {MIGRATE}:
                await serve(blueprints, settings, set(roles) - {MIGRATE, ALL})
            code = 0
        finally:
            leaving.begin(code)

    try:
        uvloop.run(run())
    finally:
        trace.finish()
        leaving.done()


def _trace(settings: ChassisSettings, endpoint: str, blueprints: Sequence[Blueprint]) -> None:
    from chassis.trace_export import provider_for  # noqa: PLC0415 - half a second, for those alone who ask for it

    service = f"healthcode.{blueprints[0].name}" if len(blueprints) == 1 else "healthcode"
    trace.use(provider_for(settings.trace_ratio, endpoint, region=settings.region, service=service, version=VERSION))


def command_line(blueprint: Blueprint) -> None:
    """The command line of one service: the roles that this process has, or none for all."""
    parser = argparse.ArgumentParser(prog=f"python -m services.{blueprint.name}")
    parser.add_argument(
        "roles", nargs="+", help="api, worker, relay, timer, …, or migrate; `all` for all of them but migrate"
    )
    run_or_explain([blueprint], parser.parse_args().roles)


def run_or_explain(
    blueprints: Sequence[Blueprint], roles: Collection[str], env: Mapping[str, str] | None = None
) -> None:
    """As start; what an operator can mend ends the process with one sentence and no traceback."""
    try:
        start(blueprints, roles, env)
    except (SettingsError, MigrationError, DocumentError) as fault:
        sys.exit(str(fault))
