"""Statements and the stages they have reached."""

from collections.abc import Sequence
from typing import Final

import asyncpg

from chassis.postgres.pool import Connection
from healthcode.values import Attestation, Color
from services.declaration.domain.statement import Audited, Cause, Coloured, Kind, Receipt, Statement

ADD: Final = """
INSERT INTO statement (id, kind, subject, declarer, attestation, accepted_at, batch, line)
SELECT * FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::int[])
"""

RECEIPT: Final = "SELECT * FROM statement WHERE id = $1"

# Two workers may reach the same rows: both lock them in one order.
AUDITED: Final = """
WITH news AS (
    SELECT DISTINCT ON (id) * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
        AS t (id, finding, color, at) ORDER BY id, at
), locked AS (
    SELECT s.id FROM statement s WHERE s.id = ANY($1) AND s.audited_at IS NULL ORDER BY s.id FOR UPDATE
)
UPDATE statement s SET finding = news.finding, finding_color = news.color, audited_at = news.at
FROM locked JOIN news USING (id) WHERE s.id = locked.id
"""

COLOURED: Final = """
WITH news AS (
    SELECT DISTINCT ON (id) * FROM unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::timestamptz[])
        AS t (id, incarnation, version, color, at) ORDER BY id, at
), locked AS (
    SELECT s.id FROM statement s WHERE s.id = ANY($1) AND s.coloured_at IS NULL ORDER BY s.id FOR UPDATE
)
UPDATE statement s SET incarnation = news.incarnation, version = news.version, color = news.color, coloured_at = news.at
FROM locked JOIN news USING (id) WHERE s.id = locked.id
"""


class StatementStore:
    """Implements Statements."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, statements: Sequence[Statement]) -> None:
        """Write them down, in one statement."""
        if not statements:
            return
        await self._connection.execute(
            ADD,
            [s.id for s in statements],
            [s.kind for s in statements],
            [s.subject for s in statements],
            [s.declarer for s in statements],
            [s.attestation for s in statements],
            [s.accepted_at for s in statements],
            [s.batch for s in statements],
            [s.line for s in statements],
        )

    async def receipt(self, statement: str) -> Receipt | None:
        """A statement and how far it has come."""
        row = await self._connection.fetchrow(RECEIPT, statement)
        return _receipt(row) if row else None

    async def reached(self, causes: Sequence[Cause]) -> None:
        """Write stages down, one statement a stage."""
        audited = [(c.id, c.reached) for c in causes if isinstance(c.reached, Audited)]
        if audited:
            await self._connection.execute(
                AUDITED,
                [ident for ident, _ in audited],
                [a.finding for _, a in audited],
                [a.color for _, a in audited],
                [a.at for _, a in audited],
            )
        coloured = [(c.id, c.reached) for c in causes if isinstance(c.reached, Coloured)]
        if coloured:
            await self._connection.execute(
                COLOURED,
                [ident for ident, _ in coloured],
                [c.incarnation for _, c in coloured],
                [c.version for _, c in coloured],
                [c.color for _, c in coloured],
                [c.at for _, c in coloured],
            )


def _receipt(row: asyncpg.Record) -> Receipt:
    statement = Statement(
        id=row["id"],
        kind=Kind(row["kind"]),
        subject=row["subject"],
        declarer=row["declarer"],
        attestation=Attestation(row["attestation"]),
        accepted_at=row["accepted_at"],
        batch=row["batch"],
        line=row["line"],
    )
    audited = (
        Audited(row["finding"], Color(row["finding_color"]), row["audited_at"])
        if row["audited_at"] is not None
        else None
    )
    coloured = (
        Coloured(row["incarnation"], row["version"], Color(row["color"]), row["coloured_at"])
        if row["coloured_at"] is not None
        else None
    )
    return Receipt(statement, audited, coloured)
