"""The issuer as it is wired: a finding on the topic becomes a change on the topic and a code in the citizen's hand."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from chassis.kafka.model import Outgoing
from chassis.kafka.twin import TwinBroker
from chassis.run import Service
from demo.identity import DemoIdentity
from deploy.keys import make_keys
from healthcode.envelope import decode, encode
from healthcode.events import CodeChanged, GuardianshipChanged
from healthcode.pseudonym import subject_of
from healthcode.values import Color, IdType
from services.issuer.bootstrap import BLUEPRINT
from services.issuer.config import Settings
from tests.support.wired import broker_of, client_of, running
from tests.twins.issuer_findings import DAY, finding

pytestmark = pytest.mark.embedded

REGION = "330000"
NUMBER, CHILD = "11010519491231002X", "330106201506010021"
SECONDS = 15


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    make_keys(tmp_path, Path("regions"), [REGION], valid_from=datetime(2020, 1, 1, tzinfo=UTC))
    return Settings(
        region=REGION,
        kafka_bootstrap="twin:1",
        database_url=database_url,
        secrets=tmp_path / REGION,
        issuer_timer_seconds=0.05,
    )


@pytest.fixture
async def broker() -> TwinBroker:
    return await broker_of(REGION)


@pytest.fixture
async def service(settings: Settings, broker: TwinBroker) -> AsyncIterator[Service]:
    async with running(BLUEPRINT, settings, broker) as service:
        yield service


@pytest.fixture
async def citizen(service: Service, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    identity = DemoIdentity()
    token = identity.token("c1", roles=["citizen"], id_type="resident_id", id_number=NUMBER)
    async with client_of(service, "issuer", settings, identity, token) as client:
        yield client


async def changes(broker: TwinBroker, count: int) -> list[CodeChanged]:
    """The first `count` events on codes.v1."""
    async with asyncio.timeout(SECONDS):
        while len(records := await broker.last_records("hc.330000.codes.v1", count)) < count:
            await asyncio.sleep(0.02)
    events = [decode(record.headers, record.value, record.key) for record in records]
    return [event for event in events if isinstance(event, CodeChanged)]


async def test_from_a_finding_to_a_code_that_expires(
    settings: Settings, broker: TwinBroker, citizen: httpx.AsyncClient
) -> None:
    assert settings.secrets is not None
    key = bytes.fromhex((settings.secrets / "pseudonym.key").read_text())
    me = subject_of(key, IdType.RESIDENT_ID, NUMBER)
    assert (await citizen.get("/health/ready")).status_code == 200
    assert (await citizen.get("/v1/me/code")).status_code == 404
    # reviewed in 2020, so by today's clock it has long expired: the timer is next
    wire = encode(finding(Color.GREEN, 1, me, causes=("d1",)), owner=REGION, service="audit", time=datetime.now(UTC))
    producer = await broker.producer()
    await producer.send_all([Outgoing(wire.topic, wire.key, wire.value, wire.headers)])
    told = await changes(broker, 2)
    assert [(event.color, event.version, event.cause) for event in told] == [
        (Color.GREEN, 1, "declaration"),
        (Color.GREY, 2, "expired"),
    ]
    assert broker.count("hc.330000.codes.state.v1") >= 2
    assert (await citizen.get("/v1/me/code")).json()["color"] == "grey"
    now = datetime.now(UTC)
    fresh = finding(Color.RED, 2, me, reviewed_at=now, until=now + 14 * DAY)
    wire = encode(fresh, owner=REGION, service="audit", time=now)
    await producer.send_all([Outgoing(wire.topic, wire.key, wire.value, wire.headers)])
    assert (await changes(broker, 3))[-1].color is Color.RED
    issued = await citizen.post("/v1/me/credentials", json={})
    assert (issued.status_code, issued.json()["credential"][:4]) == (201, "HC1:")
    await producer.stop()


async def test_a_guardianship_on_the_topic_lets_a_guardian_show_a_code(
    settings: Settings, broker: TwinBroker, citizen: httpx.AsyncClient
) -> None:
    assert settings.secrets is not None
    pseudonyms = bytes.fromhex((settings.secrets / "pseudonym.key").read_text().strip())
    guardian, child = (subject_of(pseudonyms, IdType.RESIDENT_ID, number) for number in (NUMBER, CHILD))
    now = datetime.now(UTC)
    told = GuardianshipChanged(
        id="e" * 32,
        subject=child,
        guardian=guardian,
        guardianship="f" * 32,
        until=now + DAY,
        incarnation=1,
        version=2,
        at=now,
    )
    producer = await broker.producer()
    for event in (told, finding(Color.GREEN, 1, child, reviewed_at=now)):
        wire = encode(event, owner=REGION, service="test", time=now)
        await producer.send_all([Outgoing(f"hc.{REGION}.{event.topic}", wire.key, wire.value, wire.headers)])
    async with asyncio.timeout(SECONDS):
        while (await citizen.get(f"/v1/me/dependants/{'f' * 32}/code")).status_code != 200:
            await asyncio.sleep(0.05)
    assert [each["id"] for each in (await citizen.get("/v1/me/dependants")).json()["items"]] == ["f" * 32]
