"""The hub's routes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from chassis import outbox
from chassis.postgres.pool import Connection
from chassis.run import NATIONAL
from healthcode.envelope import Encoded, national_topic
from services.recognition.domain.message import OUTBOX, Message, Signer, hearer
from services.recognition.domain.route import Route
from services.recognition.store.schema import SCHEMA

LOCK: Final = """
SELECT handle, origin, destination, until, sequence, ended, answered FROM route WHERE handle = ANY($1)
ORDER BY handle FOR UPDATE
"""

UPSERT: Final = """
INSERT INTO route (handle, origin, destination, until, sequence, ended, answered)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::boolean[], $7::bigint[])
ON CONFLICT (handle) DO UPDATE SET sequence = excluded.sequence, ended = excluded.ended, answered = excluded.answered
"""

PURGE: Final = """
DELETE FROM route WHERE handle IN (SELECT handle FROM route WHERE until < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
"""


class PostgresRoutes:
    """Implements RouteStore over a connection that is in a transaction."""

    def __init__(self, connection: Connection, signer: Signer) -> None:
        """`signer` signs for the hub."""
        self._connection = connection
        self._signer = signer

    async def lock(self, handles: Sequence[str]) -> dict[str, Route]:
        """See RouteStore."""
        rows = await self._connection.fetch(LOCK, sorted(set(handles)))
        return {row["handle"]: Route(**dict(row)) for row in rows}

    async def save(self, routes: Sequence[Route], messages: Sequence[Message]) -> None:
        """See RouteStore."""
        if routes:
            await self._connection.execute(
                UPSERT,
                [route.handle for route in routes],
                [route.origin for route in routes],
                [route.destination for route in routes],
                [route.until for route in routes],
                [route.sequence for route in routes],
                [route.ended for route in routes],
                [route.answered for route in routes],
            )
        passed = [self._onward(message) for message in messages]
        await outbox.append(self._connection, SCHEMA, passed, lane=NATIONAL)

    async def purge(self, before: datetime, limit: int) -> int:
        """See RouteStore."""
        return int((await self._connection.execute(PURGE, before, limit)).rpartition(" ")[2])

    def _onward(self, message: Message) -> Encoded:
        """The same content, for the topic of whom it is for, under the hub's signature."""
        topic = national_topic(hearer(message.event), OUTBOX)
        wire = Encoded(topic, message.wire.key, message.wire.value, message.wire.headers)
        return self._signer.sign(Message(message.event, wire))
