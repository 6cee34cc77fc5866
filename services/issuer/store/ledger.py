"""Codes within one transaction."""

from collections.abc import AsyncIterator, Mapping, Sequence
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

INCARNATION: Final = "SELECT incarnation FROM incarnation"

COLUMNS: Final = """
subject, finding_incarnation, finding_sequence, expires_at, event, (SELECT incarnation FROM incarnation) AS incarnation
"""

LOCK: Final = f"SELECT {COLUMNS} FROM code WHERE subject = ANY($1) ORDER BY subject FOR UPDATE"  # noqa: S608 - our own

# Rows that a worker holds are left to the next pass: by then they may not be due any more.
LOCK_DUE: Final = f"""
SELECT {COLUMNS} FROM code WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - our own columns

NEW_COLUMNS: Final = ("subject", "finding_incarnation", "finding_sequence", "expires_at", "event")

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
        self._held: set[str] = set()
        self._saved: list[CodeChanged] = []

    async def lock(self, subjects: Sequence[str]) -> Locked:
        """See Ledger. Who has no code yet is not locked by a row made for that: see `save`."""
        locked = self._locked(await self._connection.fetch(LOCK, list(set(subjects))))
        if locked.codes:
            return locked
        return Locked(await self._connection.fetchval(INCARNATION), {})

    async def lock_due(self, now: datetime, limit: int) -> Locked:
        """See Ledger."""
        return self._locked(await self._connection.fetch(LOCK_DUE, now, limit))

    async def save(self, codes: Sequence[Code], events: Sequence[CodeChanged | CodeConfirmed]) -> None:
        """See Ledger. History and outbox get the same bytes as the row.

        Rows are written before outbox ids are drawn: from then on nobody else can change anything of these people. Who
        is new is inserted here, once; if somebody else does so at the same time, one of the two begins anew.
        """
        latest: dict[str, bytes] = {}
        history: list[tuple[object, ...]] = []
        messages: list[Encoded] = []
        for event in events:
            message = self._encode(event)
            messages.append(message)
            if isinstance(event, CodeChanged):
                latest[event.subject] = message.value
                history.append((event.subject, event.incarnation, event.version, message.value, event.changed_at))
                messages[-1] = outbox.for_both(message, self._state_topic)
        await self._insert([code for code in codes if code.subject not in self._held], latest)
        await self._update([code for code in codes if code.subject in self._held], latest)
        if history:
            await self._connection.copy_records_to_table("code_history", records=history, columns=HISTORY_COLUMNS)
            changes = [event for event in events if isinstance(event, CodeChanged)]
            await Tally(self._connection).add(changes)
            self._saved += changes
        await outbox.append(self._connection, SCHEMA, messages)

    async def _insert(self, codes: Sequence[Code], events: Mapping[str, bytes]) -> None:
        if not codes:
            return
        rows = sorted(
            (c.subject, c.finding_incarnation, c.finding_sequence, c.expires_at, events[c.subject]) for c in codes
        )
        try:
            await self._connection.copy_records_to_table("code", records=rows, columns=NEW_COLUMNS)
        except asyncpg.UniqueViolationError as taken:
            raise asyncpg.SerializationError("somebody else has just made one of these codes") from taken
        self._held.update(code.subject for code in codes)

    async def _update(self, codes: Sequence[Code], events: Mapping[str, bytes]) -> None:
        if not codes:
            return
        await self._connection.execute(
            UPDATE,
            [code.subject for code in codes],
            [code.finding_incarnation for code in codes],
            [code.finding_sequence for code in codes],
            [code.expires_at for code in codes],
            [events.get(code.subject) for code in codes],
        )

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

    def _locked(self, rows: Sequence[asyncpg.Record]) -> Locked:
        codes = {
            row["subject"]: Code(
                state_of(row["event"]), row["finding_incarnation"], row["finding_sequence"], row["expires_at"]
            )
            for row in rows
        }
        self._held.update(codes)
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
