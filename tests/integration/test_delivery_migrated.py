"""A table changes under a worker that runs: its prepared statements are out of date, and no record pays for that."""

from collections.abc import AsyncIterator, Sequence

import pytest

from chassis.kafka.twin import TwinBroker
from chassis.postgres.pool import Connection, Pool
from chassis.stream.model import Delivery
from tests.support.schema import delivery_pool
from tests.support.streaming import DONE, DONE_COUNT, Stream, handle

pytestmark = pytest.mark.embedded


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await delivery_pool(database_url, "svc", DONE)
    yield pool
    await pool.close()


async def test_nobody_is_parked_when_a_table_gets_a_column(pool: Pool) -> None:
    async def read_first(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        await connection.fetch("SELECT * FROM done LIMIT 1")
        await handle(connection, deliveries)

    stream = Stream(pool, TwinBroker())
    await stream.create()
    stream.start(handle=read_first)
    for number in range(1, 4):
        await stream.send(stream.review(number, "s"))
        await stream.until(DONE_COUNT, number)
        await pool.execute(f"ALTER TABLE done ADD COLUMN more{number} text NOT NULL DEFAULT ''")
    await stream.end()
    assert await pool.fetchval("SELECT count(*) FROM parked_record") == 0
    assert await stream.done("s") == ["1", "2", "3"]
