"""Corrections in SQL."""

from collections.abc import Sequence
from typing import Any, Final

import asyncpg
import msgspec

from chassis.postgres.pool import Connection
from healthcode.events import CorrectionAssigned, CorrectionEscalated, CorrectionSettled
from services.declaration.domain.correction import Correction, Reading
from services.declaration.domain.people import Sealed
from services.declaration.store.keys import KeyStore, new_name

COLUMNS: Final = """id, subject, category, fact, wrapped, sealed, asked_at, due, escalated_at, outcome, owner,
    explanation, settled_at"""
MOST: Final = 200

ADD: Final = """
INSERT INTO correction (id, subject, category, fact, wrapped, sealed, asked_at, due)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
GET: Final = f"SELECT {COLUMNS} FROM correction WHERE id = $1"  # noqa: S608 - constants of ours
OF: Final = f"SELECT {COLUMNS} FROM correction WHERE subject = $1 ORDER BY id DESC LIMIT $2"  # noqa: S608 - as above
NOTE: Final = "INSERT INTO correction_reading (correction, reader, authority, read_at) VALUES ($1, $2, $3, $4)"
ASSIGNED: Final = """
UPDATE correction c SET owner = t.owner FROM unnest($1::text[], $2::text[]) AS t (id, owner) WHERE c.id = t.id
"""
ESCALATED: Final = """
UPDATE correction c SET escalated_at = t.at FROM unnest($1::text[], $2::timestamptz[]) AS t (id, at)
WHERE c.id = t.id AND c.settled_at IS NULL
"""
SETTLED: Final = """
UPDATE correction c SET outcome = t.outcome, explanation = t.explanation, settled_at = t.at
FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) AS t (id, outcome, explanation, at)
WHERE c.id = t.id AND c.settled_at IS NULL
"""


class CorrectionStore:
    """Implements Corrections."""

    def __init__(self, connection: Connection, keys: KeyStore) -> None:
        self._connection = connection
        self._keys = keys

    async def add(self, correction: Correction) -> None:
        """Insert it; the key of what was written is kept with the person's other keys."""
        if correction.said is None:
            raise ValueError("a correction is added with what was written")
        name = new_name()
        await self._connection.execute(
            ADD,
            correction.id,
            correction.subject,
            correction.category,
            correction.fact,
            name,
            correction.said.sealed,
            correction.asked_at,
            correction.due,
        )
        await self._keys.put([(name, correction.subject, correction.said.wrapped)])

    async def get(self, correction: str) -> Correction | None:
        """One correction."""
        row = await self._connection.fetchrow(GET, correction)
        if row is None:
            return None
        wrapped = (await self._keys.get([row["wrapped"]])).get(row["wrapped"])
        return _correction(row, Sealed(wrapped, row["sealed"]) if wrapped else None)

    async def of(self, subject: str) -> list[Correction]:
        """A person's, newest first; without what they wrote."""
        return [_correction(row, None) for row in await self._connection.fetch(OF, subject, MOST)]

    async def note(self, reading: Reading) -> None:
        """Keep that it was read."""
        await self._connection.execute(NOTE, *msgspec.structs.astuple(reading))

    async def assigned(self, events: Sequence[CorrectionAssigned]) -> None:
        """Set-wise."""
        if events:
            await self._connection.execute(ASSIGNED, [e.correction for e in events], [e.owner for e in events])

    async def escalated(self, events: Sequence[CorrectionEscalated]) -> None:
        """Set-wise; one that is settled stays as it is."""
        if events:
            await self._connection.execute(ESCALATED, [e.correction for e in events], [e.at for e in events])

    async def settled(self, events: Sequence[CorrectionSettled]) -> None:
        """Set-wise; the first answer counts."""
        if events:
            await self._connection.execute(
                SETTLED,
                [e.correction for e in events],
                [e.outcome for e in events],
                [e.explanation for e in events],
                [e.at for e in events],
            )


def _correction(row: asyncpg.Record, said: Sealed | None) -> Correction:
    fields: dict[str, Any] = {name: value for name, value in row.items() if name not in {"wrapped", "sealed"}}
    return msgspec.convert({**fields, "said": said}, Correction)
