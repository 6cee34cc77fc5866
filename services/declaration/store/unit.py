"""One transaction over all stores; the outbox is the chassis's own."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from chassis import carry, outbox
from chassis.postgres.pool import Connection, Pool
from healthcode.envelope import encode, topic_name
from healthcode.events import DossierHandedOver, Event
from healthcode.events.migration import ARRIVALS
from services.declaration.store.answers import AnswerStore
from services.declaration.store.batches import BatchStore
from services.declaration.store.corrections import CorrectionStore
from services.declaration.store.dependants import DependantStore
from services.declaration.store.keys import KeyStore
from services.declaration.store.people import PeopleStore
from services.declaration.store.statements import StatementStore

SERVICE = "declaration"


class OutboxStore:
    """Implements Outbox."""

    def __init__(self, connection: Connection, region: str, now: Callable[[], datetime]) -> None:
        self._connection = connection
        self._region = region
        self._now = now

    async def publish(self, events: Sequence[Event]) -> None:
        """Append events in their order."""
        at = self._now()
        encoded = [
            encode(event, owner=self._region, service=SERVICE, time=at, topic=self._topic(event)) for event in events
        ]
        await outbox.append(self._connection, SERVICE, encoded, beside=carry.accepted_now())

    def _topic(self, event: Event) -> str | None:
        """A dossier that was handed over by another region has arrived here."""
        if isinstance(event, DossierHandedOver) and event.destination == self._region:
            return topic_name(self._region, ARRIVALS)
        return None


class StoredUnit:
    """Implements Unit over a connection that is in a transaction."""

    def __init__(self, connection: Connection, region: str, now: Callable[[], datetime], keys: KeyStore) -> None:
        self.people = PeopleStore(connection, keys)
        self.statements = StatementStore(connection)
        self.dependants = DependantStore(connection, keys)
        self.batches = BatchStore(connection)
        self.corrections = CorrectionStore(connection, keys)
        self.outbox = OutboxStore(connection, region, now)
        self.answers = AnswerStore(connection)


class StoredUnits:
    """Implements Units over a pool."""

    def __init__(self, pool: Pool, region: str, now: Callable[[], datetime], keys: KeyStore) -> None:
        self._pool = pool
        self._region = region
        self._now = now
        self._keys = keys

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[StoredUnit]:
        """A transaction that commits when the block ends."""
        async with self._pool.acquire() as connection, connection.transaction():
            yield StoredUnit(connection, self._region, self._now, self._keys)
