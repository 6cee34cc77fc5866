"""Guardianships, as they were told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from chassis.postgres.pool import Connection, Pool
from services.issuer.domain import Guardianship

TAKE: Final = """
INSERT INTO guardianship AS g (id, guardian, subject, until, incarnation, version)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::int[], $6::bigint[])
ON CONFLICT (id) DO UPDATE SET guardian = excluded.guardian, subject = excluded.subject, until = excluded.until,
    incarnation = excluded.incarnation, version = excluded.version
WHERE (g.incarnation, g.version) < (excluded.incarnation, excluded.version)
"""

# What a guardian holds ends with the guardianship, by what is known now and not by what has just come.
REVOKE: Final = """
UPDATE credential c SET revoked_at = $2 FROM guardianship g
WHERE g.id = ANY($1) AND c.subject = g.subject AND c.guardian = g.guardian
    AND c.revoked_at IS NULL AND c.expires_at > greatest(coalesce(g.until, $2), $2)
"""

OF: Final = "SELECT * FROM guardianship WHERE guardian = $1 ORDER BY id"


class PostgresFamily:
    """Implements Family: over a connection in a transaction to take, over the pool to look."""

    def __init__(self, database: "Connection | Pool") -> None:
        self._database = database

    async def take(self, guardianships: Sequence[Guardianship], now: datetime) -> None:
        """See Family."""
        idents = [each.id for each in guardianships]
        await self._database.execute(
            TAKE,
            idents,
            [each.guardian for each in guardianships],
            [each.subject for each in guardianships],
            [each.until for each in guardianships],
            [each.version[0] for each in guardianships],
            [each.version[1] for each in guardianships],
        )
        await self._database.execute(REVOKE, idents, now)

    async def of(self, guardian: str) -> list[Guardianship]:
        """See Family."""
        return [
            Guardianship(row["id"], row["guardian"], row["subject"], row["until"], (row["incarnation"], row["version"]))
            for row in await self._database.fetch(OF, guardian)
        ]
