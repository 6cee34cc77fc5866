"""Oversight's books on PostgreSQL: the same behaviour as the twin."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from chassis.outbox import decode_headers
from chassis.postgres.pool import Pool
from healthcode.envelope import decode
from healthcode.events import AlarmChanged
from services.oversight.ports import Books
from services.oversight.store.books import PostgresBooks
from services.oversight.store.views import PostgresViews
from tests.support.schema import delivery_pool, tables_of
from tests.twins.oversight_behaviour import OversightBehaviour

pytestmark = pytest.mark.embedded

OUTBOX = "SELECT topic, key, headers, value FROM outbox ORDER BY id"


@dataclass
class PostgresWorld:
    pool: Pool

    def __post_init__(self) -> None:
        self.views = PostgresViews(self.pool)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Books]:
        async with self.pool.acquire() as connection, connection.transaction():
            yield PostgresBooks(connection, "330000")

    async def published(self) -> Sequence[AlarmChanged]:
        rows = await self.pool.fetch(OUTBOX)
        assert {row["topic"] for row in rows} <= {"hc.330000.alarms.v1"}
        events = [decode(decode_headers(row["headers"]), row["value"], row["key"]) for row in rows]
        return [event for event in events if isinstance(event, AlarmChanged)]


class TestHandlersOverPostgres(OversightBehaviour):
    @pytest.fixture
    async def world(self, database_url: str) -> AsyncIterator[PostgresWorld]:
        pool = await delivery_pool(database_url, "oversight", tables_of("oversight"))
        yield PostgresWorld(pool)
        await pool.close()
