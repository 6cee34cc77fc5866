import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jws
from joserfc.jwk import ECKey

from chassis.http.app import create_app
from demo.identity import DemoIdentity
from healthcode.identity import InvalidIdNumber
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
from services.recognition.domain.link import Link
from services.recognition.domain.message import Signer
from services.recognition.domain.sharing import Share
from services.recognition.domain.token import believe_token, digest, sign_token
from services.recognition.ports.ask import Stay
from tests.support.recognition import HUBEI, NOW, ZHEJIANG, TestClock
from tests.twins.recognition import AskTwin, GuestTwin, HomeTwin, LinkTwin
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


async def test_a_checkpoint_reads_what_a_guest_counts_as_and_why(
    client: httpx.AsyncClient, identity: DemoIdentity
) -> None:
    headers = {**bearer(identity, "checkpoint"), "Accept-Language": "zh"}
    answer = await client.get(f"/v1/guests/{0:032x}", headers=headers)
    assert answer.status_code == 200
    body = answer.json()
    assert (body["color"], body["word"], body["status"], body["rule"]) == ("red", "红码", "10", "10/* → red")
    assert (body["origin"], body["way"], body["purpose"]) == (HUBEI, "convert", "trip")


async def test_a_guests_page_says_how_old_it_is_and_what_is_silent(
    client: httpx.AsyncClient, identity: DemoIdentity, views: GuestTwin
) -> None:
    headers = {**bearer(identity, "checkpoint"), "Accept-Language": "zh"}
    path, long_ago = f"/v1/guests/{0:032x}", NOW - timedelta(days=2)
    views.known[f"{0:032x}"] = guest(f"{0:032x}", changed_at=long_ago)
    alone = (await client.get(path, headers=headers)).json()
    assert (alone["age_seconds"], alone["silence"], alone["silence_word"]) == (172_800, "hub", "国家枢纽暂无消息")
    views.book = LinkTwin(ZHEJIANG, None, [])  # type: ignore[arg-type]  # nothing is sent
    await views.book.heard([(Link(HUBEI, NOW, timedelta(seconds=9)), 1)])
    fresh = (await client.get(path, headers=headers)).json()
    assert (fresh["age_seconds"], fresh["silence"], fresh["silence_word"]) == (9, None, None)
    await views.book.heard([(Link(HUBEI, NOW, timedelta(minutes=3)), 2)])
    (item, *_) = (await client.get("/v1/guests", headers=bearer(identity, "officer"))).json()["items"]
    assert (item["age_seconds"], item["silence"]) == (180, "home")


@pytest.mark.parametrize("handle", ["a" * 32, "b" * 32, "d" * 32])
async def test_a_watch_that_is_over_or_unknown_is_nobody(
    client: httpx.AsyncClient, identity: DemoIdentity, handle: str
) -> None:
    answer = await client.get(f"/v1/guests/{handle}", headers=bearer(identity, "officer"))
    assert (answer.status_code, answer.json()["type"]) == (404, "urn:healthcode:problem:no-such-guest")


async def test_guests_are_for_checkpoints_and_officers_of_the_region_alone(
    client: httpx.AsyncClient, identity: DemoIdentity
) -> None:
    path = f"/v1/guests/{0:032x}"
    assert (await client.get(path)).status_code == 401
    assert (await client.get(path, headers=bearer(identity, "citizen"))).status_code == 403
    assert (await client.get(path, headers=bearer(identity, "officer", HUBEI))).status_code == 403
    assert (await client.get("/v1/guests", headers=bearer(identity, "checkpoint"))).status_code == 403
    assert (await client.get("/v1/guests/zz", headers=bearer(identity, "officer"))).status_code == 422


@pytest.mark.parametrize(
    ("digit", "state", "color"), [("1", "opened", "red"), ("2", "refused", None), ("3", "asked", None)]
)
async def test_a_checkpoint_sees_what_came_of_a_scan(
    client: httpx.AsyncClient, identity: DemoIdentity, digit: str, state: str, color: str | None
) -> None:
    path = f"/v1/guests/by-credential/{digit * 32}"
    body = (await client.get(path, headers=bearer(identity, "checkpoint"))).json()
    assert (body["state"], body["origin"], body["purpose"]) == (state, HUBEI, "scan")
    assert (body["guest"] and body["guest"]["color"]) == color
    assert (await client.get(path, headers=bearer(identity, "citizen"))).status_code == 403
    for gone in ("4", "5"):
        answer = await client.get(f"/v1/guests/by-credential/{gone * 32}", headers=bearer(identity, "checkpoint"))
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:healthcode:problem:not-asked")


