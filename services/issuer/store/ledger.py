"""Codes within one transaction."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import asyncpg

from chassis import outbox
from chassis.postgres.pool import Connection, Pool
from healthcode.envelope import Encoded, encode, topic_name
from healthcode.events import CodeChanged, CodeConfirmed
from services.issuer.domain import Code
from services.issuer.ports import Locked
from services.issuer.store.rows import state_of
from services.issuer.store.tally import Tally, count

SCHEMA: Final = "issuer"
STATE_TOPIC: Final = "codes.state.v1"

INSERT_MISSING: Final = """
INSERT INTO code (subject) SELECT subject FROM unnest($1::text[]) AS t (subject) ORDER BY subject
ON CONFLICT (subject) DO NOTHING
"""

COLUMNS: Final = """
subject, finding_incarnation, finding_sequence, expires_at, event, (SELECT incarnation FROM incarnation) AS incarnation
"""

LOCK: Final = f"SELECT {COLUMNS} FROM code WHERE subject = ANY($1) ORDER BY subject FOR UPDATE"  # noqa: S608 - our own

# Rows that a worker holds are left to the next pass: by then they may not be due any more.
LOCK_DUE: Final = f"""
SELECT {COLUMNS} FROM code WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - our own columns

# An event that did not change is not sent again.
UPDATE: Final = """
UPDATE code c SET finding_incarnation = t.finding_incarnation, finding_sequence = t.finding_sequence,
    expires_at = t.expires_at, event = coalesce(t.event, c.event)
FROM unnest($1::text[], $2::int[], $3::bigint[], $4::timestamptz[], $5::bytea[])
    AS t (subject, finding_incarnation, finding_sequence, expires_at, event)
WHERE c.subject = t.subject
"""

HISTORY_COLUMNS: Final = ("subject", "incarnation", "version", "event", "changed_at")

REVOKE: Final = """
UPDATE credential SET revoked_at = $2 WHERE subject = ANY($1) AND revoked_at IS NULL AND expires_at > $2
"""


class PostgresLedger:
    """Implements Ledger over a connection that is in a transaction."""

    def __init__(self, connection: Connection, region: str) -> None:
        """`region`: whose topics are written."""
        self._connection = connection
        self._region = region
        self._state_topic = topic_name(region, STATE_TOPIC)
        self._saved: list[CodeChanged] = []

    async def lock(self, subjects: Sequence[str]) -> Locked:
        """See Ledger."""
        wanted = list(set(subjects))
        await self._connection.execute(INSERT_MISSING, wanted)
        return self._locked(await self._connection.fetch(LOCK, wanted))

    async def lock_due(self, now: datetime, limit: int) -> Locked:
        """See Ledger."""
        return self._locked(await self._connection.fetch(LOCK_DUE, now, limit))

    async def save(self, codes: Sequence[Code], events: Sequence[CodeChanged | CodeConfirmed]) -> None:
        """See Ledger. History and outbox get the same bytes as the row."""
        latest: dict[str, bytes] = {}
        history: list[tuple[object, ...]] = []
        messages: list[Encoded] = []
        for event in events:
            message = self._encode(event)
            messages.append(message)
            if isinstance(event, CodeChanged):
                latest[event.subject] = message.value
                history.append((event.subject, event.incarnation, event.version, message.value, event.changed_at))
                messages.append(Encoded(self._state_topic, message.key, message.value, message.headers))
        await self._connection.execute(
            UPDATE,
            [code.subject for code in codes],
            [code.finding_incarnation for code in codes],
            [code.finding_sequence for code in codes],
            [code.expires_at for code in codes],
            [latest.get(code.subject) for code in codes],
        )
        if history:
            await self._connection.copy_records_to_table("code_history", records=history, columns=HISTORY_COLUMNS)
            changes = [event for event in events if isinstance(event, CodeChanged)]
            await Tally(self._connection).add(changes)
            self._saved += changes
        await outbox.append(self._connection, SCHEMA, messages)

    async def revoke(self, subjects: Sequence[str], now: datetime) -> None:
        """See Ledger."""
        await self._connection.execute(REVOKE, subjects, now)

    def committed(self) -> None:
        """See Ledger."""
        count(self._saved)
        self._saved = []

    def _encode(self, event: CodeChanged | CodeConfirmed) -> Encoded:
        time = event.changed_at if isinstance(event, CodeChanged) else event.confirmed_at
        return encode(event, owner=self._region, service=SCHEMA, time=time)

    @staticmethod
    def _locked(rows: Sequence[asyncpg.Record]) -> Locked:
        codes = {
            row["subject"]: Code(
                state_of(row["event"]), row["finding_incarnation"], row["finding_sequence"], row["expires_at"]
            )
            for row in rows
            if row["event"]
        }
        return Locked(rows[0]["incarnation"] if rows else 0, codes)


class PostgresLedgers:
    """Implements Ledgers over the service's pool."""

    def __init__(self, pool: Pool, region: str) -> None:
        """`region`: whose topics are written."""
        self._pool = pool
        self._region = region

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[PostgresLedger]:
        """See Ledgers."""
        async with self._pool.acquire() as connection:
            ledger = PostgresLedger(connection, self._region)
            async with connection.transaction():
                yield ledger
        ledger.committed()
