"""Recognition's routes over the twins, and people who call them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey

from chassis.http.app import create_app
from demo.identity import DemoIdentity
from healthcode.pseudonym import subject_of
from healthcode.region import Watches
from healthcode.values import Color, EvidenceClass, IdType, Purpose, Status, Way
from services.recognition.api import Deps, catalogue_router, guest_router
from services.recognition.api.ask import AskDeps, ask_router
from services.recognition.api.sharing import shared_router
from services.recognition.api.stay import StayDeps, stay_router
from services.recognition.api.watch import WatchDeps, watch_router
from services.recognition.config import Settings
from services.recognition.domain.ask import Ask, Asking, State, digest_of
from services.recognition.domain.catalogue import Catalogue, catalogue_from
from services.recognition.domain.guest import Guest, Host
from services.recognition.domain.home import Home, Watch
from services.recognition.domain.message import Signer
from services.recognition.domain.sharing import Share
from services.recognition.domain.token import believe_token, sign_token
from services.recognition.ports.ask import Stay
from tests.support.recognition import HUBEI, NOW, ZHEJIANG, TestClock
from tests.twins.recognition import AskTwin, GuestTwin, HomeTwin
from tests.twins.sharing import ShareTwin
from tests.unit.recognition.test_explain import table

KEY = bytes(32)
KEY_OF_HUBEI = ec.generate_private_key(ec.SECP256R1()).public_key()
NUMBER = "11010519491231002X"
CATALOGUE = {"regions": [{"code": HUBEI}]}


def guest(handle: str, **more: Any) -> Guest:
    values: dict[str, Any] = {
        "handle": handle,
        "origin": HUBEI,
        "purpose": "trip",
        "watched_until": NOW + timedelta(days=9),
        "sequence": 2,
        "status": Status.HIGH,
        "evidence": EvidenceClass.CONTACT,
        "color": Color.RED,
        "rule": "10/* → red",
        "since": NOW,
        "code_at": NOW,
        "changed_at": NOW,
        "reported": True,
    }
    return Guest(**{**values, **more})


def asked(digit: str, state: State = "asked", handle: str | None = None) -> Ask:
    return Ask(
        ask=digit * 32,
        origin=HUBEI,
        purpose=Purpose.SCAN,
        seen_at=NOW,
        asked_at=NOW,
        until=NOW + timedelta(hours=24),
        credential=digest_of(digit * 32),
        state=state,
        handle=handle,
    )


SIGNING = ECKey.generate_key("P-256", {"kid": "signs"})
HOLDER = ECKey.generate_key("P-256")


def catalogue_of_hubei() -> Catalogue:
    """In which Hubei signs with a key of the test's."""
    span = {"valid_from": "2020-01-01T00:00:00Z", "valid_until": "2021-01-01T00:00:00Z"}
    entry = {"code": HUBEI, "way": "convert", "signing": {**SIGNING.as_dict(private=False), "kid": "signs"}, **span}
    return catalogue_from({"regions": [entry]})


@dataclass
class Staying:
    """Implements Stays over twins."""

    guests: GuestTwin
    asks: AskTwin

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Stay]:
        yield Stay(self.guests, self.asks)


def pseudonymise(id_type: IdType, number: str) -> str:
    return subject_of(KEY, id_type, number)


@pytest.fixture
def identity() -> DemoIdentity:
    return DemoIdentity()


@pytest.fixture
def views(nation_free_homes: HomeTwin) -> GuestTwin:
    twin = GuestTwin(ZHEJIANG, [], nation_free_homes)
    for handle in (f"{n:032x}" for n in range(5)):
        twin.known[handle] = guest(handle)
    twin.known["a" * 32] = guest("a" * 32, ended=True)
    twin.known["b" * 32] = guest("b" * 32, watched_until=NOW)
    return twin


