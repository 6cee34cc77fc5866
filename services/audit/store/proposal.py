"""Proposals in SQL."""

from typing import Final

import asyncpg
import msgspec

from chassis.postgres.pool import Connection
from services.audit.ports.proposal import Proposal

COLUMNS: Final = ", ".join(Proposal.__struct_fields__)

ADD: Final = f"""
INSERT INTO proposal ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
"""  # noqa: S608 - our own names
LOCK: Final = f"SELECT {COLUMNS} FROM proposal WHERE id = $1 FOR UPDATE"  # noqa: S608 - as above
SETTLE: Final = """
UPDATE proposal SET state = $2, decided_by = $3, decided_at = $4, note = $5, outcome = $6 WHERE id = $1
"""
PAGE: Final = f"""
SELECT {COLUMNS} FROM proposal p
WHERE authority = $1 AND ($2::text IS NULL OR (proposed_at, id) <
    (SELECT b.proposed_at, b.id FROM proposal b WHERE b.id = $2))
ORDER BY proposed_at DESC, id DESC LIMIT $3
"""  # noqa: S608 - as above


class PostgresProposalStore:
    """A ProposalStore over a connection, inside its transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, proposal: Proposal) -> None:
        """Insert it."""
        await self._connection.execute(ADD, *msgspec.structs.astuple(proposal))

    async def lock(self, proposal: str) -> Proposal | None:
        """One proposal, locked."""
        row = await self._connection.fetchrow(LOCK, proposal)
        return None if row is None else _proposal(row)

    async def settle(self, proposal: Proposal) -> None:
        """Write how it was decided."""
        await self._connection.execute(
            SETTLE,
            proposal.id,
            proposal.state,
            proposal.decided_by,
            proposal.decided_at,
            proposal.note,
            proposal.outcome,
        )

    async def page(self, authority: str, before: str | None, limit: int) -> list[Proposal]:
        """A page, newest first."""
        return [_proposal(row) for row in await self._connection.fetch(PAGE, authority, before, limit)]


def _proposal(row: asyncpg.Record) -> Proposal:
    return msgspec.convert(dict(row), Proposal)
