"""The disk of the database, and then of the broker, is full while people declare. Last: what is mounted here stays."""

import signal
import time
from pathlib import Path

import pytest

from deploy.local.places import home_of
from tests.conftest import unavailable
from tests.support.faults.disk import NoMounts, SmallDisk, small_disk
from tests.support.faults.world import World, trial

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(600)]

FULL_SECONDS = 5.0


def test_the_database_has_no_room(world: World) -> None:
    world.all_run()
    world.stop_server(world.database())
    disk = made_small(world, home_of(world.stack.data) / "cluster")
    world.revive()
    without_room(world, disk, "a full disk of the database")


def test_the_broker_has_no_room(world: World) -> None:
    world.all_run()
    world.stop_server(world.broker(), signal.SIGTERM)
    disk = made_small(world, world.stack.data / "kafka" / "log")
    world.revive()
    without_room(world, disk, "a full disk of the broker")


def without_room(world: World, disk: SmallDisk, fault: str) -> None:
    with trial(world, f"{fault} for {FULL_SECONDS:.0f} s") as going:
        going.begin()
        disk.fill()
        time.sleep(FULL_SECONDS)
        disk.free()
        world.revive()  # where it did not survive
        books = going.recovered()
    assert books.balance(), books


def made_small(world: World, folder: Path) -> SmallDisk:
    """The folder on a file system of its own, until the servers are stopped."""
    try:
        disk = small_disk(folder)
    except NoMounts as refused:
        world.revive()
        unavailable(f"this machine lets us mount nothing: {refused}")
        raise
    world.mounted.append(folder)
    return disk
