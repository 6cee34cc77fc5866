from datetime import timedelta

import httpx
import pytest

from demo.identity import DemoIdentity
from healthcode.identity import InvalidIdNumber
from healthcode.values import IdType
from services.recognition.domain.link import Link
from tests.support.recognition import HUBEI, NOW, ZHEJIANG
from tests.twins.recognition import GuestTwin, LinkTwin
from tests.unit.recognition.conftest import CATALOGUE, NUMBER, bearer, guest, pseudonymise


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
