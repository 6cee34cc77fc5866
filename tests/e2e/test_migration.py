"""From way 3 to way 2: a region takes a code of its own; nobody declares again, nothing is lost or doubled."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import msgspec
import pytest
from joserfc import jwe

from deploy.local.stack import Stack
from healthcode.envelope import encode, topic_name
from healthcode.events import EVENTS, Event, ListingSubmitted, StatusReported, WatchEnded, WatchOpened
from healthcode.values import Category, Status
from tests.support.callers import caller, citizen, colored
from tests.support.holders import Holder
from tests.support.nation import ELSEWHERE, Adopting, adopting_region, name_of, nation_of, start
from tests.support.people import declaration, id_number
from tests.support.polling import eventually
from tests.support.region import RegionProcesses
from tests.support.topics import Written, read, write

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(600)]

REGION: Final = "650000"
NATION: Final = nation_of(REGION)
WELL, LISTED, FEVERISH, TRAVELLER, STRANGER = 1, 2, 3, 4, 5
RESIDENTS: Final = (WELL, LISTED, FEVERISH, TRAVELLER)
FEVER: Final = {"temperature": 38.6, "symptoms": ["fever"]}
WHY: Final = "decided by the government of the region, document 12"
QUICK: Final = {"HC_AUDIT_MIGRATION_SECONDS": "0.5", "HC_AUDIT_MIGRATION_CHUNK": "1"}


@pytest.fixture(scope="module")
def both(stack: Stack, admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adopting]:
    with adopting_region(stack, admin_url, tmp_path_factory.mktemp("migration"), REGION, own_stack=True) as both:
        start(both.nation, **QUICK)
        start(both.region)
        yield both


def lived_at_the_nation(both: Adopting) -> None:
    """People of the region, and one of another, with what can be known of them."""
    for index in (*RESIDENTS, STRANGER):
        area = "330106" if index == STRANGER else "650102"
        said = declaration(index, area=area, **(FEVER if index == FEVERISH else {}))
        assert citizen(both.nation, index).post("/v1/declarations", json=said).status_code == 202
        colored(citizen(both.nation, index), "green")
    submit(both, both.nation.region, 1, withdrawn=False)
    colored(citizen(both.nation, LISTED), "red")
    trip = {"destination": ELSEWHERE, "area": "330100", "since": f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"}
    assert citizen(both.nation, TRAVELLER).post("/v1/trips", json=trip).status_code == 202
    eventually("a watch of the nation's", lambda: of_kind(both, NATION, WatchOpened))


def submit(both: Adopting, sealed_to: str, revision: int, *, withdrawn: bool) -> None:
    """As an authority of the region writes, before and after."""
    person = json.dumps({"id_type": "resident_id", "id_number": id_number(LISTED)})
    event = ListingSubmitted(
        id=f"m-{revision}",
        entry="e-1",
        revision=revision,
        person=jwe.encrypt_compact({"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}, person, both.intake(sealed_to)),
        category=Category.CLOSE_CONTACT,
        source="新疆维吾尔自治区疾病预防控制中心",
        evidence="疾控〔2022〕17号",
        valid_from=datetime(2026, 1, 1, tzinfo=UTC),
        withdrawn=withdrawn,
    )
    wire = encode(event, owner=REGION, service="cdc", time=datetime.now(UTC))
    write(bootstrap(both), [Written(wire.topic, wire.key, wire.value, wire.headers)])


def test_a_region_takes_a_code_of_its_own_and_nobody_declares_again(both: Adopting) -> None:
    lived_at_the_nation(both)
    shown = credential_of(citizen(both.nation, WELL))

    # a dry run at the nation, by the region's own policy: nothing leaves
    tried = admin(both.nation, "migrate", "try", REGION, "regions/330000/policy/2020-02-11.yaml")["result"]
    assert tried["changed"] == 1
    assert colors(tried["colors"]) == {("green", "green"): 2, ("green", "yellow"): 1, ("red", "red"): 1}

    # the region has a stack of its own, and still the nation's code
    approved(both.nation, "start", REGION)
    both.nation.kill(name_of(both.nation))  # at whatever place it is
    start(both.nation, **QUICK)
    count = settled(both)
    assert (count["handed_over"], count["taken"], count["unnamed"], count["moved"]) == (4, 4, 0, 0)
    compared = eventually("everybody judged there", lambda: judged(both))
    assert colors(compared["colors"]) == {("green", "green"): 2, ("green", "yellow"): 1, ("red", "red"): 1}
    colored(citizen(both.nation, WELL), "green")

    # what is known later comes behind
    said = declaration(WELL, area="650103", **FEVER)
    assert citizen(both.nation, WELL).post("/v1/declarations", json=said).status_code == 202
    colored(citizen(both.region, WELL), "yellow")
    settled(both)

    # cut over: two officers, then the catalogue
    approved(both.nation, "cut-over", REGION)
    both.take_own_code(adopts=False)
    restart(both.region)
    restart(both.nation, **QUICK)
    eventually("all moved", lambda: status(both)["moved"] == len(RESIDENTS) or None)
    wanted = {WELL: "yellow", LISTED: "red", FEVERISH: "yellow", TRAVELLER: "green"}
    for index, color in wanted.items():
        assert colored(citizen(both.region, index), color)["color"] == color
        gone = colored(citizen(both.nation, index), "cancelled")
        assert (gone["cause"], gone["moved_to"]) == ("moved", REGION)
        assert "Xinjiang" in gone["next_steps"][0]
    assert citizen(both.nation, STRANGER).get("/v1/me/code").json()["color"] == "green"
    assert citizen(both.region, STRANGER).get("/v1/me/code").status_code == 404
    gate = caller(both.nation, "checkpoint")
    assert gate.post("/v1/verifications", json={"credential": shown}).json()["verdict"] == "revoked"

    # from now on the status converts: the nation's watch is over, the region's own says the same person's status
    eventually("the nation's watch is over", lambda: of_kind(both, NATION, WatchEnded))
    eventually("a watch of the region's own", lambda: of_kind(both, REGION, WatchOpened))
    (said_now,) = eventually("its status", lambda: of_kind(both, REGION, StatusReported))
    assert said_now.status is Status.LOW

    # and the authority goes on with its own entry, by its own name
    assert authorities(citizen(both.region, LISTED)) == ["新疆维吾尔自治区疾病预防控制中心"]
    submit(both, REGION, 2, withdrawn=True)
    colored(citizen(both.region, LISTED), "green")


def bootstrap(both: Adopting) -> str:
    return both.nation.environment["KAFKA_BOOTSTRAP"]


def restart(processes: RegionProcesses, **more: str) -> None:
    """With other data, or another catalogue."""
    processes.kill(name_of(processes))
    start(processes, **more)


def approved(at: RegionProcesses, *words: str) -> None:
    """What one officer proposes and another person approves, as they type it."""
    proposal = admin(at, "migrate", *words, "--reason", WHY)
    admin(at, "migrate", "approve", proposal["id"], person="second")


def admin(at: RegionProcesses, *words: str, person: str = "first", code: int = 0) -> Any:
    token = at.identity.token(
        f"officer-{person}", roles=["officer"], region=at.region, authority="nhc", person=f"person-{person}"
    )
    done = subprocess.run(
        [sys.executable, "-m", "cli", "--url", at.url, *words, "--json"],
        env={**at.environment, "HC_TOKEN": token, "HC_URL": at.url, "LANG": "C.UTF-8"},
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def status(both: Adopting) -> dict[str, Any]:
    officer = caller(both.nation, "officer", sub="counting", authority="nhc")
    answer: dict[str, Any] = officer.get(f"/v1/migrations/{REGION}").json()
    return answer


def settled(both: Adopting) -> dict[str, Any]:
    """Once everybody who was handed over is answered for."""

    def ask() -> dict[str, Any] | None:
        found = status(both)
        return found if found["passes"] and not found["waiting"] else None

    return eventually("everybody answered for", ask)


def judged(both: Adopting) -> dict[str, Any] | None:
    found: dict[str, Any] = caller(both.region, "officer").get(f"/v1/arrivals/{NATION}").json()
    whole = found["arrived"] == len(RESIDENTS) and all(each["after"] != "waiting" for each in found["colors"])
    return found if whole else None


def colors(rows: list[dict[str, Any]]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for row in rows:
        found[row["before"], row["after"]] = found.get((row["before"], row["after"]), 0) + row["people"]
    return found


def of_kind(both: Adopting, origin: str, kind: type[Event]) -> list[Any] | None:
    """What the hub told the third region of one origin's people."""
    told = [
        msgspec.json.decode(record.value or b"", type=EVENTS[record.header("ce_type")])
        for record in read(bootstrap(both), [topic_name("national", f"{ELSEWHERE}.v1")])
    ]
    return [each for each in told if isinstance(each, kind) and getattr(each, "origin", "") == origin] or None


def authorities(person: httpx.Client) -> list[str]:
    found: list[str] = person.get("/v1/me/code").json()["reasons"][0]["authorities"]
    return found


def credential_of(person: httpx.Client) -> str:
    holder = Holder()
    return holder.took(person.post("/v1/me/credentials", json=holder.asked)).show(time.time())
