"""The whole service as it is wired: HTTP in, the outbox onto the broker, findings and codes onto the receipts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from chassis.clock import SimulatedClock
from chassis.http.app import create_app
from chassis.kafka.model import Outgoing, TopicSpec
from chassis.kafka.topics import load_topics
from chassis.kafka.twin import TwinBroker
from chassis.migrate import migrate
from chassis.postgres.pool import open_pool
from chassis.run import Runtime, Service
from chassis.settings import ChassisSettings
from demo.identity import DemoIdentity
from healthcode.envelope import decode, encode
from healthcode.events import CodeConfirmed, Event, FindingConcluded
from healthcode.values import Color, EvidenceClass
from services.declaration.bootstrap import BLUEPRINT
from services.declaration.config import Settings
from tests.support.person_keys import keys_beside
from tests.unit.declaration.office import MASTER_KEY, MING, PSEUDONYM_KEY, REGION, declaration, subject

pytestmark = pytest.mark.embedded

NOW = datetime(2020, 2, 11, 1, tzinfo=UTC)
SECONDS = 15


@pytest.fixture
async def broker() -> TwinBroker:
    """A broker in memory with the region's topics."""
    broker = TwinBroker()
    specs = load_topics(Path("deploy/kafka/topics.yaml")).for_region(REGION)
    await broker.create_topics([TopicSpec(spec.name, spec.partitions) for spec in specs])
    return broker


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> ChassisSettings:
    """Settings with key files."""
    for name, key in (("pseudonym.key", PSEUDONYM_KEY), ("master.key", MASTER_KEY)):
        (tmp_path / name).write_text(key.hex())
        (tmp_path / name).chmod(0o600)
    return Settings(region=REGION, kafka_bootstrap="localhost:9092", database_url=database_url, secrets=tmp_path)


@pytest.fixture
async def service(settings: ChassisSettings, broker: TwinBroker) -> AsyncIterator[Service]:
    """The service as its blueprint builds it, all its roles running."""
    await migrate(settings.database_url, BLUEPRINT.name, Path("chassis/migrations"), BLUEPRINT.migrations)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(keys_beside(settings.database_url))
        pool = await open_pool(settings.database_url, BLUEPRINT.name)
        stack.push_async_callback(pool.close)
        topics = load_topics(settings.topics_file)
        clock = SimulatedClock(NOW)
        built = await BLUEPRINT.build(Runtime(BLUEPRINT.name, settings, clock, broker, broker, pool, topics))
        for close in built.closing:
            stack.push_async_callback(close)
        stop = asyncio.Event()
        running = [asyncio.create_task(part.run(stop)) for parts in built.roles.values() for part in parts]
        yield built
        stop.set()
        await asyncio.wait_for(asyncio.gather(*running), SECONDS)


def http_of(service: Service, settings: ChassisSettings, identity: DemoIdentity) -> httpx.AsyncClient:
    """A client of the service's routes."""
    app = create_app(
        title=service.name,
        version="0",
        settings=settings,
        clock=SimulatedClock(NOW),
        checks=service.checks,
        authenticator=identity.authenticator(REGION),
        bodies=service.bodies,
    )
    for router in service.routers:
        app.include_router(router)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://declaration")


async def declared(broker: TwinBroker) -> Event:
    """The one event on declarations.v1, once it is there."""
    topic = f"hc.{REGION}.declarations.v1"
    reader = await broker.reader([topic])
    async with asyncio.timeout(SECONDS):
        while True:
            for records in (await reader.getmany(10, 0.1)).values():
                for record in records:
                    return decode(dict(record.headers), record.value, record.key)


async def publish(broker: TwinBroker, *events: Event) -> None:
    """Publish as the audit and the issuer do."""
    producer = await broker.producer()
    wires = [encode(event, owner=REGION, service="test", time=NOW) for event in events]
    await producer.send_all([Outgoing(wire.topic, wire.key, wire.value, wire.headers) for wire in wires])
    await producer.stop()


def finding(cause: str) -> FindingConcluded:
    """A finding that saw the cause."""
    return FindingConcluded(
        id="f1",
        subject=subject(MING),
        incarnation=1,
        sequence=1,
        color=Color.GREEN,
        act="may_enter",
        hits=(),
        reviewed_at=NOW,
        policy="p",
        policy_version="1",
        reference=1,
        causes=(cause,),
        evidence=EvidenceClass.SELF_REPORTED,
    )


def confirmed(cause: str) -> CodeConfirmed:
    """A code that the cause left as it was."""
    return CodeConfirmed(
        id="c1",
        subject=subject(MING),
        incarnation=1,
        version=4,
        color=Color.GREEN,
        finding="f1",
        causes=(cause, "a-listing"),
        confirmed_at=NOW,
    )


async def test_a_declaration_goes_out_and_its_receipt_fills(
    service: Service, settings: ChassisSettings, broker: TwinBroker
) -> None:
    identity = DemoIdentity()
    token = identity.token("ming", roles=["citizen"], id_type="resident_id", id_number=MING)
    headers = {"Authorization": f"Bearer {token}"}
    async with http_of(service, settings, identity) as http:
        assert (await http.get("/health/ready")).status_code == 200
        answer = await http.post("/v1/declarations", json=declaration(), headers=headers)
        accepted = answer.json()
        assert (await declared(broker)).id == accepted["id"]
        await publish(broker, finding(accepted["id"]), confirmed(accepted["id"]))
        async with asyncio.timeout(SECONDS):
            stages = None
            while stages is None or not (stages["audited"] and stages["coloured"]):
                stages = (await http.get(accepted["receipt"], headers=headers)).json()["stages"]
                await asyncio.sleep(0.02)
    assert (stages["audited"]["finding"], stages["audited"]["color"]) == ("f1", "green")
    assert (stages["coloured"]["version"], stages["coloured"]["color"]) == (4, "green")
