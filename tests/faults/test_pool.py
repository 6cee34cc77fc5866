"""The wire between services and database is cut, taken away and held."""

import time
from collections.abc import Iterator

import pytest

from tests.support.faults.proxy import Proxy
from tests.support.faults.world import World, trial

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(600)]

THROUGH = ("api", "audit.worker", "audit.relay")
CUTS = 5
AWAY_SECONDS = 3.0
HELD_SECONDS = 12.0
"""Longer than the ten seconds after which the server ends a transaction that sits idle."""


@pytest.fixture(scope="module")
def wire(world: World) -> Iterator[Proxy]:
    """Three processes reach the database through it."""
    with Proxy.of(world.region.database_url) as proxy:
        world.all_run()
        for name in THROUGH:
            world.restart(name, {"DATABASE_URL": proxy.url})
        yield proxy
        for name in THROUGH:
            world.restart(name)


def test_connections_are_cut(world: World, wire: Proxy) -> None:
    with trial(world, "all connections to the database cut") as going:
        going.begin()
        for _ in range(CUTS):
            wire.cut()
            time.sleep(0.3)
        books = going.recovered(tried=CUTS)
    assert books.balance(), books


def test_the_database_cannot_be_reached(world: World, wire: Proxy) -> None:
    with trial(world, f"the database refuses connections for {AWAY_SECONDS:.0f} s") as going:
        going.begin()
        wire.refuse()
        time.sleep(AWAY_SECONDS)
        wire.mend()
        books = going.recovered()
    assert books.balance(), books


def test_connections_hang(world: World, wire: Proxy) -> None:
    with trial(world, f"all connections to the database hang for {HELD_SECONDS:.0f} s") as going:
        going.begin()
        wire.hold()
        time.sleep(HELD_SECONDS)
        wire.mend()
        books = going.recovered()
    assert books.balance(), books
