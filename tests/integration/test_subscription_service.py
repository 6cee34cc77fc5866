"""Subscription as it is wired, on a real database: who is let in is told of those who agreed, and of nobody else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import httpx
import pytest

from chassis.kafka.model import Outgoing, UnknownTopic
from chassis.kafka.twin import TwinBroker
from chassis.run import Service
from demo.identity import DemoIdentity
from deploy.keys import make_keys
from healthcode.envelope import decode, encode
from healthcode.events import ClientChanged, CodeChanged, CodeShared, ConsentChanged
from healthcode.pseudonym import clients_name, subject_of
from healthcode.values import Color, IdType
from services.subscription.bootstrap import BLUEPRINT
from services.subscription.config import Settings
from tests.support.clients import APPLICATION, WHY, changed_code, terms
from tests.support.people import id_number
from tests.support.wired import broker_of, client_of, running

pytestmark = pytest.mark.embedded

REGION = "330000"
SECONDS = 20
T = TypeVar("T")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    make_keys(tmp_path, Path("regions"), [REGION], valid_from=datetime(2020, 1, 1, tzinfo=UTC))
    return Settings(
        region=REGION,
        kafka_bootstrap="twin:1",
        database_url=database_url,
        secrets=tmp_path / REGION,
        subscription_timer_seconds=0.05,
    )


class House:
    """The service, and everybody who calls it."""

    def __init__(self, stack: AsyncExitStack, service: Service, settings: Settings, broker: TwinBroker) -> None:
        self._stack, self._service, self._settings = stack, service, settings
        self._identity = DemoIdentity()
        self.broker = broker
        assert settings.secrets is not None
        self.key = bytes.fromhex((settings.secrets / "pseudonym.key").read_text())

    async def as_(self, sub: str, role: str, **claims: Any) -> httpx.AsyncClient:
        token = self._identity.token(sub, roles=[role], region=REGION, **claims)
        made = client_of(self._service, "subscription", self._settings, self._identity, token)
        return await self._stack.enter_async_context(made)

    async def officer(self, name: str) -> httpx.AsyncClient:
        return await self.as_(name, "officer", person=name, authority="330100-cdc")

    async def citizen(self, index: int) -> httpx.AsyncClient:
        return await self.as_(f"c{index}", "citizen", id_type="resident_id", id_number=id_number(index))

    async def integrator(self, account: str = "gate") -> httpx.AsyncClient:
        return await self.as_(f"service-{account}", "integrator", client_id=account)

    def subject(self, index: int) -> str:
        return subject_of(self.key, IdType.RESIDENT_ID, id_number(index))

    async def say(self, *codes: CodeChanged) -> None:
        """As the issuer does."""
        producer = await self.broker.producer()
        wires = [encode(code, owner=REGION, service="issuer", time=code.changed_at) for code in codes]
        await producer.send_all([Outgoing(w.topic, w.key, w.value, w.headers) for w in wires])
        await producer.stop()

    async def heard(self, subject: str, version: int) -> None:
        """Wait until the worker has taken a change: what it tells nobody shows nowhere else."""
        connection = await asyncpg.connect(self._settings.database_url)

        async def ask() -> bool | None:
            known = await connection.fetchval("SELECT version FROM subscription.known_code WHERE subject = $1", subject)
            return known == version or None

        try:
            await eventually(ask)
        finally:
            await connection.close()

    async def told(self, client: str) -> list[CodeShared]:
        """All that a client was told so far, in order."""
        topic = f"hc.{REGION}.clients.{client}.codes.v1"
        records = await self.broker.last_records(topic, 1000)
        events = [decode(record.headers, record.value, record.key) for record in records]
        return [event for event in events if isinstance(event, CodeShared)]

    async def granted(self, **changes: Any) -> str:
        """A client that two officers have let in."""
        applied = await (await self.integrator()).post("/v1/clients", json=APPLICATION)
        assert applied.status_code == 201, applied.text
        client: str = applied.json()["client"]
        await self.renewed(client, **changes)
        return client

    async def renewed(self, client: str, **changes: Any) -> None:
        one, other = await self.officer("first"), await self.officer("second")
        proposed = await one.post(f"/v1/clients/{client}/proposals", json=terms(**changes))
        assert proposed.status_code == 202, proposed.text
        path = f"/v1/clients/{client}/proposals/{proposed.json()['proposal']}"
        assert (await one.post(f"{path}/approval", json={})).json()["code"] == "2804"
        approved = await other.post(f"{path}/approval", json={"note": "材料齐全"})
        assert (approved.status_code, approved.json()["state"]) == (200, "approved"), approved.text
        await self.state(client, "active")

    async def state(self, client: str, wanted: str) -> dict[str, Any]:
        officer = await self.officer("first")

        async def ask() -> dict[str, Any] | None:
            found: dict[str, Any] = (await officer.get(f"/v1/clients/{client}")).json()
            return found if found["state"] == wanted else None

        return await eventually(ask)


async def eventually(ask: Callable[[], Awaitable[T | None]]) -> T:
    async with asyncio.timeout(SECONDS):
        while (answer := await ask()) is None:
            await asyncio.sleep(0.02)
        return answer


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    broker = await broker_of(REGION)
    async with AsyncExitStack() as stack, running(BLUEPRINT, settings, broker) as service:
        yield House(stack, service, settings, broker)


async def words(house: House, client: str, count: int) -> list[CodeShared]:
    """What a client was told, once that are so many words; and not one more."""

    async def ask() -> list[CodeShared] | None:
        told = await house.told(client)
        return told if len(told) >= count else None

    told = await eventually(ask)
    assert len(told) == count, told
    return told


def until(days: float = 10) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


async def test_who_is_let_in_is_told_of_those_who_agreed(house: House) -> None:
    client = await house.granted()
    me, other = house.subject(1), house.subject(2)
    await house.say(changed_code(me, 1, Color.GREEN), changed_code(other, 1, Color.GREEN))
    citizen = await house.citizen(1)
    card = (await citizen.get(f"/v1/me/clients/{client}")).json()
    assert (card["name"], len(card["words"])) == (APPLICATION["name"], 3)

    agreed = await citizen.put(f"/v1/me/clients/{client}", json={"until": until(), "reference": "staff-1"})
    assert agreed.status_code == 200, agreed.text
    name = agreed.json()["subject"]
    assert name == clients_name(house.key, client, me) != me
    first = (await words(house, client, 1))[0]
    assert (first.subject, first.shared, first.color, first.reference) == (name, "snapshot", "green", "staff-1")

    changes = [changed_code(me, version, Color.RED if version % 2 else Color.GREEN) for version in range(2, 12)]
    await house.say(*changes, *[changed_code(other, version, Color.RED) for version in range(2, 5)], *changes[-2:])
    told = await words(house, client, 11)
    assert [(word.version, word.color) for word in told[1:]] == [(code.version, code.color) for code in changes]
    assert {word.subject for word in told} == {name}

    assert (await citizen.delete(f"/v1/me/clients/{client}")).status_code == 204
    assert (await citizen.get("/v1/me/clients")).json()["items"] == []
    await house.say(changed_code(me, 12, Color.RED))
    await house.heard(me, 12)
    last = (await words(house, client, 12))[-1]
    assert (last.shared, last.color, last.version) == ("ended", None, 12)
    assert (await citizen.delete(f"/v1/me/clients/{client}")).status_code == 404

    await citizen.put(f"/v1/me/clients/{client}", json={"until": until()})
    again = (await words(house, client, 13))[-1]
    assert (again.shared, again.color, again.version) == ("snapshot", "red", 13)


async def test_a_client_that_was_held_catches_up_and_one_that_is_put_out_is_told_nothing(house: House) -> None:
    client = await house.granted()
    me, officer = house.subject(1), await house.officer("third")
    await house.say(changed_code(me, 1, Color.GREEN))
    citizen = await house.citizen(1)
    await citizen.put(f"/v1/me/clients/{client}", json={"until": until()})
    await words(house, client, 1)

    held = await officer.post(f"/v1/clients/{client}/suspension", json={"why": WHY})
    assert held.json()["state"] == "suspended", held.text
    assert (await officer.post(f"/v1/clients/{client}/suspension", json={"why": WHY})).json()["code"] == "3802"
    await house.say(changed_code(me, 2, Color.RED), changed_code(me, 3, Color.YELLOW))
    await house.heard(me, 3)
    assert len(await house.told(client)) == 1

    await house.renewed(client)
    missed = (await words(house, client, 2))[-1]
    assert (missed.color, missed.shared, missed.version) == ("yellow", "changed", 2)

    await officer.post(f"/v1/clients/{client}/revocation", json={"why": WHY})
    await house.say(changed_code(me, 4, Color.GREEN))

    async def nothing_left() -> bool | None:
        return (await citizen.get("/v1/me/clients")).json()["items"] == [] or None

    await eventually(nothing_left)
    assert len(await house.told(client)) == 2
    record = (await officer.get(f"/v1/clients/{client}/record")).json()["items"]
    assert [act["what"] for act in reversed(record)] == [
        "applied",
        "granted",
        "opened",
        "suspended",
        "granted",
        "revoked",
    ]
    assert record[0]["by"] == "third"


async def test_terms_and_consents_end_by_themselves(house: House) -> None:
    client = await house.granted()
    citizen = await house.citizen(1)
    await house.say(changed_code(house.subject(1), 1, Color.GREEN))
    await citizen.put(f"/v1/me/clients/{client}", json={"until": until(1 / 86400)})
    assert [word.shared for word in await words(house, client, 2)] == ["snapshot", "ended"]

    soon = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
    await house.renewed(client, expires_at=soon)
    await house.state(client, "expired")
    refused = await citizen.put(f"/v1/me/clients/{client}", json={"until": until()})
    assert refused.status_code == 404
    records = await house.broker.last_records(f"hc.{REGION}.clients.v1", 100)
    events = [decode(record.headers, record.value, record.key) for record in records]
    states = [(event.version, event.state) for event in events if isinstance(event, ClientChanged)]
    assert states == [(1, "opening"), (2, "active"), (3, "active"), (4, "expired")]
    consents = await house.broker.last_records(f"hc.{REGION}.consents.v1", 100)
    said = [decode(record.headers, record.value, record.key) for record in consents]
    assert [event.until is None for event in said if isinstance(event, ConsentChanged)] == [False, True]


async def test_nobody_has_a_topic_before_two_officers_have_agreed(house: House) -> None:
    integrator = await house.integrator()
    key = {"Idempotency-Key": "once"}
    applied = await integrator.post("/v1/clients", json=APPLICATION, headers=key)
    again = await integrator.post("/v1/clients", json=APPLICATION, headers=key)
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (applied.json(), "true")
    assert (await integrator.post("/v1/clients", json=APPLICATION)).json()["code"] == "3801"
    client = applied.json()["client"]
    with pytest.raises(UnknownTopic):
        await house.told(client)
    assert (await (await house.citizen(1)).get(f"/v1/me/clients/{client}")).status_code == 404
    own = (await integrator.get("/v1/clients/own")).json()
    assert (own["state"], own["scopes"], own["topic"]) == ("applied", [], None)
    assert (await (await house.integrator("another")).get("/v1/clients/own")).status_code == 404
