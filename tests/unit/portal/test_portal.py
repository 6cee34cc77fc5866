"""The portal's edge: files under a strict policy, sign-in without another origin, and openings on record."""

import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from chassis.clock import SystemClock
from chassis.http.app import create_app
from chassis.settings import ChassisSettings
from demo.identity import DemoIdentity
from healthcode.pseudonym import subject_of
from healthcode.region import Name, Region
from healthcode.values import Way
from services.portal.api import Deps, OpeningDesk, file_router, opening_router, own_router
from services.portal.domain import Opening, Seen, SignIn, Token
from services.portal.handlers import FRESH, TrustDesk
from services.portal.ports import CodeRefusedError, ProviderAwayError
from services.portal.store.outside import read_pages
from tests.support.people import id_number

REGION: Final = Region("330000", Name("浙江省", "Zhejiang"), "Asia/Shanghai", ("portal",), Way.CONVERT)
KEY: Final = bytes(32)
EXCHANGE: Final = {"code": "good", "verifier": "v" * 43, "redirect_uri": "https://zhejiang.example/app/"}


class Outside:
    """The identity provider and the nation, both of which can be away."""

    def __init__(self) -> None:
        self.away = False
        self.asked = 0

    async def exchange(self, code: str, verifier: str, redirect_uri: str) -> Token:
        if self.away:
            raise ProviderAwayError
        if (code, verifier, redirect_uri) != tuple(EXCHANGE.values()):
            raise CodeRefusedError
        return Token("a.b.c", 60)

    async def trust_list(self) -> bytes:
        self.asked += 1
        if self.away:
            raise ProviderAwayError
        return b"signed"


