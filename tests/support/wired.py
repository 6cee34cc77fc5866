"""A service as its bootstrap wires it, all roles in this process: on a real database and a twin of the broker."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from chassis.clock import SystemClock
from chassis.http.app import create_app
from chassis.kafka.topics import load_topics
from chassis.kafka.twin import TwinBroker
from chassis.migrate import migrate
from chassis.postgres.pool import open_pool
from chassis.run import Blueprint, Runtime, Service, run_all
from chassis.settings import ChassisSettings
from demo.identity import DemoIdentity

SECONDS = 20


async def broker_of(region: str) -> TwinBroker:
    """A twin with the topics of a region."""
    broker = TwinBroker()
    await broker.create_topics(load_topics(Path("deploy/kafka/topics.yaml")).for_region(region))
    return broker


@asynccontextmanager
async def running(blueprint: Blueprint, settings: ChassisSettings, broker: TwinBroker) -> AsyncIterator[Service]:
    """The service, migrated and with all its roles at work; ended by what one of them ended with."""
    await migrate(settings.database_url, blueprint.name, Path("chassis/migrations"), blueprint.migrations)
    pool = await open_pool(settings.database_url, blueprint.name, size=12)
    topics = load_topics(settings.topics_file)
    built = await blueprint.build(Runtime(blueprint.name, settings, SystemClock(), broker, broker, pool, topics))
    stop = asyncio.Event()
    parts = {f"{role}.{n}": part for role, parts in built.roles.items() for n, part in enumerate(parts)}
    at_work = asyncio.create_task(run_all(parts, stop))
    yield built
    stop.set()
    await asyncio.wait_for(at_work, SECONDS)
    await pool.close()


@asynccontextmanager
async def client_of(
    service: Service, name: str, settings: ChassisSettings, identity: DemoIdentity, token: str
) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who calls the service's HTTP interface with a token."""
    app = create_app(
        title=name,
        version="1",
        settings=settings,
        clock=SystemClock(),
        checks=service.checks,
        authenticator=identity.authenticator(settings.region),
        bodies=service.bodies,
    )
    for router in service.routers:
        app.include_router(router)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", headers=headers) as client:
        yield client
