"""Migrations, and the people who arrive by them, on PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import pytest

from chassis.postgres.pool import Pool
from healthcode.events import DecisionRecorded, DossierHandedOver, ListingRecorded, TestRecorded
from healthcode.values import Category, Color, TestKind, TestResult
from services.audit.handlers.arrival import take_arrivals
from services.audit.ports.entry import Listing
from services.audit.store.arrival import PostgresArrivalStore, compared
from services.audit.store.entry import LISTINGS, PostgresEntryStore
from services.audit.store.migration import PostgresMigrationStore
from tests.support.schema import delivery_pool, tables_of
from tests.twins.audit_migration_behaviour import NOW, Books, MigrationBehaviour

pytestmark = pytest.mark.embedded

PUT = "INSERT INTO dossier (subject, facts, reviewed_at, color) VALUES ($1, $2, $3, 'green')"
NATION, REGION = "100000", "620000"


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    pool = await delivery_pool(database_url, "audit", tables_of("audit"))
    yield pool
    await pool.close()


@pytest.fixture
def books(pool: Pool) -> Books:
    @asynccontextmanager
    async def begin() -> AsyncIterator[PostgresMigrationStore]:
        async with pool.acquire() as connection, connection.transaction():
            yield PostgresMigrationStore(connection, NATION, NOW)

    async def put(subject: str, facts: bytes, reviewed_at: datetime) -> None:
        await pool.execute(PUT, subject, facts, reviewed_at)

    async def enter(listing: Listing) -> None:
        async with pool.acquire() as connection, connection.transaction():
            await PostgresEntryStore(connection, LISTINGS, NATION, NOW).add([listing])

    return Books(begin, put, enter)


class TestPostgres(MigrationBehaviour):
    pass


def arrival(subject: str, sequence: int, color: str = "red") -> DossierHandedOver:
    listing = ListingRecorded(
        id="e1.2", subject=subject, entry=f"e-{subject}", revision=2, category=Category.CONFIRMED, source="cdc",
        evidence="e", valid_from=NOW, recorded_at=NOW,
    )  # fmt: skip
    test = TestRecorded(
        id="t.1", subject=subject, test=f"t-{subject}", revision=1, kind=TestKind.PCR, result=TestResult.NEGATIVE,
        sampled_at=NOW, source="lab", evidence="e", recorded_at=NOW,
    )  # fmt: skip
    decision = DecisionRecorded(
        id="o.1", subject=subject, decision=f"o-{subject}", revision=1, color=Color.YELLOW, exempts=("R1", "R2"),
        reason="decided", source="hq", evidence="e", valid_from=NOW, valid_until=NOW.replace(month=12), recorded_at=NOW,
    )  # fmt: skip
    return DossierHandedOver(
        id=f"d-{subject}-{sequence}", subject=subject, handle=f"h-{subject}", sequence=sequence, origin=NATION,
        destination=REGION, facts=b"", color=color, rule="R4", listings=(listing,), tests=(test,),
        decisions=(decision,), at=NOW,
    )  # fmt: skip


async def test_who_arrives_is_kept_once_with_every_entry_and_answered_each_time(pool: Pool) -> None:
    for batch in ([arrival("a", 1), arrival("b", 1)], [arrival("a", 1), arrival("a", 2, "green")], [arrival("a", 1)]):
        async with pool.acquire() as connection, connection.transaction():
            await take_arrivals(PostgresArrivalStore(connection, REGION, NOW), REGION, batch, NOW, lambda: "i")
    assert await pool.fetchval("SELECT count(*) FROM outbox") == 5
    assert [tuple(row) for row in await pool.fetch("SELECT subject, sequence, color FROM arrival ORDER BY 1")] == [
        ("a", 2, "green"),
        ("b", 1, "red"),
    ]
    for table in ("listing", "test", "decision"):
        assert await pool.fetchval(f"SELECT count(*) FROM {table}") == 2  # noqa: S608 - our own names
    assert await pool.fetchval("SELECT exempts FROM decision LIMIT 1") == "R1 R2"
    await pool.execute(PUT, "a", b"", NOW)
    assert await compared(pool, NATION) == [("green", "green", "R4", 1), ("red", "waiting", "R4", 1)]
