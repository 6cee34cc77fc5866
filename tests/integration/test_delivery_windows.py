"""How the relay cuts its windows when much is waiting: never split, never out of order, never stuck."""

from collections.abc import AsyncIterator

import pytest

from chassis import outbox
from chassis.postgres.pool import Connection, Pool
from chassis.relay import RelaySpec
from chassis.relay.window import WINDOW_ROWS, Lane
from healthcode.envelope import Encoded
from tests.support.databases import EITHER, either_pool

pytestmark = pytest.mark.embedded

SPEC = RelaySpec("svc", 0, "relay-under-test", "relay.v1")


@pytest.fixture(params=EITHER)
def database(request: pytest.FixtureRequest) -> str | None:
    address: str | None = request.getfixturevalue("database_url") if request.param == "real" else None
    return address


@pytest.fixture
async def pool(database: str | None) -> AsyncIterator[Pool]:
    pool = await either_pool(database, "svc")
    yield pool
    await pool.close()


async def write(connection: Connection, key: str, *values: str) -> None:
    await outbox.append(connection, "svc", [Encoded("codes.v1", key.encode(), v.encode(), ()) for v in values])


async def write_many(pool: Pool, prefix: str, count: int) -> None:
    """Rows of other keys, in one transaction."""
    messages = [Encoded("codes.v1", f"{prefix}{n}".encode(), b"-", ()) for n in range(count)]
    async with pool.acquire() as connection, connection.transaction():
        await outbox.append(connection, "svc", messages)


async def drained(pool: Pool) -> list[list[tuple[str, str]]]:
    """Keys and values of all windows, one after another."""
    lane = Lane(pool, SPEC)
    assert await lane.take_over()
    windows = []
    while (window := await lane.next_window()) is not None:
        windows.append([(row["key"].decode(), row["value"].decode()) for row in window.rows])
        await lane.finish(window)
    return windows


async def test_a_backlog_with_versions_out_of_turn_is_not_stuck(pool: Pool) -> None:
    """The writer of version 2 drew its xid first, and more than a window's rows lie between it and version 1."""
    async with pool.acquire() as second:
        later = second.transaction()
        await later.start()
        await second.execute("SELECT pg_current_xact_id()")
        await write_many(pool, "other", WINDOW_ROWS + 500)
        async with pool.acquire() as first, first.transaction():
            await write(first, "a", "version 1")
        await write(second, "a", "version 2")
        await later.commit()
    windows = await drained(pool)
    published = [row for window in windows for row in window]
    assert [value for key, value in published if key == "a"] == ["version 1", "version 2"]
    assert len(published) == WINDOW_ROWS + 502


async def test_a_transaction_larger_than_a_window_goes_out_whole_and_alone(pool: Pool) -> None:
    await write_many(pool, "few", 10)
    await write_many(pool, "huge", WINDOW_ROWS + 1000)
    await write_many(pool, "more", 10)
    windows = await drained(pool)
    assert [{key.rstrip("0123456789") for key, _ in window} for window in windows] == [{"few"}, {"huge"}, {"more"}]


async def test_what_was_rolled_back_holds_nothing_up(pool: Pool) -> None:
    async with pool.acquire() as connection:
        undone = connection.transaction()
        await undone.start()
        await write(connection, "a", "never")
        await undone.rollback()
        async with connection.transaction():
            await write(connection, "a", "version 1")
    assert await drained(pool) == [[("a", "version 1")]]


async def test_many_rows_of_one_key_are_bounded_in_reasonable_time(pool: Pool) -> None:
    """A join of the key's rows with each other would take seconds for each window."""
    async with pool.acquire() as connection:
        for start in range(0, 15_000, 3000):
            async with connection.transaction():
                await write(connection, "a", *(str(n) for n in range(start, start + 3000)))
        lane = Lane(pool, SPEC)
        assert await lane.take_over()
        await connection.execute("SET statement_timeout = 1000")
        await lane._cut(connection)
