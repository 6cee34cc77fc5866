"""Way 3: the lists of a region without a code of its own count in the nation's audit, for its own people alone."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from joserfc import jwe

from deploy.local.stack import Stack
from healthcode.envelope import encode, topic_name
from healthcode.events import AreaLevelSubmitted, Event, ListingSubmitted, SourceRefused
from healthcode.values import Category, Level
from tests.support.callers import caller, citizen, colored
from tests.support.holders import Holder
from tests.support.nation import Adopting, adopting_region, nation_of, start
from tests.support.people import declaration, id_number
from tests.support.polling import eventually
from tests.support.topics import Written, read, write

pytestmark = [pytest.mark.embedded]

REGION = "620000"
NATION = nation_of(REGION)
RESIDENT, STRANGER = 1, 2
SOURCE = f"region:{REGION}"


@pytest.fixture(scope="module")
def both(stack: Stack, admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adopting]:
    with adopting_region(stack, admin_url, tmp_path_factory.mktemp("adopting"), REGION) as both:
        start(both.nation)
        start(both.region)
        for index, area in ((RESIDENT, "620102"), (STRANGER, "330106")):
            answer = citizen(both.nation, index).post("/v1/declarations", json=declaration(index, area=area))
            assert answer.status_code == 202, answer.text
            colored(citizen(both.nation, index), "green")
        yield both


def submit(both: Adopting, *events: Event) -> None:
    """As an authority of the region writes: to the region's own topics."""
    wires = [encode(event, owner=REGION, service="cdc", time=datetime.now(UTC)) for event in events]
    bootstrap = both.region.environment["KAFKA_BOOTSTRAP"]
    write(bootstrap, [Written(wire.topic, wire.key, wire.value, wire.headers) for wire in wires])


def listing(both: Adopting, entry: str, index: int, revision: int = 1, **more: Any) -> ListingSubmitted:
    person = json.dumps({"id_type": "resident_id", "id_number": id_number(index)})
    return ListingSubmitted(
        id=f"m-{entry}-{revision}",
        entry=entry,
        revision=revision,
        person=jwe.encrypt_compact({"alg": "ECDH-ES+A256KW", "enc": "A256GCM"}, person, both.intake(NATION)),
        category=Category.CLOSE_CONTACT,
        source="甘肃省疾病预防控制中心",
        evidence="甘疾控〔2022〕17号",
        valid_from=datetime.now(UTC) - timedelta(hours=1),
        **more,
    )


def refusals(both: Adopting) -> dict[str, SourceRefused]:
    """What the region was told, by entry."""
    records = read(both.region.environment["KAFKA_BOOTSTRAP"], [topic_name(REGION, SourceRefused.topic)])
    told = [msgspec.json.decode(record.value or b"", type=SourceRefused) for record in records]
    return {each.entry: each for each in told}


def test_its_entry_turns_its_own_resident_red_and_is_refused_for_anothers(both: Adopting) -> None:
    area = AreaLevelSubmitted(
        id="m-a", area="330106", entry="a1", level=Level.HIGH, source="甘肃省疾病预防控制中心", evidence="n",
        valid_from=datetime.now(UTC),
    )  # fmt: skip
    submit(both, listing(both, "e-stranger", STRANGER), area, listing(both, "e-own", RESIDENT))
    red = colored(citizen(both.nation, RESIDENT), "red")
    assert red["reasons"][0]["authorities"] == [SOURCE]
    eventually("both refusals", lambda: {"e-stranger", "a1"} <= refusals(both).keys())
    told = refusals(both)
    assert {entry: each.faults[0].code for entry, each in told.items()} == {
        "e-stranger": "not_your_resident",
        "a1": "not_your_area",
    }
    letters = read(both.nation.environment["KAFKA_BOOTSTRAP"], [topic_name(NATION, "sources.v1.dlq")])
    assert {letter.header("hc_reason") for letter in letters} == {"not-your-resident", "not-your-area"}
    assert citizen(both.nation, STRANGER).get("/v1/me/code").json()["color"] == "green"


def test_a_contested_fact_goes_to_the_region_that_owns_it(both: Adopting) -> None:
    person = citizen(both.nation, RESIDENT)
    fact = colored(person, "red")["reasons"][0]["facts"][0]
    asked = person.post("/v1/corrections", json={"category": "not_me", "fact": fact, "statement": "Not me."})
    assert asked.status_code == 202, asked.text
    theirs = caller(both.nation, "officer", sub="gansu-1", authority=SOURCE)

    def inbox() -> list[dict[str, Any]] | None:
        waiting = theirs.get("/v1/corrections/inbox").json()["corrections"]
        return [each for each in waiting if each["fact"] == fact] or None

    (waiting,) = eventually("a correction in the inbox", inbox)
    others = caller(both.nation, "officer", sub="other-1", authority="330100-cdc")
    answer = {"outcome": "upheld", "explanation": "Two people were mixed up."}
    path = f"/v1/corrections/inbox/{waiting['id']}/answer"
    assert others.post(path, json=answer).status_code == 404
    assert theirs.post(path, json=answer).status_code == 200
    colored(person, "green")


def test_its_checkpoints_verify_national_credentials(both: Adopting, tmp_path: Path) -> None:
    """Offline with the nation's lists alone, and online at the nation, at a door in the region."""
    person = citizen(both.nation, STRANGER)
    holder = Holder()
    holder.took(person.post("/v1/me/credentials", json=holder.asked))
    folder, anchor = str(tmp_path / "checkpoint"), str(both.catalogue.with_name("trust-anchor.pem"))
    nation = both.nation.url
    healthcode("trust", "update", nation, "--folder", folder, "--anchor", anchor, "--region", f"{NATION}={nation}")
    answer = json.loads(healthcode("verify", "--folder", folder, "--json", holder.show(time.time())))
    assert (answer["verdict"], answer["act"], answer["region"]) == ("valid", "may_enter", NATION)

    keeper = caller(both.nation, "officer", sub="gansu-1", authority=SOURCE)
    door = keeper.post("/v1/places", json={"name": "兰州西站", "area": "620103"}).json()["code"]
    gate = caller(both.nation, "checkpoint", sub="gansu-gate-1", authority=SOURCE)
    online = gate.post("/v1/verifications", json={"credential": holder.show(time.time(), door), "place": door})
    assert (online.json()["verdict"], online.json()["act"]) == ("valid", "may_enter")


def healthcode(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", "from cli.code import main; main()", *arguments],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
