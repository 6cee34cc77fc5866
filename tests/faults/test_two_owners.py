"""Two workers, each of which Kafka has given all partitions."""

import time

import pytest

from tests.support.faults.deploys import MODULE, SECOND
from tests.support.faults.world import World, trial
from tests.support.polling import eventually

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(600)]

SECONDS = 8.0


def test_two_owners_of_every_partition(world: World) -> None:
    with trial(world, f"two owners of every partition for {SECONDS:.0f} s") as going:
        going.begin()
        world.region.spawn("second", MODULE, SECOND)
        eventually("both claim", lambda: "batch_dropped" in world.log("audit.worker") + world.log("second"), 120)
        time.sleep(SECONDS)
        done = len(going.watch.seen)
        eventually("work goes on while they fight", lambda: len(going.watch.seen) > done)
        world.region.kill("second")
        books = going.recovered()
    assert books.balance(), books
