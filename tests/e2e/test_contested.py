"""A person contests what made them red, whoever entered it answers; and two officers decide about a person by hand."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from deploy.local.stack import Stack
from tests.support.callers import AUTHORITY, caller, citizen, colored, subject
from tests.support.database import own_database, rows
from tests.support.people import declaration, id_number
from tests.support.polling import eventually
from tests.support.region import RegionProcesses, region_processes

pytestmark = [pytest.mark.embedded]

REGION = "640000"
WORDS = "I have never been a patient of that hospital."
EXPLANATION = "The hospital mixed up two people; the entry is withdrawn."


@pytest.fixture(scope="module")
def region(stack: Stack, admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegionProcesses]:
    folder = tmp_path_factory.mktemp("contested")
    with own_database(admin_url) as url, region_processes(stack, url, folder, REGION) as processes:
        processes.spawn_all()
        yield processes


def entry(person: int) -> dict[str, Any]:
    return {
        "person": {"id_type": "resident_id", "id_number": id_number(person)},
        "category": "close_contact",
        "evidence": "疾控〔2020〕17号",
        "valid_from": "2026-01-01T00:00:00+08:00",
    }


def assigned(person: httpx.Client) -> dict[str, Any]:
    """The person's only correction once somebody has to answer it."""

    def ask() -> dict[str, Any] | None:
        (only,) = person.get("/v1/me/corrections").json()["items"]
        return only if only["owner"] is not None else None

    return eventually("a correction with an owner", ask)


def test_a_wrong_entry_is_contested_and_put_right(region: RegionProcesses) -> None:
    person, officer = citizen(region, 1), caller(region, "officer")
    stranger = caller(region, "officer", sub="officer-9", authority="420100-cdc")
    assert person.post("/v1/declarations", json=declaration(1)).status_code == 202
    colored(person, "green")
    assert officer.post("/v1/lists/entries", json=entry(1)).status_code == 201
    fact = colored(person, "red")["reasons"][0]["facts"][0]

    body = {"category": "not_me", "fact": fact, "statement": WORDS}
    asked = person.post("/v1/corrections", json=body, headers={"idempotency-key": "c-1"})
    again = person.post("/v1/corrections", json=body, headers={"idempotency-key": "c-1"})
    assert (asked.status_code, again.json()) == (202, asked.json())
    ident = assigned(person)["id"]
    assert assigned(person)["owner"] == AUTHORITY

    (waiting,) = officer.get("/v1/corrections/inbox").json()["corrections"]
    assert (waiting["id"], waiting["kind"], waiting["category"]) == (ident, "listing", "not_me")
    assert 0 < waiting["left_seconds"] <= 24 * 3600
    assert stranger.get("/v1/corrections/inbox").json()["corrections"] == []
    assert stranger.get(f"/v1/corrections/{ident}/statement").status_code == 404
    assert officer.get(f"/v1/corrections/{ident}/statement").json()["statement"] == WORDS
    answer = {"outcome": "upheld", "explanation": EXPLANATION}
    assert stranger.post(f"/v1/corrections/inbox/{ident}/answer", json=answer).status_code == 404
    assert officer.post(f"/v1/corrections/inbox/{ident}/answer", json=answer).status_code == 200

    assert colored(person, "green")["cause"] == "listing"
    settled = eventually("an answer", lambda: [c for c in [assigned(person)] if c["outcome"]])
    assert (settled[0]["outcome"], settled[0]["explanation"]) == ("upheld", EXPLANATION)
    late = officer.post(f"/v1/corrections/inbox/{ident}/answer", json={**answer, "outcome": "rejected"})
    assert late.status_code == 409
    steps = officer.get(f"/v1/corrections/inbox/{ident}").json()["steps"]
    assert [step["step"] for step in steps] == ["asked", "settled", "withdrawn"]
    stored = str(rows(region.database_url, frozenset({"person"})))
    assert WORDS not in stored, "what the person wrote is sealed"
    assert "correction_reading" in stored


def test_what_nobody_entered_goes_to_the_desk(region: RegionProcesses) -> None:
    person, supervisor = citizen(region, 2), caller(region, "supervisor")
    body = {"category": "not_there", "fact": "some-declaration", "statement": "I was at home."}
    assert person.post("/v1/corrections", json=body).status_code == 202
    ident = assigned(person)["id"]
    (waiting,) = supervisor.get("/v1/corrections/inbox").json()["corrections"]
    assert (waiting["id"], waiting["owner"], waiting["kind"]) == (ident, "", "statement")
    answer = {"outcome": "rejected", "explanation": "You stated this stay yourself: declare again."}
    assert caller(region, "officer").post(f"/v1/corrections/inbox/{ident}/answer", json=answer).status_code == 404
    assert supervisor.post(f"/v1/corrections/inbox/{ident}/answer", json=answer).status_code == 200


def test_two_officers_decide_and_the_person_sees_why(region: RegionProcesses) -> None:
    person, first = citizen(region, 3), caller(region, "officer")
    second = caller(region, "officer", sub="officer-2", person="person-2")
    assert person.post("/v1/declarations", json=declaration(3)).status_code == 202
    colored(person, "green")
    decision = {
        "subject": subject(region, 3),
        "color": "yellow",
        "reason": "decided",
        "evidence": "疾控〔2020〕18号",
        "valid_from": "2026-01-01T00:00:00+08:00",
        "valid_until": "2026-03-01T00:00:00+08:00",
        "why": "exposed at a place that is on no list yet",
    }
    soon = {**decision, **validity(person)}
    proposed = first.post("/v1/decisions", json=soon)
    assert proposed.status_code == 202, proposed.text
    path = f"/v1/proposals/{proposed.json()['id']}/approval"
    assert first.post(path, json={}).status_code == 403
    assert second.post(path, json={}).status_code == 200
    yellow = colored(person, "yellow")
    assert yellow["reasons"][0]["authorities"] == [AUTHORITY]
    assert "officers" in person.get("/v1/me/code", headers={"accept-language": "en"}).json()["reasons"][0]["text"]
    back = second.post(f"/v1/decisions/{proposed.json()['id']}/withdrawal", json={"why": "the place was cleared"})
    assert first.post(f"/v1/proposals/{back.json()['id']}/approval", json={}).status_code == 200
    colored(person, "green")


def validity(person: httpx.Client) -> dict[str, str]:
    """From yesterday on for some days, by the region's own clock."""
    since = datetime.fromisoformat(person.get("/v1/me/code").json()["since"])
    return {
        "valid_from": (since - timedelta(days=1)).isoformat(),
        "valid_until": (since + timedelta(days=7)).isoformat(),
    }
