from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from chassis.http.app import create_app
from demo.identity import DemoIdentity
from healthcode.identity import InvalidIdNumber
from healthcode.pseudonym import subject_of
from healthcode.values import Color, EvidenceClass, IdType, Status, Way
from services.recognition.api import Deps, catalogue_router, guest_router, watch_router
from services.recognition.config import Settings
from services.recognition.domain.guest import Guest
from services.recognition.domain.home import Home, Watch
from services.recognition.domain.link import Link
from tests.support.recognition import HUBEI, NOW, ZHEJIANG, TestClock
from tests.twins.recognition import GuestTwin, HomeTwin, LinkTwin

KEY = bytes(32)
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
async def client(identity: DemoIdentity, views: GuestTwin, tmp_path: Any) -> AsyncIterator[httpx.AsyncClient]:
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
    deps = Deps(clock, views, Way.CONVERT)
    for router in (guest_router(deps), watch_router(deps, pseudonymise), catalogue_router(lambda: CATALOGUE)):
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
