"""Clients, proposals and the record, within one transaction."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import asyncpg
import msgspec

from chassis import outbox
from chassis.postgres.pool import Connection
from healthcode.envelope import encode
from healthcode.two_officers import ProposalState, Proposed
from healthcode.values import ClientState
from services.subscription.domain import Client, Proposal, changed
from services.subscription.ports import Act
from services.subscription.store.rows import COLUMNS, client_of, row_of, terms_of
from services.subscription.store.schema import INCARNATION, SCHEMA

ADD: Final = f"""
INSERT INTO client ({COLUMNS})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
ON CONFLICT (account) WHERE state <> 'revoked' DO NOTHING RETURNING true
"""  # noqa: S608 - constants of ours

LOCK: Final = f"SELECT {COLUMNS} FROM client WHERE id = $1 FOR UPDATE"  # noqa: S608 - as above

LOCK_OVER: Final = f"""
SELECT {COLUMNS} FROM client WHERE state IN ('opening', 'active', 'suspended') AND expires_at <= $1
ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - as above

SAVE: Final = """
UPDATE client SET state = $2, scopes = $3, per_day = $4, per_second = $5, expires_at = $6, is_open = $7, behind = $8,
    version = $9, changed_at = $10
WHERE id = $1
"""

PAGE: Final = f"SELECT {COLUMNS} FROM client WHERE id > $1 ORDER BY id LIMIT $2"  # noqa: S608 - as above
OF_ACCOUNT: Final = f"SELECT {COLUMNS} FROM client WHERE account = $1 AND state <> 'revoked'"  # noqa: S608 - as above
UNOPENED: Final = "SELECT id FROM client WHERE state = 'opening' AND NOT is_open ORDER BY id LIMIT $1"

RECORD: Final = """
INSERT INTO act (client, at, what, by, authority, why, state, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
ACTS: Final = """
SELECT client, at, what, by, authority, why, state, version FROM act WHERE client = $1 ORDER BY id DESC LIMIT $2
"""

PROPOSED: Final = Proposed.__struct_fields__
PROPOSAL: Final = f"client, scopes, per_day, per_second, expires_at, {', '.join(PROPOSED)}"
PROPOSE: Final = f"""
INSERT INTO proposal ({PROPOSAL}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""  # noqa: S608 - as above
FIND: Final = f"SELECT {PROPOSAL} FROM proposal WHERE id = $1 AND client = $2"  # noqa: S608 - as above
PROPOSALS: Final = f"""
SELECT {PROPOSAL} FROM proposal WHERE client = $1 ORDER BY proposed_at DESC, id LIMIT $2
"""  # noqa: S608 - as above
SETTLE: Final = "UPDATE proposal SET state = $2, decided_by = $3, decided_at = $4, note = $5 WHERE id = $1"


class PostgresRegistry:
    """Implements Registry over a connection that is in a transaction."""

    def __init__(self, connection: Connection, region: str, ids: Callable[[], str]) -> None:
        """`region`: whose topics are written."""
        self._connection = connection
        self._region = region
        self._ids = ids

    async def add(self, client: Client, act: Act) -> bool:
        """See Registry."""
        added: bool | None = await self._connection.fetchval(ADD, *row_of(client))
        if added:
            await self._record(act)
        return added is True

    async def lock(self, client: str) -> Client | None:
        """See Registry."""
        row = await self._connection.fetchrow(LOCK, client)
        return None if row is None else client_of(row)

    async def lock_over(self, now: datetime, limit: int) -> list[Client]:
        """See Registry."""
        return [client_of(row) for row in await self._connection.fetch(LOCK_OVER, now, limit)]

    async def save(self, client: Client, act: Act) -> None:
        """See Registry."""
        row = row_of(client)
        await self._connection.execute(SAVE, client.id, *row[7:15], client.changed_at)
        await self._record(act)
        incarnation = await self._connection.fetchval(INCARNATION)
        event = changed(client, self._ids(), incarnation)
        wire = encode(event, owner=self._region, service=SCHEMA, time=client.changed_at)
        await outbox.append(self._connection, SCHEMA, [wire])

    async def propose(self, proposal: Proposal) -> None:
        """See Registry."""
        terms = proposal.terms
        await self._connection.execute(
            PROPOSE,
            proposal.client,
            list(terms.scopes),
            terms.per_day,
            terms.per_second,
            terms.expires_at,
            *(getattr(proposal, name) for name in PROPOSED),
        )

    async def proposal(self, client: str, proposal: str) -> Proposal | None:
        """See Registry. The client's lock keeps it from others."""
        row = await self._connection.fetchrow(FIND, proposal, client)
        return None if row is None else _proposal(row)

    async def settle(self, proposal: Proposal) -> None:
        """See Registry."""
        await self._connection.execute(
            SETTLE, proposal.id, proposal.state, proposal.decided_by, proposal.decided_at, proposal.note
        )

    async def proposals(self, client: str, limit: int) -> list[Proposal]:
        """See Registry."""
        return [_proposal(row) for row in await self._connection.fetch(PROPOSALS, client, limit)]

    async def acts(self, client: str, limit: int) -> list[Act]:
        """See Registry."""
        rows = await self._connection.fetch(ACTS, client, limit)
        return [Act(**{**dict(row), "state": ClientState(row["state"])}) for row in rows]

    async def page(self, after: str, limit: int) -> list[Client]:
        """See Registry."""
        return [client_of(row) for row in await self._connection.fetch(PAGE, after, limit)]

    async def of_account(self, account: str) -> Client | None:
        """See Registry."""
        row = await self._connection.fetchrow(OF_ACCOUNT, account)
        return None if row is None else client_of(row)

    async def unopened(self, limit: int) -> list[str]:
        """See Registry."""
        return [row["id"] for row in await self._connection.fetch(UNOPENED, limit)]

    async def _record(self, act: Act) -> None:
        await self._connection.execute(RECORD, *msgspec.structs.astuple(act))


def _proposal(row: asyncpg.Record) -> Proposal:
    fields = {name: row[name] for name in Proposal.__struct_fields__ if name not in ("terms", "state")}
    return Proposal(**fields, terms=terms_of(row), state=ProposalState(row["state"]))
