import base64
import io
import secrets
import zlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image
from pydantic import BaseModel

from chassis.http.app import Application
from chassis.http.problems import ProblemDocument
from healthcode.credential import Es256Key, TrustList, Verdict, verify
from healthcode.events import FindingConcluded
from healthcode.pseudonym import subject_of
from healthcode.values import Color, IdType, Status
from services.issuer.api import models
from services.issuer.handlers.code import take_findings
from tests.support.holders import Holder
from tests.twins.issuer import IssuerTwin
from tests.twins.issuer_findings import ALICE, DAY, LIFETIME, NOW, finding

Login = Callable[..., httpx.AsyncClient]
ZH = {"Accept-Language": "zh-CN,zh;q=0.9"}


async def take(twin: IssuerTwin, *findings: FindingConcluded) -> None:
    await take_findings(twin, findings, LIFETIME, NOW, lambda: secrets.token_hex(16))


def body(response: httpx.Response, model: type[BaseModel], status: int = 200) -> dict[str, Any]:
    """The body, which is exactly what is documented."""
    assert response.status_code == status, response.text
    model.model_validate_json(response.content)
    answer: dict[str, Any] = response.json()
    return answer


def problem(response: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    document = body(response, ProblemDocument, status)
    assert document["type"] == f"urn:healthcode:problem:{slug}"
    return document


async def test_ones_own_code_says_why_and_what_to_do(twin: IssuerTwin, login: Login, me: str) -> None:
    await take(twin, finding(Color.GREEN, 1, me), finding(Color.RED, 2, me, causes=("f1",)))
    response = await login("citizen").get("/v1/me/code", headers=ZH)
    code = body(response, models.OwnCode)
    assert (code["color"], code["word"], code["act_word"], code["version"]) == ("red", "红码", "居家隔离", "1.2")
    assert (code["since"], code["until"]) == ("2020-02-11T04:00:00Z", "2020-02-25T04:00:00Z")
    reason = code["reasons"][0]
    assert (reason["rule"], reason["text"], reason["source"]) == ("ZJ-red", "您被列入名单", "实施细则")
    assert reason["way_out"][0]["text"] == "再打卡：0/14"
    assert code["next_steps"] == ["居家隔离", "再打卡：0/14"]
    assert me not in response.text


async def test_where_the_region_has_no_text_the_key_and_a_general_one_stand(
    twin: IssuerTwin, login: Login, me: str
) -> None:
    await take(twin, finding(Color.YELLOW, 1, me))
    code = body(await login("citizen").get("/v1/me/code", headers={"Accept-Language": "en"}), models.OwnCode)
    assert (code["word"], code["reasons"][0]["text"], code["reasons"][0]["source"]) == ("yellow", "yellow", None)
    assert code["reasons"][0]["way_out"][0]["text"] == "check in as well on 14 days in a row (0 done)"


async def test_an_unchanged_code_is_not_sent_again(twin: IssuerTwin, login: Login, me: str) -> None:
    await take(twin, finding(Color.GREEN, 1, me))
    client = login("citizen")
    etag = (await client.get("/v1/me/code")).headers["etag"]
    again = await client.get("/v1/me/code", headers={"If-None-Match": f'"x", {etag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    other_language = await client.get("/v1/me/code", headers={"If-None-Match": etag, **ZH})
    assert other_language.status_code == 200
    await take(twin, finding(Color.RED, 2, me))
    assert (await client.get("/v1/me/code", headers={"If-None-Match": etag})).status_code == 200


async def test_a_code_is_never_taken_for_another_persons(twin: IssuerTwin, login: Login, me: str) -> None:
    another = subject_of(bytes(32), IdType.PASSPORT, "E12345678")
    await take(twin, finding(Color.GREEN, 1, me), finding(Color.RED, 1, another))
    etag = (await login("citizen").get("/v1/me/code")).headers["etag"]
    other = login("citizen", id_type="passport", id_number="E12345678")
    response = await other.get("/v1/me/code", headers={"If-None-Match": etag})
    assert body(response, models.OwnCode)["color"] == "red"


@pytest.mark.parametrize("known", ["*", "{opaque}", "W/{opaque}", '"x",W/{opaque}'])
async def test_what_stands_for_the_known_code_saves_the_body(
    twin: IssuerTwin, login: Login, me: str, known: str
) -> None:
    await take(twin, finding(Color.GREEN, 1, me))
    opaque = (await login("citizen").get("/v1/me/code")).headers["etag"].removeprefix("W/")
    header = {"If-None-Match": known.format(opaque=opaque)}
    assert (await login("citizen").get("/v1/me/code", headers=header)).status_code == 304


@pytest.mark.parametrize("path", ["/v1/me/code", "/v1/me/code.svg", "/v1/me/code.png"])
async def test_who_has_not_declared_is_told_to(login: Login, path: str) -> None:
    document = problem(await login("citizen").get(path, headers=ZH), 404, "not-declared")
    assert "申报" in document["detail"]


@pytest.mark.parametrize("claims", [{"id_number": None}, {"id_type": "999"}, {"id_number": "1"}])
async def test_without_a_verified_document_there_is_no_own_code(login: Login, claims: dict[str, object]) -> None:
    problem(await login("citizen", **claims).get("/v1/me/code"), 403, "identity-unverified")


async def test_officers_see_why_and_others_only_what_follows(twin: IssuerTwin, login: Login) -> None:
    await take(twin, finding(Color.RED, 1, causes=("d1",)))
    seen = body(await login("officer").get(f"/v1/codes/{ALICE}"), models.OfficialCode)
    assert (seen["subject"], seen["causes"], seen["evidence"]) == (ALICE, ["d1"], "listed")
    response = await login("checkpoint").get(f"/v1/codes/{ALICE}")
    assert body(response, models.SubjectCode)["color"] == "red"
    problem(await login("integrator").get(f"/v1/codes/{ALICE}"), 403, "client-not-granted")
    problem(await login("officer").get("/v1/codes/" + "b" * 26), 404, "not-declared")


@pytest.mark.parametrize(
    ("method", "path", "roles"),
    [
        ("GET", f"/v1/codes/{ALICE}", {"officer", "checkpoint"}),
        ("GET", f"/v1/codes/{ALICE}/history", {"officer"}),
        ("POST", f"/v1/codes/{ALICE}/cancellation", {"officer"}),
        ("GET", "/v1/me/code", {"citizen"}),
        ("GET", "/v1/me/code.png", {"citizen"}),
        ("POST", "/v1/me/credentials", {"citizen"}),
        ("POST", "/v1/verifications", {"checkpoint", "integrator"}),
        ("POST", "/v1/verifications/status", {"checkpoint", "integrator"}),
        ("POST", "/v1/verifications/number", {"checkpoint", "integrator"}),
        ("POST", "/v1/lookups", {"checkpoint"}),
    ],
)
async def test_each_route_is_for_its_roles(
    login: Login, anyone: httpx.AsyncClient, method: str, path: str, roles: set[str]
) -> None:
    assert (await anyone.request(method, path, json={})).status_code == 401
    for role in ("citizen", "employer", "counter", "officer", "laboratory", "checkpoint", "integrator", "operator"):
        status = (await login(role).request(method, path, json={})).status_code
        assert (status == 403) == (role not in roles), (role, status)
    if "citizen" not in roles:
        for role in roles:
            elsewhere = await login(role, region="420000").request(method, path, json={})
            problem(elsewhere, 403, "other-region")


async def test_history_pages_link_to_each_other(twin: IssuerTwin, login: Login) -> None:
    colors = [Color.GREEN, Color.YELLOW, Color.RED, Color.GREEN, Color.RED]
    await take(twin, *(finding(color, n) for n, color in enumerate(colors, 1)))
    client, path = login("officer"), f"/v1/codes/{ALICE}/history"
    versions, cursor = [], None
    for _ in range(3):
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = body(await client.get(path, params=query), models.HistoryPage)
        versions.append([item["version"] for item in page["items"]])
        cursor = page["next"]
    assert (versions, cursor) == ([["1.5", "1.4"], ["1.3", "1.2"], ["1.1"]], None)
    document = problem(await client.get(path, params={"cursor": "??"}), 422, "invalid-request")
    assert document["errors"][0]["parameter"] == "query:cursor"


async def test_a_credential_verifies_anywhere_and_here_until_the_color_changes(
    twin: IssuerTwin, login: Login, trust: TrustList, me: str
) -> None:
    await take(twin, finding(Color.GREEN, 1, me))
    holder = Holder()
    holder.took(await login("citizen").post("/v1/me/credentials", json=holder.asked))
    offline = verify(holder.credential, trust, NOW)
    assert offline.claims is not None
    assert (offline.verdict, offline.claims.status) == (Verdict.VALID, Status.LOW)
    gate, scanned = login("checkpoint"), {"credential": holder.show(NOW.timestamp())}
    valid = body(await gate.post("/v1/verifications", json=scanned, headers=ZH), models.VerificationAnswer)
    assert (valid["verdict"], valid["text"], valid["color"], valid["act_word"]) == ("valid", "有效", "green", "可通行")
    await take(twin, finding(Color.RED, 2, me))
    revoked = body(await gate.post("/v1/verifications", json=scanned), models.VerificationAnswer)
    assert (revoked["verdict"], revoked["color"], revoked["act"]) == ("revoked", None, None)
    answer = body(await gate.get("/v1/status-lists/20200211-0"), models.StatusListAnswer)
    bits = zlib.decompress(base64.urlsafe_b64decode(answer["lst"] + "=="))
    assert offline.claims.status_list is not None
    index = offline.claims.status_list.index
    assert [n for n in range(len(bits) * 8) if bits[n // 8] >> (n % 8) & 1] == [index]
    assert (answer["revoked"], len(bits)) == (1, 131072)


async def test_what_is_no_credential_gets_its_own_answer(login: Login, key: Es256Key) -> None:
    answer = await login("checkpoint").post("/v1/verifications", json={"credential": "HC1:NOT"})
    assert body(answer, models.VerificationAnswer)["verdict"] == "malformed"


async def test_a_credential_is_bound_to_the_key_that_is_sent(
    twin: IssuerTwin, login: Login, trust: TrustList, me: str
) -> None:
    await take(twin, finding(Color.GREEN, 1, me))
    numbers = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    x, y = (part.to_bytes(32, "big") for part in (numbers.x, numbers.y))
    parts = {name: base64.urlsafe_b64encode(part).decode().rstrip("=") for name, part in (("x", x), ("y", y))}
    jwk = {"kty": "EC", "crv": "P-256", "ext": True, "key_ops": ["verify"], **parts}
    client = login("citizen")
    made = body(await client.post("/v1/me/credentials", json={"cnf": {"jwk": jwk}}), models.CredentialAnswer, 201)
    claims = verify(made["credential"], trust, NOW).claims
    assert claims is not None
    assert (made["bound"], claims.holder_key) == (True, b"\x04" + x + y)
    for wrong in ({"y": parts["x"]}, {"d": parts["x"]}):
        refused = await client.post("/v1/me/credentials", json={"cnf": {"jwk": jwk | wrong}})
        problem(refused, 422, "invalid-request")


async def test_a_bound_credential_has_to_be_shown_live(twin: IssuerTwin, login: Login, clock: Any, me: str) -> None:
    await take(twin, finding(Color.GREEN, 1, me))
    holder = Holder()
    text = holder.took(await login("citizen").post("/v1/me/credentials", json=holder.asked)).credential
    live, gate = holder.show(NOW.timestamp()), login("checkpoint")

    async def verdict(scanned: str) -> str:
        answer = await gate.post("/v1/verifications", json={"credential": scanned})
        return str(body(answer, models.VerificationAnswer)["verdict"])

    assert [await verdict(live), await verdict(text), await verdict("HK1:X" + text)] == [
        "valid",
        "not_fresh",
        "malformed",
    ]
    clock.time = NOW + timedelta(seconds=61)
    assert await verdict(live) == "not_fresh"


async def test_a_pending_code_has_nothing_to_show(twin: IssuerTwin, login: Login, me: str) -> None:
    await take(twin, finding(Color.PENDING, 1, me))
    problem(await login("citizen").post("/v1/me/credentials", json={}), 409, "nothing-to-show")
    problem(await login("citizen").get("/v1/me/code.svg"), 409, "nothing-to-show")


@pytest.mark.parametrize("color", [Color.GREEN, Color.YELLOW, Color.RED])
async def test_the_picture_reads_as_a_credential_that_verifies(
    twin: IssuerTwin, login: Login, trust: TrustList, me: str, color: Color
) -> None:
    await take(twin, finding(color, 1, me))
    response = await login("citizen").get("/v1/me/code.png")
    assert (response.headers["content-type"], response.headers["cache-control"]) == ("image/png", "no-store")
    read = zxingcpp.read_barcodes(Image.open(io.BytesIO(response.content)))
    assert [(each.format.name, each.ec_level) for each in read] == [("QRCode", "M")]
    assert verify(read[0].text, trust, NOW).verdict is Verdict.VALID


async def test_a_gate_looks_up_by_document_and_the_number_is_not_kept(twin: IssuerTwin, login: Login, me: str) -> None:
    await take(twin, finding(Color.GREEN, 1, me))
    gate = login("checkpoint", client_id="gate-app", authority="metro")
    asked = {"id_type": "resident_id", "id_number": "11010519491231002x"}
    assert body(await gate.post("/v1/lookups", json=asked), models.BriefCode)["color"] == "green"
    unknown = {"id_type": "passport", "id_number": "E12345678"}
    problem(await gate.post("/v1/lookups", json=unknown), 404, "not-declared")
    assert [(seen.caller, seen.client, seen.authority, seen.found) for seen in twin.lookups] == [
        ("checkpoint-1", "gate-app", "metro", True),
        ("checkpoint-1", "gate-app", "metro", False),
    ]
    assert "1101051949" not in str(twin.lookups)


async def test_a_wrong_number_is_explained_without_being_quoted(login: Login) -> None:
    asked = {"id_type": "resident_id", "id_number": "110105194912310021"}
    document = problem(await login("checkpoint").post("/v1/lookups", json=asked, headers=ZH), 422, "invalid-request")
    assert (document["errors"][0]["code"], document["errors"][0]["pointer"]) == ("id_number_check_digit", "#/id_number")
    assert "校验码" in document["errors"][0]["detail"]
    assert "110105194912310021" not in str(document)


async def test_a_code_is_cancelled_by_an_officer(twin: IssuerTwin, login: Login) -> None:
    await take(twin, finding(Color.GREEN, 1))
    response = await login("officer").post(f"/v1/codes/{ALICE}/cancellation", json={})
    assert body(response, models.OfficialCode)["color"] == "cancelled"
    problem(await login("officer").post(f"/v1/codes/{'b' * 26}/cancellation", json={}), 404, "not-declared")


async def test_everybody_may_read_the_key_that_credentials_are_signed_with(
    anyone: httpx.AsyncClient, key: Es256Key
) -> None:
    trust = body(await anyone.get("/v1/trust"), models.TrustAnswer)
    published = trust["keys"][0]
    assert base64.urlsafe_b64decode(published["kid"] + "=") == key.kid
    x = int.from_bytes(base64.urlsafe_b64decode(published["x"] + "="), "big")
    assert x == key.public_key.public_numbers().x


@pytest.mark.parametrize("name", ["20200211-1", "today", "20200211-0000"])
async def test_there_are_no_other_status_lists(anyone: httpx.AsyncClient, name: str) -> None:
    problem(await anyone.get(f"/v1/status-lists/{name}"), 404, "not-found")


async def test_a_gate_that_scans_late_is_told_so(twin: IssuerTwin, login: Login, clock: Any, me: str) -> None:
    await take(twin, finding(Color.GREEN, 1, me))
    made = (await login("citizen").post("/v1/me/credentials", json={})).json()
    clock.time = NOW + DAY
    answer = await login("checkpoint").post("/v1/verifications", json={"credential": made["credential"]})
    assert body(answer, models.VerificationAnswer)["verdict"] == "expired"


def test_every_operation_is_documented_with_examples(app: Application) -> None:
    document = app.openapi()
    schemas = document["components"]["schemas"]
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if not path.startswith("/v1"):
                continue
            place = f"{method} {path}"
            assert operation["summary"], place
            assert operation["description"], place
            assert operation["responses"]["default"]["$ref"].endswith("/Problem"), place
            assert path.startswith(("/v1/trust", "/v1/status-lists")) or operation["security"], place
    for kind, media in (("svg", "image/svg+xml"), ("png", "image/png")):
        assert list(document["paths"][f"/v1/me/code.{kind}"]["get"]["responses"]["200"]["content"]) == [media]
    for model in ("OwnCode", "VerificationRequest", "VerificationAnswer", "LookupRequest", "CredentialAnswer"):
        fields = schemas[model]["properties"]
        assert [name for name, field in fields.items() if "example" not in str(field) and "$ref" not in str(field)] in (
            [],
            ["bound"],
        )
