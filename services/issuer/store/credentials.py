"""What was issued."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from chassis.postgres.pool import Connection, Pool
from services.issuer.domain import Code
from services.issuer.ports import Issued, Standing
from services.issuer.store.rows import state_of

# FOR SHARE: many credentials at once, but no change of color between reading the color and writing down the credential.
CODE: Final = """
SELECT finding_incarnation, finding_sequence, expires_at, event FROM code WHERE subject = $1 FOR SHARE
"""

# FOR SHARE, as above: who ends a guardianship waits, and then finds what was issued meanwhile.
SHOWN_UNTIL: Final = "SELECT until FROM guardianship WHERE id = $1 FOR SHARE"

CLAIM: Final = """
INSERT INTO credential (cti, subject, list_id, status_index, issued_at, expires_at, guardian, paper, kid, holder_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (list_id, status_index) DO NOTHING RETURNING true
"""

REVOKE_PAPER: Final = """
UPDATE credential SET revoked_at = $2 WHERE subject = $1 AND paper AND revoked_at IS NULL AND expires_at > $2
"""

STANDING: Final = """
SELECT k.revoked_at IS NOT NULL AS revoked, c.event FROM credential k JOIN code c USING (subject) WHERE k.cti = $1
"""

REVOKED: Final = """
SELECT status_index FROM credential
WHERE list_id = $1 AND revoked_at IS NOT NULL AND ($2::timestamptz IS NULL OR revoked_at >= $2) ORDER BY status_index
"""

PURGE: Final = """
DELETE FROM credential WHERE cti IN (SELECT cti FROM credential WHERE expires_at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
"""


class PostgresCredentialBook:
    """Implements CredentialBook over a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def code(self, subject: str) -> Code | None:
        """See CredentialBook."""
        row = await self._connection.fetchrow(CODE, subject)
        if row is None:
            return None
        return Code(state_of(row["event"]), row["finding_incarnation"], row["finding_sequence"], row["expires_at"])

    async def shown_until(self, guardianship: str) -> datetime | None:
        """See CredentialBook."""
        until: datetime | None = await self._connection.fetchval(SHOWN_UNTIL, guardianship)
        return until

    async def claim(self, issued: Issued) -> bool:
        """See CredentialBook."""
        claimed: bool | None = await self._connection.fetchval(
            CLAIM,
            issued.cti,
            issued.subject,
            issued.place.list_id,
            issued.place.index,
            issued.issued_at,
            issued.expires_at,
            issued.guardian,
            issued.paper,
            issued.kid,
            issued.holder_key,
        )
        return claimed is True

    async def revoke_paper(self, subject: str, now: datetime) -> int:
        """See CredentialBook."""
        tag = await self._connection.execute(REVOKE_PAPER, subject, now)
        return int(tag.removeprefix("UPDATE "))


class PostgresCredentials:
    """Implements Credentials over the service's pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresCredentialBook]:
        """See Credentials."""
        async with self._pool.acquire() as connection, connection.transaction():
            yield PostgresCredentialBook(connection)

    async def standing(self, cti: bytes) -> Standing | None:
        """See Credentials."""
        row = await self._pool.fetchrow(STANDING, cti)
        return None if row is None else Standing(row["revoked"], state_of(row["event"]))

    async def revoked(self, list_id: str, since: datetime | None = None) -> list[int]:
        """See Credentials."""
        return [row["status_index"] for row in await self._pool.fetch(REVOKED, list_id, since)]

    async def purge(self, before: datetime, limit: int) -> int:
        """See Credentials."""
        tag = await self._pool.execute(PURGE, before, limit)
        return int(tag.removeprefix("DELETE "))
