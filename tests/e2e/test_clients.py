"""A client on the real stack: applied, let in by two, told of who agreed, verifying, out of answers, over."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.stack import Stack
from healthcode.envelope import decode
from healthcode.events import CodeShared
from tests.support import topics
from tests.support.callers import caller, citizen, colored, subject
from tests.support.clients import APPLICATION, terms
from tests.support.holders import Holder
from tests.support.people import declaration, id_number
from tests.support.polling import eventually
from tests.support.region import RegionProcesses, region_processes

pytestmark = [pytest.mark.embedded]

REGION = "500000"
PERSON, STRANGER = 7, 8
SERVICES = ("declaration", "audit", "issuer", "subscription")
PER_DAY = 12


@pytest.fixture
def region(stack: Stack, database_url: str, tmp_path: Path) -> Iterator[RegionProcesses]:
    with region_processes(stack, database_url, tmp_path, REGION) as processes:
        processes.spawn("api", "services", "--region", REGION, "api")
        for service in SERVICES:
            processes.spawn(service, f"services.{service}", "worker", "relay", "timer", "intake")
        processes.wait_ready()
        yield processes


def test_a_clients_way(region: RegionProcesses) -> None:
    gate = caller(region, "integrator", client_id="west-lake-gate")
    person, stranger = citizen(region, PERSON), citizen(region, STRANGER)
    for index, who in ((PERSON, person), (STRANGER, stranger)):
        assert who.post("/v1/declarations", json=declaration(index)).is_success
        colored(who, "green")

    # applied, and not let in yet: nothing is answered
    applied = gate.post("/v1/clients", json=APPLICATION)
    assert applied.status_code == httpx.codes.CREATED, applied.text
    client = applied.json()["client"]
    assert verified(gate, person).json()["code"] == "2361"
    let_in(region, client, per_day=PER_DAY)
    own = eventually("a client that is let in", lambda: standing(gate, "active"))
    assert own["topic"] == f"hc.{REGION}.clients.{client}.codes.v1"

    # what is shown is verified, and gives the client no more than the answer
    assert eventually("an answer", lambda: good(verified(gate, person)))["color"] == "green"
    feed = Feed(region, own["topic"])
    assert feed.read() == []

    # a person agrees: the client is told of that person, by a name of its own, and of nobody else
    until = (datetime.now(UTC) + timedelta(days=9)).isoformat()
    consent = person.put(f"/v1/me/clients/{client}", json={"until": until, "reference": "staff-1"})
    assert consent.status_code == httpx.codes.OK, consent.text
    name = consent.json()["subject"]
    assert name not in (subject(region, PERSON), subject(region, STRANGER))
    listed = listed_by(region, PERSON)
    colored(person, "red")
    listed_by(region, STRANGER)
    colored(stranger, "red")
    words = eventually("two words", lambda: feed.read() if len(feed.read()) == 2 else None)
    assert [(word.subject, word.reference, word.color) for word in words] == [
        (name, "staff-1", "green"),
        (name, "staff-1", "red"),
    ]
    read = eventually("a readable code", lambda: good(gate.get(f"/v1/codes/{name}")))
    assert (read["subject"], read["color"]) == (name, "red")
    assert gate.get(f"/v1/codes/{subject(region, STRANGER)}").json()["code"] == "3361"

    at_a_door(region, person, listed)

    # the services are ended and started: nothing is told twice, versions go on
    region.restart()
    listed_by(region, PERSON)
    words = eventually("four words", lambda: feed.read() if len(feed.read()) == 4 else None)
    assert [(word.version, word.color) for word in words] == [(1, "green"), (2, "red"), (3, "green"), (4, "red")]

    # the day's answers are used up
    answers = [verified(gate, person) for _ in range(PER_DAY)]
    assert answers[0].status_code == httpx.codes.OK
    assert answers[-1].json()["code"] == "4361"
    assert 0 < int(answers[-1].headers["retry-after"]) <= 25 * 3600

    # more of them, for a moment; then it is over by itself
    let_in(region, client, per_day=1000, expires_at=(datetime.now(UTC) + timedelta(seconds=6)).isoformat())
    assert eventually("an answer again", lambda: good(verified(gate, person)))["verdict"] == "valid"
    eventually("a client that is over", lambda: standing(gate, "expired"))
    assert verified(gate, person).json()["code"] == "2361"
    record = caller(region, "officer").get(f"/v1/clients/{client}/record").json()["items"]
    assert [act["what"] for act in reversed(record)] == ["applied", "granted", "opened", "granted", "expired"]
    assert len(feed.read()) == 4


def at_a_door(region: RegionProcesses, person: httpx.Client, listed: str) -> None:
    """There the person's own code decides, and the door sees the same number; then they are green."""
    officer = caller(region, "officer")
    place = officer.post("/v1/places", json={"name": "西湖文化广场 3 号门", "area": "330106"}).json()
    assert person.post("/v1/me/passes", json={"place": place["code"]}).json()["admitted"] is False
    officer.post(f"/v1/lists/entries/{listed}/withdrawal")
    colored(person, "green")
    entered = person.post("/v1/me/passes", json={"place": place["code"]}).json()
    seen = officer.get(f"/v1/places/{place['place']}/passes").json()["items"]
    assert [one["number"] for one in seen] == [entered["number"]]
    assert [one["name"] for one in person.get("/v1/me/passes").json()["items"]] == [entered["name"]]


def let_in(region: RegionProcesses, client: str, **changes: Any) -> None:
    """Two officers agree."""
    one, other = caller(region, "officer"), caller(region, "officer", sub="officer-2", person="person-2")
    proposed = one.post(f"/v1/clients/{client}/proposals", json=terms(**changes))
    assert proposed.status_code == httpx.codes.ACCEPTED, proposed.text
    path = f"/v1/clients/{client}/proposals/{proposed.json()['proposal']}/approval"
    assert one.post(path, json={}).json()["code"] == "2804"
    assert other.post(path, json={}).is_success


def standing(gate: httpx.Client, state: str) -> dict[str, Any] | None:
    """The client as it sees itself, once it stands so."""
    own: dict[str, Any] = gate.get("/v1/clients/own").json()
    return own if own["state"] == state else None


def verified(gate: httpx.Client, person: httpx.Client) -> httpx.Response:
    """The answer to a code that a person shows."""
    holder = Holder()
    holder.took(person.post("/v1/me/credentials", json=holder.asked))
    return gate.post("/v1/verifications", json={"credential": holder.show(time.time())})


def good(answer: httpx.Response) -> dict[str, Any] | None:
    """What a good answer says."""
    body: dict[str, Any] = answer.json()
    return body if answer.is_success else None


def listed_by(region: RegionProcesses, index: int) -> str:
    """An authority lists somebody; gives the entry."""
    body = {
        "person": {"id_type": "resident_id", "id_number": id_number(index)},
        "category": "close_contact",
        "evidence": "疾控〔2020〕17号",
        "valid_from": "2026-01-01T00:00:00+08:00",
    }
    return str(caller(region, "officer").post("/v1/lists/entries", json=body).json()["entry"])


class Feed:
    """A client's own topic, as another Kafka library reads it: what is committed alone."""

    def __init__(self, region: RegionProcesses, topic: str) -> None:
        self._topic = topic
        self._bootstrap = region.environment["KAFKA_BOOTSTRAP"]

    def read(self) -> list[CodeShared]:
        """All that is in it."""
        found = [decode(each.headers, each.value, each.key) for each in topics.read(self._bootstrap, [self._topic])]
        assert all(isinstance(event, CodeShared) for event in found)
        return [event for event in found if isinstance(event, CodeShared)]