async def test_a_citizen_sees_what_they_count_as_there(client: httpx.AsyncClient, identity: DemoIdentity) -> None:
    headers = bearer(identity, "citizen", id_type="resident_id", id_number=NUMBER)
    (item,) = (await client.get("/v1/me/watches", headers=headers | {"Accept-Language": "en"})).json()["items"]
    assert item["explanation"][0] == "Zhejiang (330000) has no code yet that could be recognised."
    assert item["color"] == "pending"


def shown(handle: str, holder: ECKey = HOLDER, at: datetime = NOW, **claims: Any) -> dict[str, str]:
    """A token of Hubei's for a guest in Zhejiang, and a proof by some key."""
    watch = Watch("t", "s", claims.get("aud", ZHEJIANG), NOW + timedelta(days=3), handle=handle)
    token = sign_token(SIGNING, claims.get("iss", HUBEI), watch, HOLDER.as_dict(private=False), NOW)
    said = {"aud": ZHEJIANG, "iat": int(at.timestamp()), "ath": digest(token)}
    proof = jws.serialize_compact({"alg": "ES256", "typ": "guest-proof+jwt"}, json.dumps(said), holder)
    return {"token": token, "proof": proof}


async def test_a_guest_opens_the_page_by_the_token_of_home_and_ends_the_stay(client: httpx.AsyncClient) -> None:
    body = shown(f"{0:032x}")
    page = await client.post("/v1/guests/me", json=body, headers={"Accept-Language": "en"})
    assert page.status_code == 200, page.text
    assert (page.json()["color"], page.json()["origin"]) == ("red", HUBEI)
    assert page.json()["explanation"][-1].endswith("Zhejiang (330000) takes it as: red.")
    assert (await client.post("/v1/guests/me/departure", json=body)).status_code == 204
    for path in ("/v1/guests/me", "/v1/guests/me/departure"):
        assert (await client.post(path, json=body)).json()["type"].endswith("no-such-guest")


async def test_a_token_without_its_holder_for_elsewhere_or_of_another_region_opens_nothing(
    client: httpx.AsyncClient,
) -> None:
    handle = f"{0:032x}"
    stranger = ECKey.generate_key("P-256")
    good = shown(handle)
    for body in (
        shown(handle, stranger),
        shown(handle, at=NOW - timedelta(minutes=2)),
        shown(handle, at=NOW + timedelta(minutes=2)),
        shown(handle, aud=HUBEI),
        shown(handle, iss="420100"),
        {"token": good["token"], "proof": shown(f"{1:032x}")["proof"]},
        {"token": good["proof"], "proof": good["token"]},
        {"token": "x", "proof": "y"},
        {"token": "a.b.c", "proof": "..."},
    ):
        answer = await client.post("/v1/guests/me", json=body)
        assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (403, "guest-not-shown"), answer.text
    assert (await client.post("/v1/guests/me", json=shown("d" * 32))).status_code == 404


async def test_a_checkpoint_reports_that_a_guest_has_left(client: httpx.AsyncClient, identity: DemoIdentity) -> None:
    path = f"/v1/guests/{0:032x}"
    gate = bearer(identity, "checkpoint")
    assert (await client.post(f"{path}/departure")).status_code == 401
    assert (await client.post(f"{path}/departure", headers=bearer(identity, "checkpoint", HUBEI))).status_code == 403
    assert (await client.post(f"{path}/departure", headers=gate)).status_code == 204
    assert (await client.get(path, headers=gate)).status_code == 404
    asked = await client.get(f"/v1/guests/by-credential/{'1' * 32}", headers=gate)
    assert asked.status_code == 404, "whoever comes back is asked about anew"
    assert (await client.post(f"{path}/departure", headers=gate)).status_code == 404


async def test_a_traveller_gets_a_token_for_a_device(client: httpx.AsyncClient, identity: DemoIdentity) -> None:
    headers = bearer(identity, "citizen", id_type="resident_id", id_number=NUMBER)
    body = {"cnf": {"jwk": HOLDER.as_dict(private=False)}}
    made = await client.post(f"/v1/me/watches/{'c' * 32}/guest-token", json=body, headers=headers)
    assert made.status_code == 200, made.text
    header, content = (made.json()["token"].split(".")[n] for n in (0, 1))
    said = json.loads(urlsafe_b64decode(content + "=="))
    assert (said["iss"], said["aud"], said["sub"]) == (ZHEJIANG, HUBEI, "c" * 32)
    assert said["cnf"]["jwk"] == {name: HOLDER.as_dict(private=False)[name] for name in ("kty", "crv", "x", "y")}
    assert json.loads(urlsafe_b64decode(header + "=="))["typ"] == "guest+jwt"
    assert (await client.post(f"/v1/me/watches/{'e' * 32}/guest-token", json=body, headers=headers)).status_code == 404
    off = {"cnf": {"jwk": {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43}}}
    wrong = await client.post(f"/v1/me/watches/{'c' * 32}/guest-token", json=off, headers=headers)
    assert wrong.status_code == 422, wrong.text


