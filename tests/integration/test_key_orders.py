"""From two officers' word to another credential on the device: as they type it, on a running issuer."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey

from chassis.clock import SystemClock
from chassis.http.app import create_app
from chassis.kafka.model import Outgoing
from demo.identity import DemoIdentity
from deploy import orders
from deploy.keys import make_keys
from healthcode.credential import Es256Key, show
from healthcode.credential.container import strict_cbor, unpack
from healthcode.envelope import encode
from healthcode.pseudonym import subject_of
from healthcode.values import Color, IdType
from services.issuer.bootstrap import BLUEPRINT
from services.issuer.config import Settings
from tests.integration.test_key_rollover import NUMBER, REGION, eventually, kid_of
from tests.support.shell import Shell, shell_on
from tests.support.wired import broker_of, client_of, running
from tests.twins.issuer_findings import finding

pytestmark = pytest.mark.embedded

WHY = "签名服务器失窃，见事件单〔2020〕3号"


@dataclass
class Desk:
    """Two officers at their terminals, a citizen's device, a gate, and the folder of keys."""

    folder: Path
    first: Shell
    second: Shell
    citizen: httpx.AsyncClient
    gate: httpx.AsyncClient
    device: Es256Key

    async def decide(self, monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
        """One proposes, the other approves, and whoever holds the keys carries it out."""
        proposal = (await self.first.json("keys", *words, "--reason", WHY))["proposal"]
        code, _, refused = await self.first.run("keys", "approve", proposal)
        assert (code, "Another officer" in refused) == (3, True), refused
        await self.second.json("keys", "approve", proposal)
        to_do = await self.second.json("keys", "changes", "--to-do")
        assert [each["proposal"] for each in to_do["items"]] == [proposal]
        monkeypatch.setattr("sys.stdin", StringIO(json.dumps(to_do)))
        orders.main([str(self.folder), REGION])

        async def done() -> bool:
            return not (await self.first.json("keys", "changes", "--to-do"))["items"]

        await eventually(done)

    async def fresh(self) -> str:
        """A credential for the device."""
        public = ECKey.import_key(self.device.to_pem()).as_dict(private=False)
        jwk = {name: public[name] for name in ("kty", "crv", "x", "y")}
        made = await self.citizen.post("/v1/me/credentials", json={"cnf": {"jwk": jwk}})
        assert made.status_code == 201, made.text
        return str(made.json()["credential"])

    async def scanned(self, credential: str) -> str:
        """What a gate with a network says."""
        text = show(credential, int(datetime.now(UTC).timestamp()), self.device.sign)
        answer = await self.gate.post("/v1/verifications", json={"credential": text})
        return str(answer.json()["verdict"])

    async def stand(self) -> dict[str, list[str]]:
        """How the keys for credentials stand."""
        listed: dict[str, Any] = await self.first.json("keys", "list")
        stands: dict[str, list[str]] = {}
        for each in listed["keys"]:
            stands.setdefault(each["usage"], []).append(each["stands"])
        return stands


def cti_of(credential: str) -> bytes:
    found: bytes = strict_cbor(unpack(credential).payload)[7]
    return found


@pytest.fixture
async def desk(database_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    path = make_keys(tmp_path, Path("regions"), [REGION], valid_from=datetime(2020, 1, 1, tzinfo=UTC))
    secrets = tmp_path / REGION
    settings = Settings(
        region=REGION, kafka_bootstrap="twin:1", database_url=database_url, secrets=secrets, catalogue=path
    )
    identity, broker = DemoIdentity(), await broker_of(REGION)
    officers = [
        identity.token(f"o{n}", roles=["officer"], region=REGION, person=f"p{n}", authority="330000-nhc")
        for n in (1, 2)
    ]
    mine = identity.token("c1", roles=["citizen"], id_type="resident_id", id_number=NUMBER)
    guards = identity.token("g1", roles=["checkpoint"], region=REGION)
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(running(BLUEPRINT, settings, broker))
        app = create_app(
            title="issuer", version="1", settings=settings, clock=SystemClock(), checks=[],
            authenticator=identity.authenticator(REGION),
        )  # fmt: skip
        for router in service.routers:
            app.include_router(router)
        shells = []
        for number, token in enumerate(officers):
            folder = tmp_path / f"officer-{number}"
            folder.mkdir()
            shells.append(await stack.enter_async_context(shell_on(app, token, folder)))
        citizen = await stack.enter_async_context(client_of(service, "issuer", settings, identity, mine))
        gate = await stack.enter_async_context(client_of(service, "issuer", settings, identity, guards))
        pseudonyms = bytes.fromhex((secrets / "pseudonym.key").read_text().strip())
        now = datetime.now(UTC)
        green = finding(Color.GREEN, 1, subject_of(pseudonyms, IdType.RESIDENT_ID, NUMBER), reviewed_at=now)
        wire = encode(green, owner=REGION, service="test", time=now)
        await (await broker.producer()).send_all([Outgoing(wire.topic, wire.key, wire.value, wire.headers)])

        async def has_a_code() -> bool:
            return (await citizen.get("/v1/me/code")).status_code == 200

        await eventually(has_a_code)
        yield Desk(tmp_path, shells[0], shells[1], citizen, gate, Es256Key.generate())


async def test_a_planned_change_is_announced(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.decide(monkeypatch, "rotate", "credential")
    assert await desk.stand() == {"credential": ["signs", "announced"], "lists": ["signs"]}
    assert await desk.scanned(await desk.fresh()) == "valid"


async def test_a_stolen_key_is_revoked_and_the_device_gets_another_credential(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await desk.fresh()
    path = f"/v1/me/credentials/{cti_of(old).hex()}/replacement"
    assert (await desk.citizen.get(path)).status_code == 404
    await desk.decide(monkeypatch, "revoke", "credential", kid_of(old))
    assert await desk.stand() == {"credential": ["revoked", "signs"], "lists": ["signs"]}

    async def there() -> bool:
        return (await desk.citizen.get(path)).status_code == 200

    await eventually(there)
    new = (await desk.citizen.get(path)).json()["credential"]
    assert [await desk.scanned(each) for each in (old, new)] == ["revoked", "valid"]
    code, shown, _ = await desk.first.run("keys", "list")
    assert (code, "revoked key" in shown) == (0, True)
    [run] = (await desk.first.json("keys", "list"))["reissues"]
    assert (run["key"], run["waiting"], run["replaced"]) == (kid_of(old), 0, 1)
    assert unpack(new).kid.hex() != kid_of(old)
