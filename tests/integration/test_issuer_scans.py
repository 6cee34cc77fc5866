"""Holders on PostgreSQL, and scans on their way out."""

from collections.abc import AsyncIterator, Sequence

import pytest

from chassis.outbox import decode_headers
from chassis.postgres.pool import Pool
from healthcode.envelope import decode
from healthcode.events import CredentialScanned, HolderFound, HolderWanted
from services.issuer.ports import Credentials, Ledgers
from services.issuer.store.credentials import PostgresCredentials
from services.issuer.store.ledger import PostgresLedgers
from services.issuer.store.scans import PostgresHolders, PostgresScans
from tests.support.schema import delivery_pool, tables_of
from tests.twins.issuer_findings import NOW
from tests.twins.issuer_scans_behaviour import HoldersBehaviour, ask

pytestmark = pytest.mark.embedded

REGION = "330000"


class TestOverPostgres(HoldersBehaviour):
    @pytest.fixture(autouse=True)
    async def over(self, database_url: str) -> AsyncIterator[None]:
        self.pool = await delivery_pool(database_url, "holders", tables_of("issuer"))
        yield
        await self.pool.close()

    def stores(self) -> tuple[Ledgers, Credentials]:
        return PostgresLedgers(self.pool, REGION), PostgresCredentials(self.pool)

    async def found(self, asked: Sequence[HolderWanted]) -> list[HolderFound]:
        await self.pool.execute("DELETE FROM outbox")
        async with self.pool.acquire() as connection, connection.transaction():
            await ask(PostgresHolders(connection, REGION), asked)
        return [event for event in await published(self.pool) if isinstance(event, HolderFound)]

    async def test_a_scan_is_told_for_good(self) -> None:
        scan = CredentialScanned(id="s", credential="00" * 16, origin="420000", seen_at=NOW, at=NOW)
        await PostgresScans(self.pool, REGION).tell([scan])
        assert await published(self.pool) == [scan]


async def published(pool: Pool) -> list[object]:
    rows = await pool.fetch("SELECT headers, value FROM outbox ORDER BY id")
    return [decode(decode_headers(row["headers"]), row["value"]) for row in rows]