class Book:
    """The record of openings, in memory."""

    def __init__(self) -> None:
        self.kept: list[Opening] = []

    async def record(self, opening: Opening) -> None:
        self.kept.append(opening)

    async def seen(self, subject: str, before: int | None, limit: int) -> list[Seen]:
        found = [
            Seen(n, each.authority, each.purpose, each.at)
            for n, each in enumerate(self.kept, 1)
            if each.subject == subject
        ]
        return [each for each in reversed(found) if before is None or each.id < before][:limit]


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
async def client(tmp_path: Path, outside: Outside, book: Book) -> AsyncIterator[httpx.AsyncClient]:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>" + " " * 500, "utf-8")
    (tmp_path / "assets" / "a-1.js").write_text("x", "utf-8")
    clock = SystemClock()
    settings = ChassisSettings(region="330000", kafka_bootstrap="b:1", database_url="postgresql://x/y")
    sign_in = SignIn("https://id.example/authorize", "portal-330000")
    deps = Deps(REGION, clock, False, sign_in, outside, TrustDesk(outside, clock.now), None)
    app = create_app(
        title="portal",
        version="1",
        settings=settings,
        clock=clock,
        checks=[],
        authenticator=IDENTITY.authenticator("330000"),
    )
    app.include_router(own_router(deps))
    app.include_router(
        opening_router(OpeningDesk("330000", clock, book, lambda kind, number: subject_of(KEY, kind, number)))
    )
    app.include_router(file_router(read_pages(tmp_path)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


IDENTITY: Final = DemoIdentity()


def bearer(role: str, **claims: Any) -> dict[str, str]:
    token = IDENTITY.token(role, roles=[role], region="330000", authority="330100-cdc", **claims)
    return {"authorization": f"Bearer {token}"}


async def test_a_page_comes_packed_under_a_strict_policy_and_is_not_sent_twice(client: httpx.AsyncClient) -> None:
    page = await client.get("/app/")
    assert page.headers["content-encoding"] == "gzip"
    assert page.text.startswith("<!doctype html>")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "http" not in policy.replace("https://", "http://").split("script-src")[1].split(";")[0]
    again = await client.get("/app/", headers={"if-none-match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    script = await client.get("/app/assets/a-1.js")
    assert "immutable" in script.headers["cache-control"]
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize(
    "path", ["/app/../services/portal/config.py", "/app/%2e%2e/x", "/app//etc/passwd", "/app/none"]
)
async def test_no_path_leads_out_of_the_folder(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == httpx.codes.NOT_FOUND


async def test_the_door_leads_to_the_pages(client: httpx.AsyncClient) -> None:
    for path in ("/", "/app"):
        assert (await client.get(path)).headers["location"] == "/app/"


async def test_without_built_pages_whoever_runs_it_is_told(tmp_path: Path) -> None:
    assert read_pages(tmp_path / "none") == {}


async def test_a_sign_in_is_changed_into_a_token(client: httpx.AsyncClient, outside: Outside) -> None:
    good = await client.post("/v1/portal/tokens", json=EXCHANGE)
    assert good.json() == {"access_token": "a.b.c", "expires_in": 60}
    assert good.headers["cache-control"] == "no-store"
    refused = await client.post("/v1/portal/tokens", json=EXCHANGE | {"code": "used"})
    assert (refused.status_code, refused.json()["code"]) == (403, "2901")
    outside.away = True
    assert (await client.post("/v1/portal/tokens", json=EXCHANGE)).json()["code"] == "5902"


async def test_the_trust_list_is_fetched_once_a_minute_and_an_old_one_outlives_the_nation(outside: Outside) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    desk = TrustDesk(outside, lambda: now)
    assert [await desk.trust_list() for _ in range(3)] == [b"signed"] * 3
    assert outside.asked == 1
    now, outside.away = now + FRESH + timedelta(seconds=1), True
    assert await desk.trust_list() == b"signed"
    with pytest.raises(ProviderAwayError):
        await TrustDesk(outside, lambda: now).trust_list()


async def test_a_page_is_opened_for_a_purpose_and_the_person_reads_it(client: httpx.AsyncClient, book: Book) -> None:
    person = {"id_type": "resident_id", "id_number": id_number(1)}
    opened = await client.post(
        "/v1/portal/openings", headers=bearer("officer"), json=person | {"purpose": "核实纠错申请"}
    )
    assert opened.status_code == httpx.codes.CREATED
    assert book.kept[0].officer == "officer"
    assert opened.json()["subject"] == book.kept[0].subject
    again = {"subject": opened.json()["subject"], "purpose": "再次核实"}
    assert (await client.post("/v1/portal/openings", headers=bearer("officer"), json=again)).is_success
    own = (await client.get("/v1/me/openings?limit=1", headers=bearer("citizen", **person))).json()
    assert [each["purpose"] for each in own["items"]] == ["再次核实"]
    rest = (await client.get(f"/v1/me/openings?cursor={own['next']}", headers=bearer("citizen", **person))).json()
    assert ([each["purpose"] for each in rest["items"]], rest["next"]) == (["核实纠错申请"], None)
    assert "officer" not in own["items"][0]


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ({}, "subject_or_document"),
        ({"subject": "a" * 26, "id_type": "resident_id", "id_number": "1"}, "subject_or_document"),
        ({"id_type": "resident_id", "id_number": "110105194912310021"}, "id_number_check_digit"),
    ],
)
async def test_an_opening_names_one_person(
    client: httpx.AsyncClient, book: Book, body: dict[str, Any], fault: str
) -> None:
    answer = await client.post("/v1/portal/openings", headers=bearer("officer"), json=body | {"purpose": "核实情况"})
    assert [error["code"] for error in answer.json()["errors"]] == [fault]
    assert book.kept == []


async def test_a_citizen_opens_nobodys_page(client: httpx.AsyncClient, book: Book) -> None:
    body = {"subject": "a" * 26, "purpose": "核实情况"}
    assert (
        await client.post("/v1/portal/openings", headers=bearer("citizen"), json=body)
    ).status_code == httpx.codes.FORBIDDEN
    assert (await client.get("/v1/me/openings", headers=bearer("citizen"))).json()["code"] == "2902"
    assert book.kept == []


def test_packed_files_are_the_same_for_the_same_build(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a" * 300, "utf-8")
    one, two = read_pages(tmp_path)["a.css"], read_pages(tmp_path)["a.css"]
    assert one == two
    assert gzip.decompress(one.packed or b"") == one.body
