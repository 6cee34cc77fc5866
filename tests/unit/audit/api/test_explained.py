"""What officers and citizens read of a finding, of today and of the past."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from services.audit.ports.finding import FactOrigin
from tests.support.explaining import DAYS, Explaining
from tests.twins.audit_behaviour import DAY, NOW
from tests.twins.audit_judge import declared, judge, listed

SHOWN = "/v1/subjects/s1/finding"


@pytest.fixture
async def world() -> Explaining:
    """Declared well on the first day; a fever on the third; listed on the fifth, read on the ninth."""
    world = Explaining()
    world.entered["e1.1"] = FactOrigin("e1.1", "listing", "close_contact", "cdc-330100", "case 17", NOW)
    for days, event in ((0, declared(1)), (2, declared(2, fever=True)), (4, listed())):
        world.time = NOW + days * DAY
        await world.review(event)
    world.time = NOW + 8 * DAY
    return world


@pytest.fixture
async def client(world: Explaining) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(world.app()), base_url="http://audit") as client:
        yield client


def officer(world: Explaining, language: str = "en", **claims: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {world.token('officer', **claims)}", "accept-language": language}


def citizen(world: Explaining, number: str | None = "s1", language: str = "en") -> dict[str, str]:
    return {"authorization": f"Bearer {world.token('citizen', number=number)}", "accept-language": language}


async def test_of_any_time_what_had_been_concluded_is_told_with_every_rule(
    world: Explaining, client: httpx.AsyncClient
) -> None:
    seen = {}
    for days in (0, 1, 2, 3, 5):
        at = (NOW + days * DAY).isoformat()
        answer = await client.get(SHOWN, params={"at": at}, headers=officer(world))
        assert answer.status_code == 200, answer.text
        seen[days] = answer.json()
    assert [each["color"] for each in seen.values()] == ["green", "green", "yellow", "yellow", "red"]
    assert [rule["verdict"] for rule in seen[3]["considered"]] == ["no", "no", "holds"]
    assert [rule["verdict"] for rule in seen[5]["considered"]] == ["holds", "no", "holds"]
    assert seen[5]["considered"][0]["condition"] == {
        "text": "on a control list as confirmed case or close contact", "holds": True, "facts": ["e1.1"], "parts": [],
    }  # fmt: skip
    assert seen[5]["considered"][1]["text"] == "does not hold: its condition is not met"
    assert seen[1]["reviewed_at"] == NOW.isoformat().replace("+00:00", "Z")


async def test_each_fact_has_its_source_and_says_whether_it_decides(
    world: Explaining, client: httpx.AsyncClient
) -> None:
    at = (NOW + 5 * DAY).isoformat()
    known = (await client.get(SHOWN, params={"at": at}, headers=officer(world))).json()["known"]
    assert [(each["kind"], each["source"], each["evidence"], each["decides"]) for each in known] == [
        ("declaration", "declared by the person", None, False),
        ("declaration", "declared by the person", None, True),
        ("listing", "cdc-330100", "case 17", True),
    ]
    assert known[1]["text"] == "declared: fever; lives in Hangzhou (330106)"


async def test_a_rule_that_is_over_says_since_when(world: Explaining, client: httpx.AsyncClient) -> None:
    body = (await client.get(SHOWN, headers=officer(world))).json()
    assert [rule["verdict"] for rule in body["considered"]] == ["holds", "no", "over"]
    assert body["considered"][2]["ended_at"] == "2020-02-18T04:00:00Z"
    assert body["considered"][2]["text"] == "no longer holds: it was over on 2020-02-18 12:00"
    assert [each["decides"] for each in body["known"]] == [False, False, True]


async def test_the_languages_tell_the_same(world: Explaining, client: httpx.AsyncClient) -> None:
    english, chinese = [
        (await client.get(SHOWN, headers=officer(world, language))).json() for language in ("en", "zh-CN")
    ]
    assert (english["color_label"], chinese["color_label"]) == ("red", "红码")
    assert chinese["considered"][0]["condition"]["text"] == "被列为确诊病例或密切接触者"
    for key in ("color", "at", "reviewed_at", "policy_version"):
        assert english[key] == chinese[key]
    assert [each["verdict"] for each in english["considered"]] == [each["verdict"] for each in chinese["considered"]]
    assert not any("a" <= letter <= "z" for letter in chinese["way_out"]["text"])


async def test_the_way_out_is_told_for_now_and_for_then(world: Explaining, client: httpx.AsyncClient) -> None:
    now = (await client.get(SHOWN, headers=officer(world))).json()["way_out"]
    assert now["green_at"] == now["unaided_at"] == "2020-02-25T03:00:00Z", "14 days of the entry; time alone does it"
    assert (now["act"], now["steps"]) == (None, [])
    assert now["text"] == "Green on 2020-02-25 11:00 at the earliest; nothing needs to be done for it."
    then = await client.get(SHOWN, params={"at": (NOW + 3 * DAY).isoformat()}, headers=officer(world))
    assert then.json()["way_out"]["green_at"] == "2020-02-18T04:00:00Z", "nothing was known of the entry"


async def test_what_has_to_be_done_first_is_named() -> None:
    world = Explaining()
    await world.review(listed(withdrawn=True))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(world.app()), base_url="http://audit") as client:
        way = (await client.get(SHOWN, headers=officer(world, "zh"))).json()["way_out"]
    assert (way["act"]["act"], len(way["steps"]), way["unaided_at"]) == ("declare", 1, None)
    assert way["text"].endswith("进行健康申报（2020-02-11 12:00）。若不办理，则不会转为绿码。")


async def test_a_citizen_reads_their_own_without_the_case_of_others(
    world: Explaining, client: httpx.AsyncClient
) -> None:
    answer = await client.get("/v1/me/finding", headers=citizen(world))
    body = answer.json()
    assert (answer.status_code, body["subject"], body["color"]) == (200, "s1", "red")
    assert "case 17" not in answer.text
    assert [each["source"] for each in body["known"]][-1] == "cdc-330100"
    then = await client.get("/v1/me/finding", params={"at": NOW.isoformat()}, headers=citizen(world))
    assert then.json()["color"] == "green"


async def test_what_is_on_record_is_listed_the_latest_first(world: Explaining, client: httpx.AsyncClient) -> None:
    path = "/v1/subjects/s1/findings"
    first = (await client.get(path, params={"limit": 2}, headers=officer(world))).json()
    then = (await client.get(path, params={"limit": 2, "cursor": first["next"]}, headers=officer(world))).json()
    listing = first["findings"] + then["findings"]
    assert [(each["color"], each["rules"]) for each in listing] == [
        ("red", ["R1", "R3"]), ("yellow", ["R3"]), ("green", ["declared"]),
    ]  # fmt: skip
    assert then["next"] is None
    own = (await client.get("/v1/me/findings", headers=citizen(world, language="zh"))).json()["findings"]
    assert [each["color_label"] for each in own] == ["红码", "黄码", "绿码"]
    for each in listing:
        answer = await client.get(SHOWN, params={"at": each["reviewed_at"]}, headers=officer(world))
        assert answer.json()["color"] == each["color"]
    assert (await client.get(path, headers=citizen(world))).status_code == 403


@pytest.mark.parametrize(
    ("at", "status", "slug"),
    [
        (NOW - timedelta(seconds=1), 404, "no-finding-then"),
        (NOW + 8 * DAY - timedelta(days=DAYS, seconds=1), 410, "finding-not-kept"),
        (NOW + 9 * DAY, 422, "invalid-request"),
    ],
)
async def test_other_times_are_refused_with_what_to_do(
    world: Explaining, client: httpx.AsyncClient, at: Any, status: int, slug: str
) -> None:
    answer = await client.get(SHOWN, params={"at": at.isoformat()}, headers=officer(world))
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:healthcode:problem:{slug}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "{" not in answer.json()["detail"]


async def test_who_may_not_is_refused(world: Explaining, client: httpx.AsyncClient) -> None:
    assert (await client.get(SHOWN, headers=citizen(world))).status_code == 403
    assert (await client.get("/v1/me/finding", headers=officer(world))).status_code == 403
    assert (await client.get("/v1/me/finding", headers=citizen(world, None))).status_code == 403
    assert (await client.get("/v1/me/finding", headers=citizen(world, "s9"))).status_code == 404
    assert (await client.get("/v1/ops/audit/replay", headers=officer(world))).status_code == 403
    assert (await client.get(SHOWN, params={"at": "2020-02-11T10:00:00"}, headers=officer(world))).status_code == 422


async def test_what_a_policy_said_that_is_gone_is_not_made_up(world: Explaining) -> None:
    world.judge = judge()
    policies = judge("2020-02-05T00:00:00+08:00").policies.policies[1:]
    world.judge.base = type(world.judge.policies)(policies)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(world.app()), base_url="http://audit") as client:
        answer = await client.get(SHOWN, params={"at": (NOW + 3 * DAY).isoformat()}, headers=officer(world))
    body = answer.json()
    assert (body["color"], body["policy_version"], body["considered"], body["way_out"]) == ("yellow", "one", None, None)
