"""Keys change while the issuer runs: as planned, without a gap; and in an emergency, a verifier being offline."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc.jwk import ECKey

from chassis.kafka.model import Outgoing
from chassis.watched import Watched
from demo.identity import DemoIdentity
from deploy import rollover
from deploy.keys import make_keys
from healthcode.credential import (
    Checker,
    Es256Key,
    TrustList,
    Usage,
    Verdict,
    anchored,
    read_list,
    read_trust,
    show,
    split,
)
from healthcode.credential.container import unpack
from healthcode.credential.status_list import FULL
from healthcode.envelope import encode
from healthcode.pseudonym import subject_of
from healthcode.values import Color, IdType
from services.issuer.bootstrap import BLUEPRINT
from services.issuer.config import Settings
from services.recognition.handlers.trust import TrustLists
from tests.support.wired import broker_of, client_of, running
from tests.twins.issuer_findings import finding

pytestmark = pytest.mark.embedded

REGION, NATION, NUMBER = "330000", "100000", "11010519491231002X"
DAY = timedelta(days=1)
SECONDS = 30


@dataclass
class Stage:
    """A region's issuer at work, the nation's list, and a holder's device."""

    folder: Path
    citizen: httpx.AsyncClient
    gate: httpx.AsyncClient
    lists: TrustLists
    anchors: TrustList
    device: Es256Key

    def roll(self, *arguments: str) -> None:
        """What an operator types."""
        rollover.main([str(self.folder), *arguments])

    def trust(self) -> TrustList:
        """The nation's list as a verifier reads it that is online."""
        return read_trust(self.lists(), self.anchors)

    async def fresh(self) -> str:
        """A credential for the device."""
        public = ECKey.import_key(self.device.to_pem()).as_dict(private=False)
        jwk = {name: public[name] for name in ("kty", "crv", "x", "y")}
        made = await self.citizen.post("/v1/me/credentials", json={"cnf": {"jwk": jwk}})
        assert made.status_code == 201, made.text
        return str(made.json()["credential"])

    def live(self, credential: str, at: datetime) -> str:
        return show(credential, int(at.timestamp()), self.device.sign)

    async def online(self, credential: str) -> str:
        """What the region's own service answers to a scan."""
        text = self.live(credential, datetime.now(UTC))
        answer = await self.gate.post("/v1/verifications", json={"credential": text})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["verdict"])

    async def update(self, checker: Checker) -> None:
        """A verifier goes online."""
        trust, day = self.trust(), f"{datetime.now(UTC):%Y%m%d}"
        data = await self.gate.get(f"/v1/status-lists/{day}-0", headers={"Accept": FULL})
        checker.update(trust, [read_list(data.content, trust)])


