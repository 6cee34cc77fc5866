"""The shipped compose file: from nothing to a color; workers scaled and killed under load."""

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.measure import measured
from tests.support.callers import colored
from tests.support.compose import BASE, ROOT, Stack, compose_stack, docker, need_engine
from tests.support.holders import Holder
from tests.support.outcomes import Outcomes
from tests.support.people import declaration, entry

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1800)]

PEOPLE = 300
FEVER: dict[str, Any] = {"temperature": 38.4, "symptoms": ["fever"]}
ONCE = {"secrets", "database", "migrate", "nation-migrate"}
OVERLAYS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "deploy").glob("compose.*.yaml"))


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    need_engine()
    with compose_stack(BASE, ["--scale", "audit-worker=3"]) as stack:
        yield stack


@pytest.mark.parametrize(
    "overlays", [chosen for n in range(len(OVERLAYS) + 1) for chosen in combinations(OVERLAYS, n)], ids="+".join
)
def test_every_combination_of_overlays_fits_together(overlays: tuple[str, ...]) -> None:
    need_engine()
    files = [word for name in ("docker-compose.yml", *overlays) for word in ("-f", name)]
    command = ["docker", "compose", "--project-directory", ".", *files, "config", "-q"]
    ran = docker(command, cwd=ROOT, env=given(KAFKA_SECURITY_PROTOCOL="SASL_SSL"))
    assert ran.returncode == 0, ran.stderr


def test_the_overlay_for_tls_says_what_it_needs() -> None:
    need_engine()
    command = ["docker", "compose", "-f", "docker-compose.yml", "-f", "deploy/compose.tls.yaml", "config", "-q"]
    ran = docker(command, cwd=ROOT, env=given(KAFKA_SECURITY_PROTOCOL=""))
    # some packages of the plugin end with 0 whatever it says
    assert "KAFKA_SECURITY_PROTOCOL=SASL_SSL" in ran.stderr


def given(**more: str) -> dict[str, str]:
    """The environment with more."""
    return {**os.environ, **more}


def test_all_are_well_and_the_workers_are_three(stack: Stack) -> None:
    found = stack.containers()
    health = {one["Name"]: one["Health"] for one in found if one["Service"] not in ONCE}
    assert set(health.values()) == {"healthy"}, health
    assert {one["Service"]: one["ExitCode"] for one in found if one["Service"] in ONCE} == dict.fromkeys(ONCE, 0)
    assert len(stack.containers("audit-worker")) == 3
    print(f"\nfrom up to healthy: {stack.took:.0f} s, images built\n{measured(stack.environment)}")  # noqa: T201 - the figures of docs/deployment.md


def test_every_role_shows_its_metrics(stack: Stack) -> None:
    read = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:9100/metrics').read().decode())"
    for service in ("audit-worker", "issuer-relay", "audit-timer", "declaration-api", "nation-worker"):
        assert "hc_http_requests_total" in stack.run("exec", "-T", service, "python", "-c", read), service


def test_each_path_leads_to_the_service_that_answers_it(stack: Stack) -> None:
    operated = httpx.get(f"{stack.url('PORT_330000')}/v1/ops", timeout=60).json()["services"]
    assert operated == ["declaration", "audit", "issuer", "recognition", "oversight", "subscription", "portal"]
    for service in operated:
        document = httpx.get(f"{stack.url('PORT_330000')}/openapi/{service}.json", timeout=60).json()
        for path in document["paths"].keys() - {"/v1/ops"}:
            assert service_of(path) == service, f"{path}: put it into deploy/edge/routes.map"
    nowhere = httpx.get(f"{stack.url('PORT_330000')}/v1/nothing", timeout=60)
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "3001")
    assert httpx.get(f"{stack.url('PORT_330000')}/metrics", timeout=60).status_code == httpx.codes.NOT_FOUND


def service_of(path: str) -> str | None:
    """By the map; the longest beginning counts."""
    rows = [line.split() for line in Path("deploy/edge/routes.map").read_text("utf-8").splitlines()]
    routes = [(row[0], row[1]) for row in rows if row and not row[0].startswith("#")]
    return max(((key, name) for key, name in routes if path.startswith(key)), default=("", None))[1]


