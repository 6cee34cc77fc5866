"""The audit as it is wired: what authorities enter and what people declare meet in the findings on the topic."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from chassis.documents import DocumentError
from chassis.kafka.model import Outgoing
from chassis.kafka.twin import TwinBroker
from chassis.run import Service
from demo.identity import DemoIdentity
from deploy.keys import make_keys
from healthcode.envelope import decode, encode
from healthcode.events import DeclarationAccepted, Event, FindingConcluded, Stay
from healthcode.events.code import FINDINGS_IN_BACKGROUND
from healthcode.pseudonym import subject_of
from healthcode.values import Attestation, Color, IdType
from services.audit.bootstrap import BLUEPRINT, read_policies
from services.audit.config import Settings
from tests.support.people import id_number
from tests.support.wired import broker_of, client_of, running

pytestmark = pytest.mark.embedded

REGION = "330000"
SECONDS = 20
NOW = datetime.now(UTC)
IDENTITY = DemoIdentity()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    make_keys(tmp_path, Path("regions"), [REGION], valid_from=datetime(2020, 1, 1, tzinfo=UTC))
    return Settings(
        region=REGION,
        kafka_bootstrap="twin:1",
        database_url=database_url,
        secrets=tmp_path / REGION,
        audit_timer_seconds=0.05,
    )


@pytest.fixture
async def broker() -> TwinBroker:
    return await broker_of(REGION)


@pytest.fixture
async def service(settings: Settings, broker: TwinBroker) -> AsyncIterator[Service]:
    async with running(BLUEPRINT, settings, broker) as service:
        yield service


@pytest.fixture
async def officer(service: Service, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(service, "audit", settings, IDENTITY, token_of(IDENTITY, "o1")) as client:
        yield client


def token_of(identity: DemoIdentity, sub: str) -> str:
    return identity.token(sub, roles=["officer"], authority="cdc-330100", region=REGION, person=f"person-{sub}")


async def last(broker: TwinBroker, subject: str, color: Color) -> FindingConcluded:
    """The person's latest finding once it has this color."""
    async with asyncio.timeout(SECONDS):
        while True:
            topics = [f"hc.{REGION}.{name}" for name in (FindingConcluded.topic, FINDINGS_IN_BACKGROUND)]
            records = [record for topic in topics for record in await broker.last_records(topic, 1000)]
            events = [decode(record.headers, record.value, record.key) for record in records]
            mine = [event for event in events if isinstance(event, FindingConcluded) and event.subject == subject]
            latest = max(mine, key=lambda event: event.sequence, default=None)
            if latest is not None and latest.color is color:
                return latest
            await asyncio.sleep(0.02)


async def send(broker: TwinBroker, event: Event) -> None:
    wire = encode(event, owner=REGION, service="declaration", time=NOW)
    producer = await broker.producer()
    await producer.send_all([Outgoing(wire.topic, wire.key, wire.value, wire.headers)])
    await producer.stop()


async def past_is_told(officer: httpx.AsyncClient, me: str, green: FindingConcluded, red: FindingConcluded) -> None:
    """To the officer, to the person, and the same again when it is concluded anew."""
    then = {"at": green.reviewed_at.isoformat()}
    assert (await officer.get(f"/v1/subjects/{me}/finding", params=then)).json()["color"] == "green"
    listing = (await officer.get(f"/v1/subjects/{me}/findings")).json()["findings"]
    assert [each["sequence"] for each in listing] == [red.sequence, green.sequence]
    document = IdType.RESIDENT_ID.value
    login = IDENTITY.token("c1", roles=["citizen"], region=REGION, id_type=document, id_number=id_number(1))
    citizen = {"Authorization": f"Bearer {login}"}
    own = (await officer.get("/v1/me/finding", params=then, headers=citizen)).json()
    assert (own["subject"], own["color"]) == (me, "green")
    ops = {"Authorization": f"Bearer {IDENTITY.token('x1', roles=['ops'], region=REGION)}"}
    replayed = (await officer.get("/v1/ops/audit/replay", params={"subject": me}, headers=ops)).json()
    assert replayed == {"looked_at": 2, "faults": [], "total": 2, "next": None}


async def test_declarations_lists_and_areas_meet_in_findings(
    settings: Settings, broker: TwinBroker, officer: httpx.AsyncClient
) -> None:
    assert settings.secrets is not None
    key = bytes.fromhex((settings.secrets / "pseudonym.key").read_text())
    me = subject_of(key, IdType.RESIDENT_ID, id_number(1))
    yesterday = (NOW - timedelta(days=1)).date()
    declared = DeclarationAccepted(
        id="d" * 32,
        subject=me,
        at=NOW,
        attestation=Attestation.SELF,
        residence="330106",
        temperature=36.4,
        stays=(Stay(area="420106", since=yesterday, until=yesterday),),
    )
    await send(broker, declared)
    green = await last(broker, me, Color.GREEN)
    assert green.causes == ("d" * 32,)

    entry = {
        "person": {"id_type": "resident_id", "id_number": id_number(1)},
        "category": "confirmed",
        "evidence": "case 1",
        "valid_from": NOW.isoformat(),
    }
    made = await officer.post("/v1/lists/entries", json=entry, headers={"Idempotency-Key": "k1"})
    assert made.status_code == 201
    red = await last(broker, me, Color.RED)
    assert red.causes == (f"{made.json()['entry']}.1",)
    explained = (await officer.get(f"/v1/subjects/{me}/finding", headers={"Accept-Language": "zh"})).json()
    assert (explained["color"], explained["published"]) == ("red", True)
    await past_is_told(officer, me, green, red)
    assert explained["rules"][0]["facts"][0]["source"] == "cdc-330100"

    level = {"area": "420100", "level": "high", "evidence": "n 1", "valid_from": (NOW - timedelta(days=9)).isoformat()}
    proposed = (await officer.post("/v1/areas", json={**level, "why": "decided by the headquarters"})).json()["id"]
    second = {"Authorization": f"Bearer {token_of(IDENTITY, 'o2')}"}
    assert (await officer.post(f"/v1/proposals/{proposed}/approval", json={}, headers=second)).status_code == 200
    async with asyncio.timeout(SECONDS):
        while True:
            storms = (await officer.get("/v1/areas/storms")).json()["storms"]
            if {storm["state"] for storm in storms} == {"done"}:
                break
            await asyncio.sleep(0.05)
    assert [(storm["area"], storm["cause"]) for storm in storms] == [("420100", "area"), (None, "policy")]
    assert storms[0]["queued"] == 1
    policies = (await officer.get("/v1/policies")).json()["policies"]
    assert [policy["in_force"] for policy in policies].count(True) == 1


def test_a_broken_policy_ends_the_start_with_its_line(tmp_path: Path) -> None:
    text = Path("regions/330000/policy/2020-02-11.yaml").read_text("utf-8")
    (tmp_path / "a.yaml").write_text(text.replace("color: red", "color: blue", 1), "utf-8")
    with pytest.raises(DocumentError, match=r"a\.yaml:\d+: "):
        read_policies(tmp_path, NOW)
    (tmp_path / "a.yaml").write_text(text, "utf-8")
    with pytest.raises(DocumentError, match="no policy is in force"):
        read_policies(tmp_path, datetime(2019, 1, 1, tzinfo=UTC))