PASSPORT = {"id_type": "passport", "id_number": "E12345678"}
STAY = {"origin": HUBEI, "until": "2020-02-14T04:00:00Z"}


async def test_who_registers_is_asked_about_and_followed_by_the_name_of_the_ask(
    client: httpx.AsyncClient, identity: DemoIdentity
) -> None:
    own = bearer(identity, "citizen", id_type="resident_id", id_number=NUMBER)
    for headers, body in ((bearer(identity, "checkpoint"), STAY | PASSPORT), (own, STAY)):
        answer = await client.post("/v1/guests/registrations", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        assert (answer.json()["state"], answer.json()["purpose"]) == ("asked", "registration")
        again = await client.get(f"/v1/guests/asks/{answer.json()['ask']}", headers=headers)
        assert again.json() == answer.json()
        assert NUMBER not in answer.text + again.text


@pytest.mark.parametrize(
    ("role", "claims", "body", "status", "kind"),
    [
        ("citizen", {"id_type": "resident_id", "id_number": NUMBER}, STAY | PASSPORT, 422, "invalid-request"),
        ("citizen", {}, STAY, 403, "no-verified-identity"),
        ("checkpoint", {}, STAY, 422, "invalid-request"),
        ("checkpoint", {}, STAY | {"id_type": "resident_id", "id_number": "1"}, 422, "invalid-request"),
        ("checkpoint", {}, STAY | PASSPORT | {"origin": "510000"}, 409, "nobody-to-ask"),
        ("checkpoint", {}, STAY | PASSPORT | {"until": "2020-02-01T00:00:00Z"}, 409, "nobody-to-ask"),
        ("checkpoint", {"region": HUBEI}, STAY | PASSPORT, 422, "invalid-request"),
        ("officer", {}, STAY | PASSPORT, 403, "forbidden"),
    ],
)
async def test_a_wrong_registration_is_refused(
    client: httpx.AsyncClient,
    identity: DemoIdentity,
    role: str,
    claims: dict[str, str],
    body: Any,
    status: int,
    kind: str,
) -> None:
    answer = await client.post("/v1/guests/registrations", json=body, headers=bearer(identity, role, **claims))
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (status, kind), answer.text


async def test_pages_of_guests_hold_each_once(client: httpx.AsyncClient, identity: DemoIdentity) -> None:
    seen: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(10):
        page = (
            await client.get("/v1/guests?limit=2", params=cursor | {"limit": "2"}, headers=bearer(identity, "officer"))
        ).json()
        seen += [item["handle"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen[:5] == [f"{n:032x}" for n in range(5)]
    assert len(seen) == len(set(seen))
    assert "a" * 32 not in seen


async def test_a_citizen_sees_who_watches_them(client: httpx.AsyncClient, identity: DemoIdentity) -> None:
    headers = bearer(identity, "citizen", id_type="resident_id", id_number=NUMBER)
    (item,) = (await client.get("/v1/me/watches", headers=headers)).json()["items"]
    assert (item["destination"], item["purpose"], item["handle"]) == (HUBEI, "trip", "c" * 32)


async def test_a_citizen_sees_what_was_shared_with_whom_and_what_became_of_it(
    client: httpx.AsyncClient, identity: DemoIdentity
) -> None:
    headers = bearer(identity, "citizen", id_type="resident_id", id_number=NUMBER)
    items = (await client.get("/v1/me/shared", headers=headers)).json()["items"]
    assert [item["state"] for item in items] == ["received", "sent", "refused", "no_receipt"]
    first = items[0]
    assert (first["destination"], first["kind"], first["fact"], first["purpose"]) == (HUBEI, "test", "T0.2", "trip")
    nobody = bearer(identity, "citizen", id_type="passport", id_number="E12345678")
    assert (await client.get("/v1/me/shared", headers=nobody)).json()["items"] == []
    assert (await client.get("/v1/me/shared", headers=bearer(identity, "officer"))).status_code == 403
    assert (await client.get("/v1/me/shared", headers=bearer(identity, "citizen"))).json()["code"] == "2401"


@pytest.mark.parametrize("claims", [{}, {"id_type": "resident_id", "id_number": "1"}, {"id_type": "x"}])
async def test_without_a_verified_document_nobody_is_known(
    client: httpx.AsyncClient, identity: DemoIdentity, claims: dict[str, str]
) -> None:
    answer = await client.get("/v1/me/watches", headers=bearer(identity, "citizen", **claims))
    assert (answer.status_code, answer.json()["code"]) == (403, "2401")
    with pytest.raises(InvalidIdNumber):
        pseudonymise(IdType.RESIDENT_ID, "1")


async def test_the_catalogue_is_public(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/catalogue")
    assert (answer.status_code, answer.json()) == (200, CATALOGUE)
    assert "public" in answer.headers["cache-control"]
