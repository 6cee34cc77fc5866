"""Records that nothing can be made of, on every topic of a region: to the dead letters with them, and nowhere else."""

from collections.abc import Iterator

import pytest

from deploy.local.stack import Stack
from tests.support import topics
from tests.support.callers import citizen, colored
from tests.support.database import own_database
from tests.support.garbage import garbage_of, letters_of, until_set_aside
from tests.support.people import declaration
from tests.support.region import RegionProcesses, region_processes
from tests.support.state import quiet

pytestmark = [pytest.mark.embedded]

REGION = "360000"


@pytest.fixture
def region(stack: Stack, admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegionProcesses]:
    folder = tmp_path_factory.mktemp("garbage")
    with own_database(admin_url) as url, region_processes(stack, url, folder, REGION) as processes:
        processes.spawn_all()
        yield processes


def test_garbage_goes_to_the_dead_letters_and_nowhere_else(region: RegionProcesses) -> None:
    garbage = garbage_of(region)
    declare(region, 60)
    before = quiet(region)
    bootstrap = region.environment["KAFKA_BOOTSTRAP"]
    topics.write(bootstrap, [each.record for each in garbage])

    wanted, boxes = letters_of(garbage), sorted({f"{each.record.topic}.dlq" for each in garbage})
    until_set_aside(bootstrap, boxes, wanted)
    for letter in topics.read(bootstrap, boxes):
        assert letter.header("hc_place").startswith(letter.topic.removesuffix(".dlq") + "/")
        assert letter.header("hc_detail")

    # the topics themselves, their dead letters, and the numbers of the windows that these went out with; beats go on
    changed = set(before.changes(quiet(region)))
    own = {each.record.topic for each in garbage}
    assert changed == {*own, *boxes, f"hc.{REGION}.relay.v1"}

    # and everybody works on
    declare(region, 61)


def declare(region: RegionProcesses, index: int) -> None:
    """Somebody declares and becomes green."""
    person = citizen(region, index)
    assert person.post("/v1/declarations", json=declaration(index)).is_success
    colored(person, "green")
