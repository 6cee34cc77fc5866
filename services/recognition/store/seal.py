"""What the nation has countersigned."""

from collections.abc import Sequence
from typing import Final

from chassis import outbox
from chassis.postgres.pool import Connection
from chassis.run import NATIONAL
from healthcode.envelope import Encoded
from services.recognition.ports import Countersigned
from services.recognition.store.schema import SCHEMA

KEEP: Final = """
INSERT INTO seal (region, day, signed, countersigned) VALUES ($1, $2, $3, $4) ON CONFLICT (region, day) DO NOTHING
"""
KEPT: Final = "SELECT signed, countersigned FROM seal WHERE region = $1 AND day = $2"


class PostgresSealBook:
    """Implements SealBook over a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def keep(self, region: str, day: str, signed: bytes, countersigned: bytes) -> Countersigned:
        """See SealBook."""
        await self._connection.execute(KEEP, region, day, signed, countersigned)
        return Countersigned(*await self._connection.fetchrow(KEPT, region, day) or (b"", b""))

    async def to_nation(self, messages: Sequence[Encoded]) -> None:
        """See SealBook."""
        await outbox.append(self._connection, SCHEMA, messages, lane=NATIONAL)

    async def to_region(self, messages: Sequence[Encoded]) -> None:
        """See SealBook."""
        await outbox.append(self._connection, SCHEMA, messages)