async def eventually(ask: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(SECONDS):
        while not await ask():
            await asyncio.sleep(0.05)


def kid_of(credential: str) -> str:
    return unpack(split(credential)[1]).kid.hex()


@pytest.fixture
async def stage(database_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    path = make_keys(tmp_path, Path("regions"), [REGION, NATION], valid_from=datetime(2020, 1, 1, tzinfo=UTC))
    settings = Settings(
        region=REGION,
        kafka_bootstrap="twin:1",
        database_url=database_url,
        secrets=tmp_path / REGION,
        catalogue=path,
        issuer_status_lists=1,
        issuer_person_per_minute=10_000,
    )
    identity, broker = DemoIdentity(), await broker_of(REGION)
    mine = identity.token("c1", roles=["citizen"], id_type="resident_id", id_number=NUMBER)
    guards = identity.token("g1", roles=["checkpoint"], region=REGION)
    anchor = load_pem_public_key(path.with_name("trust-anchor.pem").read_bytes())
    assert isinstance(anchor, ec.EllipticCurvePublicKey)
    nation = Es256Key.from_pem((tmp_path / NATION / "trust.pem").read_bytes())
    lists = TrustLists(Watched(path, json.loads), nation, lambda: datetime.now(UTC))
    async with (
        running(BLUEPRINT, settings, broker) as service,
        client_of(service, "issuer", settings, identity, mine) as citizen,
        client_of(service, "issuer", settings, identity, guards) as gate,
    ):
        pseudonyms = bytes.fromhex((tmp_path / REGION / "pseudonym.key").read_text().strip())
        now = datetime.now(UTC)
        wire = encode(
            finding(Color.GREEN, 1, subject_of(pseudonyms, IdType.RESIDENT_ID, NUMBER), reviewed_at=now),
            owner=REGION, service="test", time=now,
        )  # fmt: skip
        producer = await broker.producer()
        await producer.send_all([Outgoing(wire.topic, wire.key, wire.value, wire.headers)])
        stage = Stage(tmp_path, citizen, gate, lists, anchored(anchor), Es256Key.generate())

        async def has_a_code() -> bool:
            return (await citizen.get("/v1/me/code")).status_code == 200

        await eventually(has_a_code)
        yield stage


async def test_a_planned_change_leaves_no_gap_for_a_verifier_that_is_offline(stage: Stage) -> None:
    before = await stage.fresh()
    stage.roll("renew", REGION, "credential", "--in", "3s")

    async def announced() -> bool:
        return len([key for key in stage.trust().all(Usage.CREDENTIAL) if key.region == REGION]) > 1

    await eventually(announced)
    assert kid_of(await stage.fresh()) == kid_of(before), "verifiers know the new key before it signs"
    checker = Checker(stage.trust())
    await stage.update(checker)
    shown = [before]

    async def changed() -> bool:
        shown.append(await stage.fresh())
        return kid_of(shown[-1]) != kid_of(before)

    await eventually(changed)
    now = datetime.now(UTC)
    assert {checker.check(stage.live(each, now), now).verdict for each in shown} == {Verdict.VALID}
    assert {await stage.online(each) for each in (before, shown[-1])} == {"valid"}
    keys = (await stage.gate.get("/v1/trust")).json()["keys"]
    assert [key["signs_until"] is None for key in keys] == [False, True]


async def test_a_revoked_key_takes_all_that_it_signed_along(stage: Stage) -> None:
    old = await stage.fresh()
    checker = Checker(stage.trust())
    await stage.update(checker)
    stage.roll("renew", REGION, "credential", "--in", "0s")

    async def changed() -> bool:
        return kid_of(await stage.fresh()) != kid_of(old)

    await eventually(changed)
    stage.roll("revoke", REGION, kid_of(old), "--why", "lost with a server")

    async def refused() -> bool:
        return await stage.online(old) == "revoked"

    await eventually(refused)
    again, now = await stage.fresh(), datetime.now(UTC)
    assert await stage.online(again) == "valid"
    offline = {"old": checker.check(stage.live(old, now), now), "new": checker.check(stage.live(again, now), now)}
    assert {name: answer.verdict for name, answer in offline.items()} == {
        "old": Verdict.VALID,  # it cannot know yet, and says how old its lists are
        "new": Verdict.UNKNOWN_ISSUER,  # go online, that says
    }
    later = now + checker.policy.trust_age + DAY
    assert checker.check(stage.live(old, later), later).verdict is Verdict.STALE_VERIFIER
    await stage.update(checker)
    assert checker.check(stage.live(old, now), now).verdict is Verdict.REVOKED
    assert checker.check(stage.live(again, now), now).verdict is Verdict.VALID


async def test_the_only_key_that_signs_cannot_be_revoked(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="first `renew 330000 credential --in 0s`"):
        stage.roll("revoke", REGION, kid_of(await stage.fresh()), "--why", "a trial")
    stage.roll("list", REGION)
    assert "signs" in capsys.readouterr().out


async def test_a_catalogue_that_is_broken_changes_nothing(stage: Stage) -> None:
    good = await stage.fresh()
    path = stage.folder / "catalogue.json"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2 + secrets.randbelow(20)])
    assert kid_of(await stage.fresh()) == kid_of(good)
    assert await stage.online(good) == "valid"
