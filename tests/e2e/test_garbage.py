"""Records that nothing can be made of, on every topic of a region: to the dead letters with them, and nowhere else."""

import json
from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest
from joserfc.jwk import ECKey

from deploy.local.stack import Stack
from tests.support import topics
from tests.support.callers import citizen, colored
from tests.support.database import own_database
from tests.support.garbage import Garbage, all_garbage, sealed
from tests.support.people import declaration
from tests.support.polling import eventually
from tests.support.region import RegionProcesses, region_processes
from tests.support.state import quiet

pytestmark = [pytest.mark.embedded]

REGION = "360000"
Signature = tuple[str, bytes, bytes, str]


@pytest.fixture
def region(stack: Stack, admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegionProcesses]:
    folder = tmp_path_factory.mktemp("garbage")
    with own_database(admin_url) as url, region_processes(stack, url, folder, REGION) as processes:
        processes.spawn_all()
        yield processes


def test_garbage_goes_to_the_dead_letters_and_nowhere_else(region: RegionProcesses) -> None:
    intake = region.folder / "keys" / REGION / "intake.jwk"
    stranger = ECKey.generate_key("P-256").as_dict(private=False)
    seal, other = partial(sealed, json.loads(intake.read_bytes())), partial(sealed, stranger)
    garbage = list(all_garbage(REGION, seal, other))
    declare(region, 60)
    before = quiet(region)
    bootstrap = region.environment["KAFKA_BOOTSTRAP"]
    topics.write(bootstrap, [each.record for each in garbage])

    wanted = Counter(name for each in garbage for name in [signature(each)] * each.minded_by)
    boxes = sorted({f"{each.record.topic}.dlq" for each in garbage})
    found: Counter[Signature] = Counter()

    def all_there() -> bool:
        found.clear()
        found.update(map(found_signature, topics.read(bootstrap, boxes)))
        return found.total() >= wanted.total()

    try:
        eventually("all garbage among the dead letters", all_there)
    finally:
        assert {"missing": wanted - found, "too much": found - wanted} == {"missing": {}, "too much": {}}
    for letter in topics.read(bootstrap, boxes):
        assert letter.header("hc_place").startswith(letter.topic.removesuffix(".dlq") + "/")
        assert letter.header("hc_detail")

    # the topics themselves, their dead letters, and the numbers of the windows that these went out with
    changed = set(before.changes(quiet(region)))
    own = {each.record.topic for each in garbage}
    assert changed == {*own, *boxes, f"hc.{REGION}.relay.v1", "hc.national.relay.v1"}

    # and everybody works on
    declare(region, 61)


def declare(region: RegionProcesses, index: int) -> None:
    """Somebody declares and becomes green."""
    person = citizen(region, index)
    assert person.post("/v1/declarations", json=declaration(index)).is_success
    colored(person, "green")


def signature(garbage: Garbage) -> Signature:
    """How a record shows among the dead letters, where nothing and empty are the same."""
    record = garbage.record
    return f"{record.topic}.dlq", record.key or b"", record.value or b"", garbage.reason


def found_signature(letter: topics.Written) -> Signature:
    return letter.topic, letter.key or b"", letter.value or b"", letter.header("hc_reason")
