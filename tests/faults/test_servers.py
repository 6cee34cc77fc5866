"""The broker and the database are killed under load, and come back."""

import asyncio
import os
import signal

import asyncpg
import pytest

from tests.support.faults.world import World, trial

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(600)]

BUSY = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'healthcode audit'
ORDER BY state = 'active' DESC, xact_start NULLS LAST LIMIT 1
"""


def test_the_broker_is_killed(world: World) -> None:
    with trial(world, "SIGKILL of the broker") as going:
        going.begin()
        world.kill_server(world.broker())
        world.revive()
        books = going.recovered()
    assert books.balance(), books


def test_the_database_is_killed(world: World) -> None:
    with trial(world, "SIGKILL of the database's main process") as going:
        going.begin()
        world.kill_server(world.database())
        world.revive()
        books = going.recovered()
    assert books.balance(), books


def test_a_connection_s_server_process_is_killed(world: World) -> None:
    """The database ends all others then, and recovers as after a crash."""
    with trial(world, "SIGKILL of one connection's process in the database") as going:
        going.begin()
        os.kill(asyncio.run(busy(world.region.database_url)), signal.SIGKILL)
        books = going.recovered()
    assert books.balance(), books


async def busy(url: str) -> int:
    """The process that serves a connection of the audit."""
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(BUSY))
    finally:
        await connection.close()
