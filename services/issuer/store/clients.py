"""What clients may do, who agreed, and what of each day is left."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from chassis.postgres.pool import Connection, Pool
from healthcode.events import ClientChanged, ConsentChanged
from healthcode.values import ClientState, Scope
from services.issuer.domain.client import Grant

KEEP_CLIENT: Final = """
INSERT INTO client AS c (id, account, incarnation, version, state, scopes, per_day, per_second, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (id) DO UPDATE SET account = excluded.account, incarnation = excluded.incarnation,
    version = excluded.version, state = excluded.state, scopes = excluded.scopes, per_day = excluded.per_day,
    per_second = excluded.per_second, expires_at = excluded.expires_at
WHERE (c.incarnation, c.version) < (excluded.incarnation, excluded.version)
"""

KEEP_CONSENTS: Final = """
INSERT INTO consent AS c (subject, client, incarnation, version, until)
SELECT * FROM unnest($1::text[], $2::text[], $3::int[], $4::bigint[], $5::timestamptz[])
ON CONFLICT (subject, client) DO UPDATE SET incarnation = excluded.incarnation, version = excluded.version,
    until = excluded.until
WHERE (c.incarnation, c.version) < (excluded.incarnation, excluded.version)
"""

OF_ACCOUNT: Final = """
SELECT id, account, incarnation, version, state, scopes, per_day, per_second, expires_at FROM client
WHERE account = $1 ORDER BY state = 'active' DESC, incarnation DESC, version DESC LIMIT 1
"""

CONSENTED: Final = "SELECT until FROM consent WHERE subject = $1 AND client = $2"

TAKE: Final = """
INSERT INTO client_day AS d (client, day, used, taken)
VALUES ($1, $2, least($3::bigint, $4::bigint), least($3::bigint, $4::bigint))
ON CONFLICT (client, day) DO UPDATE SET
    used = d.used + greatest(0, least($3, $4 - d.used)), taken = greatest(0, least($3, $4 - d.used))
RETURNING taken
"""

FORGET: Final = "DELETE FROM client_day WHERE day < $1"


class PostgresClientBook:
    """Implements ClientBook over a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def keep(self, clients: Sequence[ClientChanged], consents: Sequence[ConsentChanged]) -> None:
        """See ClientBook. Clients are few, and change seldom; consents are kept set-wise."""
        if clients:
            rows = sorted(clients, key=lambda each: each.client)
            await self._connection.executemany(KEEP_CLIENT, [_row(client) for client in rows])
        if consents:
            ordered = sorted(consents, key=lambda each: (each.subject, each.client))
            await self._connection.execute(
                KEEP_CONSENTS,
                [each.subject for each in ordered],
                [each.client for each in ordered],
                [each.incarnation for each in ordered],
                [each.version for each in ordered],
                [each.until for each in ordered],
            )


class PostgresGrants:
    """Implements Grants over the service's pool."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of_account(self, account: str) -> Grant | None:
        """See Grants."""
        row = await self._pool.fetchrow(OF_ACCOUNT, account)
        if row is None:
            return None
        return Grant(
            client=row["id"],
            account=row["account"],
            incarnation=row["incarnation"],
            version=row["version"],
            state=ClientState(row["state"]),
            scopes=frozenset(Scope(each) for each in row["scopes"]),
            per_day=row["per_day"],
            per_second=row["per_second"],
            expires_at=row["expires_at"],
        )

    async def consented(self, client: str, subject: str) -> datetime | None:
        """See Grants."""
        until: datetime | None = await self._pool.fetchval(CONSENTED, subject, client)
        return until

    async def take(self, client: str, day: date, wanted: int, most: int) -> int:
        """See Grants. One statement: two processes never take the same answers."""
        return int(await self._pool.fetchval(TAKE, client, day, wanted, most))

    async def forget(self, before: date) -> int:
        """See Grants."""
        tag = await self._pool.execute(FORGET, before)
        return int(tag.removeprefix("DELETE "))


def _row(client: ClientChanged) -> tuple[object, ...]:
    return (
        client.client,
        client.account,
        client.incarnation,
        client.version,
        client.state,
        list(client.scopes),
        client.per_day,
        client.per_second,
        client.expires_at,
    )