def test_from_a_declaration_to_red(stack: Stack) -> None:
    person = stack.citizen(1)
    accepted = person.post("/v1/declarations", json=declaration(1))
    assert accepted.status_code == httpx.codes.ACCEPTED, accepted.text
    green = colored(person, "green")
    holder = Holder()
    holder.took(person.post("/v1/me/credentials", json=holder.asked))
    gate = stack.client("checkpoint-1", roles=["checkpoint"], region="330000")
    answer = gate.post("/v1/verifications", json={"credential": holder.show(time.time())})
    assert answer.json()["verdict"] == "valid", answer.text
    listed = stack.officer().post("/v1/lists/entries", json=entry(1))
    assert listed.status_code == httpx.codes.CREATED, listed.text
    red = colored(person, "red")
    assert red["version"] != green["version"]
    assert person.get("/v1/me/code.png").status_code == httpx.codes.OK


async def declare_all(stack: Stack, accepted: list[str]) -> None:
    """Each person declares twice, well and then with fever; every 202 is written down."""
    at_once = asyncio.Semaphore(8)
    counter = stack.counter()
    headers = {"authorization": counter.headers["authorization"]}
    async with httpx.AsyncClient(base_url=stack.url("PORT_330000"), headers=headers, timeout=60) as client:

        async def declare(index: int) -> None:
            for health in ({}, FEVER):
                async with at_once:
                    answer = await client.post("/v1/declarations", json=declaration(index, **health))
                assert answer.status_code == httpx.codes.ACCEPTED, answer.text
                accepted.append(answer.json()["id"])

        async with asyncio.TaskGroup() as group:
            for index in range(1000, 1000 + PEOPLE):
                group.create_task(declare(index))


async def test_workers_are_scaled_and_killed_under_load_and_nothing_is_lost(stack: Stack) -> None:
    """Three, one of them killed without warning, then one, then three again; what was accepted has one outcome."""
    accepted: list[str] = []
    load = asyncio.create_task(declare_all(stack, accepted))
    victim = (await asyncio.to_thread(stack.containers, "audit-worker"))[0]
    await waited(accepted, PEOPLE // 4)
    killed = await asyncio.to_thread(docker, ["docker", "kill", "--signal", "KILL", victim["ID"]])
    assert killed.returncode == 0, killed.stderr
    await waited(accepted, PEOPLE // 2)
    await asyncio.to_thread(stack.scale, "audit-worker", 1)
    await asyncio.to_thread(stack.scale, "audit-worker", 3)
    await load
    outcomes = Outcomes(f"127.0.0.1:{stack.environment['PORT_KAFKA']}", "hc.330000.codes.v1")
    with contextlib.closing(outcomes):
        missing = await asyncio.to_thread(outcomes.read_until, accepted, 180)
        await asyncio.to_thread(outcomes.read_for, 2)
    assert len(accepted) == 2 * PEOPLE
    assert not missing, f"{len(missing)} accepted declarations have no outcome"
    assert {cause: n for cause, n in outcomes.causes.items() if n != 1} == {}, "an outcome came twice"
    for versions in outcomes.versions.values():
        assert versions == sorted(set(versions)), "versions of one subject repeat or go back"


async def waited(accepted: list[str], count: int) -> None:
    """Until so many are accepted."""
    async with asyncio.timeout(300):
        while len(accepted) < count:
            await asyncio.sleep(0.05)


def test_all_end_in_good_order_when_they_are_told_to(stack: Stack) -> None:
    """Last of this stack's: afterwards nothing runs. A Java machine that is told to end says 143."""
    stack.run("stop")
    ended = {one["Name"]: (one["Service"], one["ExitCode"]) for one in stack.containers()}
    wrong = {name: code for name, (service, code) in ended.items() if code != 0 and (service, code) != ("kafka", 143)}
    assert wrong == {}