@pytest.fixture
def nation_free_homes() -> HomeTwin:
    """One traveller with an open watch and one that waits; nothing is sent, so nobody signs."""
    homes = HomeTwin(ZHEJIANG, None, [])  # type: ignore[arg-type]  # as above
    subject = pseudonymise(IdType.RESIDENT_ID, NUMBER)
    until = NOW + timedelta(days=3)
    opened = Watch("t1", subject, HUBEI, until, handle="c" * 32, opened_at=NOW, sequence=2)
    homes.homes[subject] = Home(watches={"t1": opened, "t2": Watch("t2", subject, "620000", until)})
    return homes


@pytest.fixture
def shares() -> ShareTwin:
    """What was shared of one person: received, awaited, refused, given up; and something long ago."""
    twin, subject = ShareTwin(), pseudonymise(IdType.RESIDENT_ID, NUMBER)
    first = Share(
        handle="c" * 32, kind="test", entry="T0", subject=subject, destination=HUBEI, purpose="trip", fact="f",
        revision=2, withdrawn=False, sequence=3, digest="", tries=1, shared_at=NOW, sent_at=NOW, next_at=None,
    )  # fmt: skip
    told = [
        replace(first, received_at=NOW),
        replace(first, entry="T1", shared_at=NOW - timedelta(hours=1), next_at=NOW),
        replace(first, entry="T2", shared_at=NOW - timedelta(hours=2), next_at=NOW, refused="not-for-us"),
        replace(first, entry="T3", shared_at=NOW - timedelta(hours=3)),
        replace(first, entry="T4", shared_at=NOW - timedelta(days=400)),
    ]
    twin.told.update({share.key: share for share in told})
    return twin


@pytest.fixture
async def client(
    identity: DemoIdentity, views: GuestTwin, shares: ShareTwin, tmp_path: Any
) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(
        region=ZHEJIANG, kafka_bootstrap="b:1", database_url="postgresql://x/y", catalogue=tmp_path / "catalogue.json"
    )
    clock = TestClock()
    app = create_app(
        title="recognition",
        version="1",
        settings=settings,
        clock=clock,
        checks=[],
        authenticator=identity.authenticator(ZHEJIANG),
    )
    deps = Deps(clock, views, Way.CONVERT, ZHEJIANG)
    asks = AskTwin(ZHEJIANG, Signer(ECKey.generate_key("P-256", {"kid": "k"})), [])
    asks.asks = {each.ask: each for each in (asked("1", "opened", f"{0:032x}"), asked("2", "refused"), asked("3"))}
    own, there = table(ZHEJIANG), table(HUBEI)
    watching = WatchDeps(
        deps, pseudonymise, own, {HUBEI: there}, lambda watch, key, now: sign_token(SIGNING, ZHEJIANG, watch, key, now)
    )
    host = Host(ZHEJIANG, Way.CONVERT, own, lambda: "i")
    catalogue = catalogue_of_hubei()
    staying = StayDeps(
        deps,
        host,
        lambda token, proof, now: believe_token(token, proof, catalogue, ZHEJIANG, now),
        Staying(views, asks),
    )
    names = iter(f"e{n:031x}" for n in range(99))
    asking = Asking(
        ZHEJIANG, Watches(), lambda code, _: KEY_OF_HUBEI if code == HUBEI else None, lambda: "i", names.__next__
    )
    over = replace(asked("4"), until=NOW)
    asks.asks[over.ask] = over
    routers = (
        guest_router(deps),
        ask_router(AskDeps(deps, asks, asking, asks)),
        watch_router(watching),
        stay_router(staying),
        shared_router(shares, clock, pseudonymise),
    )
    for router in (*routers, catalogue_router(lambda: CATALOGUE)):
        app.include_router(router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as connected:
        yield connected


def bearer(identity: DemoIdentity, role: str, region: str = ZHEJIANG, **claims: Any) -> dict[str, str]:
    token = identity.token(f"{role}-1", roles=[role], region=region, **claims)
    return {"Authorization": f"Bearer {token}"}
