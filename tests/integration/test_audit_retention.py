"""Retention on PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest

from chassis.postgres.pool import Pool
from healthcode.events import Event
from services.audit.handlers.retention import drop_past
from services.audit.handlers.review import Judge, review_events
from services.audit.ports.entry import Listing
from services.audit.ports.retention import Kind
from services.audit.store.entry import LISTINGS, PostgresEntryStore
from services.audit.store.retention import PostgresRetentionStore
from services.audit.store.review import PostgresReviewStore
from tests.support.schema import delivery_pool, tables_of
from tests.twins.audit_behaviour import NOW
from tests.twins.audit_judge import judge
from tests.twins.audit_retention_behaviour import USUAL, RetentionBehaviour

pytestmark = pytest.mark.embedded

LEFT = {
    "findings": "SELECT subject, sequence FROM finding ORDER BY subject, sequence",
    "listings": "SELECT entry, revision FROM listing ORDER BY entry, revision",
}
CONTESTED = "INSERT INTO correction VALUES ($1, 's3', 'wrong', $1, 'listing', 'cdc-330100', $2, $2)"


class PostgresAttic:
    """An Attic in a schema of its own."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool

    async def review(self, judge: Judge, events: Sequence[Event], now: datetime) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await review_events(PostgresReviewStore(connection, "330000"), judge, events, now)

    async def enter(self, records: Sequence[Listing]) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            await PostgresEntryStore(connection, LISTINGS, "330000", NOW).add(records)

    async def contest(self, fact: str) -> None:
        await self.pool.execute(CONTESTED, fact, NOW)

    async def step(self, judge: Judge, retention: Any, kind: Kind, now: datetime, limit: int) -> bool:
        async with self.pool.acquire() as connection, connection.transaction():
            return await drop_past(PostgresRetentionStore(connection, "330000"), judge, retention, kind, now, limit)

    async def asked(self) -> list[str]:
        rows = await self.pool.fetch("DELETE FROM outbox WHERE topic LIKE '%.reviews.v1' RETURNING key")
        return sorted(bytes(row["key"]).decode() for row in rows)

    async def left(self, kind: Kind) -> list[tuple[str, int]]:
        return [(row[0], row[1]) for row in await self.pool.fetch(LEFT[kind])]


@pytest.fixture
async def attic(database_url: str) -> Any:
    pool = await delivery_pool(database_url, "audit", tables_of("audit"))
    yield PostgresAttic(pool)
    await pool.close()


class TestPostgres(RetentionBehaviour):
    """The same on the real database."""

    async def test_every_kind_is_swept_and_two_processes_do_not_meet(self, attic: PostgresAttic) -> None:
        for kind in ("tests", "decisions"):
            assert not await attic.step(judge(), USUAL, kind, NOW, 5)
        async with attic.pool.acquire() as connection, connection.transaction():
            assert await PostgresRetentionStore(connection, "330000").sweep("tests") is not None
            async with attic.pool.acquire() as other, other.transaction():
                assert await PostgresRetentionStore(other, "330000").sweep("tests") is None
