"""How guests come and go over HTTP: tokens of home, registrations, departures."""

import json
from base64 import urlsafe_b64decode
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from demo.identity import DemoIdentity
from services.recognition.domain.home import Watch
from services.recognition.domain.token import digest, sign_token
from tests.support.recognition import HUBEI, NOW, ZHEJIANG
from tests.unit.recognition.conftest import HOLDER, NUMBER, SIGNING, bearer


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
