"""Scans of guests on their way out, and holders of credentials."""

from collections.abc import Mapping, Sequence
from typing import Final

from chassis import outbox
from chassis.postgres.pool import Connection, Pool
from healthcode.envelope import encode
from healthcode.events import CredentialScanned, HolderFound
from services.issuer.store.ledger import SCHEMA

HOLDERS: Final = "SELECT cti, subject FROM credential WHERE cti = ANY($1)"


class PostgresScans:
    """Implements Scans over the service's pool."""

    def __init__(self, pool: Pool, region: str) -> None:
        """`region`: whose topics are written."""
        self._pool = pool
        self._region = region

    async def tell(self, scans: Sequence[CredentialScanned]) -> None:
        """See Scans."""
        wires = [encode(each, owner=self._region, service=SCHEMA, time=each.at) for each in scans]
        async with self._pool.acquire() as connection, connection.transaction():
            await outbox.append(connection, SCHEMA, wires)


class PostgresHolders:
    """Implements Holders over a connection that is in a transaction."""

    def __init__(self, connection: Connection, region: str) -> None:
        """`region`: whose topics are written."""
        self._connection = connection
        self._region = region

    async def of(self, credentials: Sequence[bytes]) -> Mapping[bytes, str]:
        """See Holders."""
        return {row["cti"]: row["subject"] for row in await self._connection.fetch(HOLDERS, list(credentials))}

    async def publish(self, events: Sequence[HolderFound]) -> None:
        """See Holders."""
        wires = [encode(each, owner=self._region, service=SCHEMA, time=each.at) for each in events]
        await outbox.append(self._connection, SCHEMA, wires)
