"""People of one region in another, over the hub, on the real stack: each way in which a watch is opened."""

import base64
import hashlib
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from deploy.local.stack import Stack
from tests.support.callers import caller, citizen, colored
from tests.support.database import rows
from tests.support.good_requests import day
from tests.support.holders import Holder
from tests.support.neighbours import Neighbours, neighbours
from tests.support.people import declaration, id_number
from tests.support.polling import eventually

pytestmark = [pytest.mark.embedded]

HOME, HOST = "630000", "130000"
PERSONS = frozenset({"person"})
"""Where the home region keeps what people have declared; it is sealed, and not what is looked for here."""


@pytest.fixture(scope="module")
def world(stack: Stack, admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neighbours]:
    with neighbours(stack, admin_url, tmp_path_factory.mktemp("guests"), HOME, HOST) as running:
        yield running


def declared(world: Neighbours, person: int) -> httpx.Client:
    """A person who is green at home."""
    someone = citizen(world.home, person)
    assert someone.post("/v1/declarations", json=declaration(person)).status_code == httpx.codes.ACCEPTED
    colored(someone, "green")
    return someone


def listed(world: Neighbours, person: int) -> None:
    """Red at home from now on."""
    entry = {
        "person": {"id_type": "resident_id", "id_number": id_number(person)},
        "category": "close_contact",
        "evidence": "疾控〔2020〕17号",
        "valid_from": "2026-01-01T00:00:00+08:00",
    }
    assert caller(world.home, "officer").post("/v1/lists/entries", json=entry).status_code == httpx.codes.CREATED


def shown(person: httpx.Client) -> Holder:
    """The person's device with a fresh credential."""
    holder = Holder()
    return holder.took(person.post("/v1/me/credentials", json=holder.asked))


def guest(gate: httpx.Client, path: str, color: str) -> dict[str, Any]:
    """What a checkpoint is told, once the person counts as that color here."""

    def ask() -> dict[str, Any] | None:
        answer = gate.get(path)
        body: dict[str, Any] = answer.json() if answer.is_success else {}
        found: dict[str, Any] | None = body.get("guest")
        return body if found is not None and found["color"] == color else None

    return eventually(f"a guest who is {color}", ask)


def scanned(gate: httpx.Client, holder: Holder) -> dict[str, Any]:
    """What the gate is told of a code that is shown, once it knows how codes of that region stand."""

    def ask() -> dict[str, Any] | None:
        answer = gate.post("/v1/verifications", json={"credential": holder.show(time.time())})
        body: dict[str, Any] = answer.json()
        return body if body["verdict"] == "valid" else None

    return eventually("a good code", ask)


def test_a_traveller_opens_the_page_there_by_a_token_of_home_and_leaves(world: Neighbours) -> None:
    person, key = declared(world, 4), ECKey.generate_key("P-256")
    trip = {"destination": HOST, "area": HOST, "since": day(0), "until": day(3)}
    assert person.post("/v1/trips", json=trip).status_code == httpx.codes.ACCEPTED
    (watch,) = eventually("a watch", lambda: person.get("/v1/me/watches").json()["items"] or None)
    body = {"cnf": {"jwk": key.as_dict(private=False)}}
    token = person.post(f"/v1/me/watches/{watch['handle']}/guest-token", json=body).json()["token"]

    def asked(path: str) -> httpx.Response:
        ath = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode().rstrip("=")
        said = json.dumps({"aud": HOST, "iat": int(time.time()), "ath": ath})
        proof = jws.serialize_compact({"alg": "ES256", "typ": "guest-proof+jwt"}, said, key)
        return httpx.post(world.host.url + path, json={"token": token, "proof": proof}, timeout=60)

    page = eventually("a page", lambda: [a for a in [asked("/v1/guests/me")] if a.is_success] or None)[0].json()
    assert (page["color"], page["home_color"], page["purpose"]) == ("green", "green", "trip")
    (watch,) = person.get("/v1/me/watches").json()["items"]
    assert watch["explanation"] == page["explanation"]
    assert asked("/v1/guests/me/departure").status_code == httpx.codes.NO_CONTENT
    assert asked("/v1/guests/me").status_code == httpx.codes.NOT_FOUND
    eventually("no watch any more", lambda: person.get("/v1/me/watches").json()["items"] == [])


def test_who_registers_is_a_guest_and_a_stranger_is_not(world: Neighbours) -> None:
    person, gate = declared(world, 2), caller(world.host, "checkpoint")
    stay = {"origin": HOME, "until": (datetime.now(UTC) + timedelta(days=2)).isoformat()}

    def registered(number: str) -> str:
        document = {"id_type": "resident_id", "id_number": number}
        asked = gate.post("/v1/guests/registrations", json=stay | document)
        assert asked.status_code == httpx.codes.ACCEPTED, asked.text
        return f"/v1/guests/asks/{asked.json()['ask']}"

    path, stranger = registered(id_number(2)), registered(id_number(999))
    assert guest(gate, path, "green")["purpose"] == "registration"
    listed(world, 2)
    guest(gate, path, "red")
    refused = eventually("an answer", lambda: [a for a in [gate.get(stranger).json()] if a["state"] != "asked"])
    assert (refused[0]["state"], refused[0]["guest"]) == ("refused", None)
    (watch,) = person.get("/v1/me/watches").json()["items"]
    assert (watch["destination"], watch["purpose"]) == (HOST, "registration")
    stored = f"{rows(world.host.database_url)}{rows(world.nation.database_url)}{rows(world.home.database_url, PERSONS)}"
    assert id_number(2) not in stored
    assert id_number(999) not in stored


def test_what_was_scanned_offline_is_reported_later(world: Neighbours) -> None:
    person, gate = declared(world, 3), caller(world.host, "checkpoint")
    seen, text = datetime.now(UTC), shown(person).show(time.time())
    listed(world, 3)
    colored(person, "red")
    said = {"scans": [{"credential": text, "seen_at": seen.isoformat()}]}
    (item,) = gate.post("/v1/passes/reports", json=said).json()["items"]
    assert (item["verdict"], item["region"]) == ("valid", HOME)
    late = guest(gate, f"/v1/guests/by-credential/{item['guest']}", "red")
    assert late["purpose"] == "late"


def test_who_is_scanned_is_a_guest_and_is_recolored(world: Neighbours) -> None:
    person, gate = declared(world, 1), caller(world.host, "checkpoint")
    seen = scanned(gate, shown(person))
    path = f"/v1/guests/by-credential/{seen['guest']}"
    first = guest(gate, path, "green")
    assert (first["state"], first["purpose"], first["guest"]["origin"]) == ("opened", "scan", HOME)
    listed(world, 1)
    red = guest(gate, path, "red")["guest"]
    assert red["handle"] == first["guest"]["handle"]
    (watch,) = person.get("/v1/me/watches").json()["items"]
    assert (watch["destination"], watch["purpose"], watch["handle"]) == (HOST, "scan", red["handle"])
