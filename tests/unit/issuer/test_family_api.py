"""Guardians and paper over HTTP."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from healthcode.credential import CredentialKind, TrustList, Verdict, verify
from healthcode.values import Color, IdType
from services.issuer.api import family_models, models
from services.issuer.domain import Guardianship
from tests.twins.issuer import IssuerTwin
from tests.twins.issuer_findings import DAY, NOW, finding
from tests.unit.issuer.conftest import pseudonymise
from tests.unit.issuer.test_issuer_api import ZH, body, problem, take

Login = Callable[..., httpx.AsyncClient]
IDENT = "0170324ec8007f1d8a3b5c6d7e8f9001"
CHILD = "330106201506010021"
DOCUMENT = {"id_type": "resident_id", "id_number": CHILD}
EMPTY: dict[str, Any] = {}


@pytest.fixture
async def child(twin: IssuerTwin, me: str) -> str:
    """The subject of a child whose guardian the citizen of the tests is."""
    subject = pseudonymise(IdType.RESIDENT_ID, CHILD)
    await take(twin, finding(Color.YELLOW, 1, subject), finding(Color.GREEN, 1, me))
    await twin.family.take([Guardianship(IDENT, me, subject, NOW + 3 * DAY, (1, 2))], NOW)
    return subject


async def test_a_guardian_reads_and_shows_the_code_and_the_person_sees_that(
    child: str, login: Login, trust: TrustList
) -> None:
    guardian = login("citizen")
    assert body(await guardian.get("/v1/me/dependants"), family_models.Wards)["items"][0]["id"] == IDENT
    path = f"/v1/me/dependants/{IDENT}"
    assert body(await guardian.get(f"{path}/code"), models.OwnCode)["color"] == "yellow"
    made = body(await guardian.post(f"{path}/credentials", json=EMPTY), models.CredentialAnswer, 201)
    assert verify(made["credential"], trust, NOW).verdict is Verdict.VALID
    theirs = login("citizen", id_number=CHILD)
    seen = body(await theirs.get("/v1/me/lookups?limit=1", headers=ZH), family_models.SeenPage)
    assert [(each["role"], each["role_word"], each["found"]) for each in seen["items"]] == [
        ("guardian", "监护人", True)
    ]
    rest = await theirs.get("/v1/me/lookups", params={"cursor": seen["next"]})
    assert (len(rest.json()["items"]), rest.json()["next"]) == (1, None)
    problem(await theirs.get("/v1/me/lookups?cursor=x"), 422, "invalid-request")


@pytest.mark.parametrize("verb", ["get code", "post credentials", "post paper"])
async def test_nobody_else_does_nor_after_the_end(
    twin: IssuerTwin, child: str, me: str, login: Login, verb: str
) -> None:
    method, what = verb.split()
    sent = {"json": DOCUMENT if what == "paper" else EMPTY} if method == "post" else {}

    async def asked(client: httpx.AsyncClient) -> httpx.Response:
        return await client.request(method, f"/v1/me/dependants/{IDENT}/{what}", **sent)  # type: ignore[arg-type]  # json

    document = problem(await asked(login("citizen", id_number=CHILD)), 404, "not-the-guardian")
    assert child not in str(document)
    await twin.family.take([Guardianship(IDENT, me, child, None, (1, 3))], NOW)
    problem(await asked(login("citizen")), 404, "not-the-guardian")
    assert twin.lookups == []


async def test_ones_own_paper_names_its_holder_in_short(
    twin: IssuerTwin, login: Login, me: str, trust: TrustList
) -> None:
    await take(twin, finding(Color.GREEN, 1, me))
    citizen = login("citizen", name="王小明")
    made = body(await citizen.post("/v1/me/paper", json=EMPTY), family_models.PaperAnswer, 201)
    assert (made["masked_name"], made["id_tail"]) == ("王**", "2X")
    answer = verify(made["credential"], trust, NOW)
    assert answer.claims is not None
    assert (answer.claims.kind, answer.claims.expires_at) == (CredentialKind.PAPER, NOW + 7 * DAY)
    taken_back = body(await citizen.delete("/v1/me/paper"), family_models.RevokedAnswer)
    assert taken_back == {"revoked": 1}
    gate = login("checkpoint")
    scanned = await gate.post("/v1/verifications", json={"credential": made["credential"]})
    assert scanned.json()["verdict"] == "revoked"


async def test_a_guardian_prints_what_the_document_proves_and_no_name(child: str, login: Login) -> None:
    path = f"/v1/me/dependants/{IDENT}/paper"
    wrong = DOCUMENT | {"id_number": "11010519491231002X"}
    problem(await login("citizen").post(path, json=wrong), 422, "not-the-document")
    made = body(await login("citizen", name="王小明").post(path, json=DOCUMENT), family_models.PaperAnswer, 201)
    assert (made["masked_name"], made["id_tail"], made["color"]) == (None, "21", "yellow")
    assert made["expires_at"] == (NOW + 3 * DAY).isoformat().replace("+00:00", "Z")


async def test_a_counter_prints_for_people_without_a_phone(twin: IssuerTwin, login: Login, me: str) -> None:
    await take(twin, finding(Color.GREEN, 1, me))
    asked = {"id_type": "resident_id", "id_number": "11010519491231002X", "name": "王小明"}
    counter = login("counter", authority="330106-counter")
    made = body(await counter.post("/v1/paper", json=asked), family_models.PaperAnswer, 201)
    assert made["masked_name"] == "王**"
    assert [(each.role, each.authority) for each in twin.lookups] == [("counter", "330106-counter")]
    problem(await login("citizen").post("/v1/paper", json=asked), 403, "forbidden")
    unknown = asked | {"id_type": "passport", "id_number": "E12345678"}
    problem(await counter.post("/v1/paper", json=unknown), 404, "not-declared")


async def test_the_page_is_whole_by_itself(twin: IssuerTwin, login: Login, me: str) -> None:
    await take(twin, finding(Color.GREEN, 1, me))
    citizen = login("citizen", name="<王>小明")
    page = await citizen.post("/v1/me/paper", json=EMPTY, headers={"Accept": "text/html", **ZH})
    assert (page.status_code, page.headers["cache-control"]) == (201, "no-store")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    text = page.text
    assert "纸质健康码" in text
    assert "绿码" in text
    assert "&lt;***" in text
    assert "2020-02-18 12:00" in text, "in the region's own time"
    assert not any(part in text for part in ("src=", "href=", "<script", "<王"))
