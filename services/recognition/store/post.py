"""What is passed on and leaves nothing behind."""

from collections.abc import Sequence

from chassis import outbox
from chassis.postgres.pool import Connection
from chassis.run import NATIONAL
from healthcode.envelope import Encoded
from services.recognition.store.schema import SCHEMA


class PostgresPost:
    """Implements Post over a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def to_nation(self, messages: Sequence[Encoded]) -> None:
        """See Post."""
        await outbox.append(self._connection, SCHEMA, messages, lane=NATIONAL)

    async def to_region(self, messages: Sequence[Encoded]) -> None:
        """See Post."""
        await outbox.append(self._connection, SCHEMA, messages)
