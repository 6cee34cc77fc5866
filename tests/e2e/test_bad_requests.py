"""A bad request is answered by a problem document that says what to do, and changes nothing."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.stack import Stack
from tests.support import bad_requests
from tests.support.bad_requests import BAD, REPEATED, sent
from tests.support.callers import caller, citizen, colored
from tests.support.database import own_database
from tests.support.good_requests import AREA_ENTRY, LISTED, Bad, entry
from tests.support.region import RegionProcesses, region_processes
from tests.support.state import State, quiet

pytestmark = [pytest.mark.embedded]

REGION = "370000"


@pytest.fixture(scope="module")
def region(stack: Stack, admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegionProcesses]:
    """A region in which one person is listed and one area has a level, and nothing goes on."""
    folder = tmp_path_factory.mktemp("garbage")
    with own_database(admin_url) as url, region_processes(stack, url, folder, REGION) as processes:
        processes.spawn_all()
        officer = caller(processes, "officer")
        assert officer.post("/v1/lists/entries", json=entry(LISTED)).is_success
        proposed = officer.post("/v1/areas", json=AREA_ENTRY).json()["id"]
        second = caller(processes, "officer", sub="officer-2", person="person-2")
        assert second.post(f"/v1/proposals/{proposed}/approval", json={}).is_success
        colored(citizen(processes, LISTED), "red")
        quiet(processes)
        yield processes


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_a_bad_request_is_refused_and_changes_nothing(region: RegionProcesses, bad: Bad) -> None:
    before = State.of(region)
    answer = sent(region, bad)
    assert_problem(answer, bad.status, bad.problem)
    if bad.fault:
        assert bad.fault in {error["code"] for error in answer.json()["errors"]}, answer.text
    assert before.changes(State.of(region)) == []


@pytest.mark.parametrize("good", REPEATED, ids=str)
def test_a_key_serves_one_request_alone(region: RegionProcesses, good: Bad) -> None:
    first = sent(region, good)
    assert first.is_success, first.text
    before = quiet(region)
    again = sent(region, good)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    other = sent(region, bad_requests.with_another_body(good))
    assert_problem(other, httpx.codes.UNPROCESSABLE_ENTITY, "idempotency-key-reused")
    assert before.changes(State.of(region)) == []


@pytest.mark.parametrize("path", ["/v1/lists/entries", "/v1/tests", "/v1/areas"])
def test_bad_lines_are_answered_one_by_one_and_change_nothing(region: RegionProcesses, path: str) -> None:
    before = State.of(region)
    body = b'{"evidence": "x"}\n[]\n{"cut\n'
    media = {"content-type": "application/x-ndjson"}
    answer = caller(region, "officer").post(f"{path}/bulk", content=body, headers=media)
    assert (answer.status_code, answer.json()["accepted"]) == (httpx.codes.OK, [])
    assert [refused["line"] for refused in answer.json()["refused"]] == [1, 2, 3]
    assert before.changes(State.of(region)) == []


def test_the_seven_interfaces_are_as_documented(region: RegionProcesses) -> None:
    """Each is there under its path, with examples of what is sent and what comes back, and with its return codes."""
    document = httpx.get(f"{region.url}/openapi.json", timeout=60).json()
    table = Path("docs/interfaces.md").read_text("utf-8").partition("## Return codes")[0]
    rows = [line.split("|")[1:-1] for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == 7
    for name, _, routes, *_ in rows:
        method, path = re.findall(r"`(GET|POST) (/v1/[^`]*)`", routes)[0]
        operation = document["paths"][path][method.lower()]
        assert operation["summary"], name
        assert operation["responses"]["default"]["$ref"].endswith("/Problem"), name
        bodies = _bodies(operation)
        assert bodies, name
        for body in bodies:
            assert '"example' in json.dumps([body, *_named_in(body, document, set())]), name
    codes = document["components"]["responses"]["Problem"]["description"]
    told = Path("docs/interfaces.md").read_text("utf-8").partition("## Return codes")[2].partition("## A client")[0]
    missing = {code for code in re.findall(r"`([1-5][0-9]{3})`", told) if f"`{code}`" not in codes}
    assert not missing


def _bodies(operation: dict[str, Any]) -> list[dict[str, Any]]:
    """What is sent, and what comes back when all is well."""
    good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    places = [operation.get("requestBody", {}), *good]
    return [place["content"]["application/json"] for place in places if "application/json" in place.get("content", {})]


def _named_in(body: object, document: dict[str, Any], seen: set[str]) -> Iterator[Any]:
    """The schemas that are named in a body, and in those."""
    for name in re.findall(r"#/components/schemas/([A-Za-z0-9_-]+)", json.dumps(body)):
        if name not in seen:
            seen.add(name)
            yield document["components"]["schemas"][name]
            yield from _named_in(document["components"]["schemas"][name], document, seen)


def assert_problem(answer: httpx.Response, status: int, slug: str) -> None:
    """A problem document (RFC 9457) of that kind, with all its members."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (status, f"urn:healthcode:problem:{slug}"), answer.text
    assert problem["status"] == status
    assert problem.keys() >= {"title", "detail", "instance", "code"}
