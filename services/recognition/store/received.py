"""What other regions have shared of guests."""

from collections.abc import Sequence
from typing import Final

import asyncpg

from chassis import outbox
from chassis.postgres.pool import Connection
from chassis.run import NATIONAL
from healthcode.envelope import Encoded, encode
from healthcode.events import FactReceipt
from healthcode.records import content_bytes, content_of
from services.recognition.domain.message import Signer
from services.recognition.domain.received import Received, Recorded
from services.recognition.store.hub import tell_hub
from services.recognition.store.schema import SCHEMA

COLUMNS: Final = "handle, fact, kind, origin, revision, local, withdrawn, at, content, received_at"

READ: Final = f"SELECT {COLUMNS} FROM received WHERE handle = ANY($1) ORDER BY handle, fact"  # noqa: S608 - our own

WRITE: Final = f"""
INSERT INTO received ({COLUMNS})
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::boolean[],
    $8::timestamptz[], $9::bytea[], $10::timestamptz[])
ON CONFLICT (handle, fact) DO UPDATE SET kind = excluded.kind, revision = excluded.revision, local = excluded.local,
    withdrawn = excluded.withdrawn, at = excluded.at, content = excluded.content, received_at = excluded.received_at
"""  # noqa: S608 - our own columns

DELETE: Final = "DELETE FROM received WHERE handle = ANY($1)"


class PostgresReceivedBook:
    """Implements ReceivedBook over a connection that is in a transaction."""

    def __init__(self, connection: Connection, region: str, signer: Signer) -> None:
        """`region`: whose facts are written; `signer` signs for it."""
        self._connection = connection
        self._region = region
        self._signer = signer

    async def received(self, handles: Sequence[str]) -> dict[tuple[str, str], Received]:
        """See ReceivedBook."""
        found = [_received_of(row) for row in await self._connection.fetch(READ, list(handles))]
        return {each.key: each for each in found}

    async def write(
        self, received: Sequence[Received], events: Sequence[Recorded], receipts: Sequence[FactReceipt]
    ) -> None:
        """See ReceivedBook."""
        if received:
            rows = [_row_of(each) for each in sorted(received, key=lambda each: each.key)]
            await self._connection.execute(WRITE, *(list(column) for column in zip(*rows, strict=True)))
        await self._record(events)
        await tell_hub(self._connection, self._region, self._signer, receipts)

    async def set_aside(self, letters: Sequence[Encoded]) -> None:
        """See ReceivedBook."""
        await outbox.append(self._connection, SCHEMA, letters, lane=NATIONAL)

    async def forget(self, handles: Sequence[str], events: Sequence[Recorded]) -> None:
        """See ReceivedBook."""
        await self._connection.execute(DELETE, list(handles))
        await self._record(events)

    async def _record(self, events: Sequence[Recorded]) -> None:
        wires = [encode(event, owner=self._region, service=SCHEMA, time=event.recorded_at) for event in events]
        await outbox.append(self._connection, SCHEMA, wires)


def _received_of(row: asyncpg.Record) -> Received:
    return Received(**{**dict(row), "content": content_of(row["kind"], row["content"])})


def _row_of(received: Received) -> tuple[object, ...]:
    """In the order of COLUMNS."""
    return (
        received.handle,
        received.fact,
        received.kind,
        received.origin,
        received.revision,
        received.local,
        received.withdrawn,
        received.at,
        content_bytes(received.content),
        received.received_at,
    )
