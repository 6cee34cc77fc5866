"""The edges of way 1: the origin's worker on its own facts, and what both sides add to the workers of watches."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chassis import metrics
from chassis.clock import Clock
from chassis.postgres.pool import Connection
from chassis.stream.dead_letters import dead_letter
from chassis.stream.decode import decoder
from chassis.stream.model import Delivery, StreamSpec
from healthcode.envelope import Encoded, topic_name
from healthcode.events import (
    DecisionRecorded,
    DeclarationAccepted,
    FactReceipt,
    FactShared,
    ListingRecorded,
    StayRecorded,
    TestRecorded,
)
from services.recognition.domain.message import Watched
from services.recognition.domain.received import Receiver, Unopened, read_fact
from services.recognition.domain.sharing import Sharing
from services.recognition.handlers.received import Desk
from services.recognition.handlers.sharing import SharingHomes, take_facts, take_receipts
from services.recognition.ports import HomeStore
from services.recognition.ports.sharing import ReceivedBook, ShareBook

FACTS: Final = TestRecorded.topic
# What else is on the topic is read and passed over.
READ: Final = (ListingRecorded, TestRecorded, DecisionRecorded, StayRecorded)
BATCH: Final = 250

CONSUMER: Final = "recognition.guests"

REFUSED: Final = metrics.counter("hc_recognition_refused_total", "Shared facts that this region did not take", "reason")


@dataclass(frozen=True)
class AtHome:
    """What the origin shares, and how its stores are made within the transaction of a batch."""

    sharing: Sharing
    homes: Callable[[Connection], HomeStore]
    book: Callable[[Connection], ShareBook]
    clock: Clock

    def people(self, homes: HomeStore, connection: Connection) -> HomeStore:
        """The region's own people, of whom whoever begins to watch is told at once what they may know."""
        return SharingHomes(homes, self.book(connection), self.sharing, self.clock.now())

    async def happened(
        self, connection: Connection, events: Sequence[ListingRecorded | TestRecorded | DeclarationAccepted]
    ) -> None:
        """Keep and tell what is in these events."""
        if events:
            stores = self.homes(connection), self.book(connection)
            await take_facts(*stores, self.sharing, events, self.clock.now())

    async def receipts(self, connection: Connection, receipts: Sequence[FactReceipt]) -> int:
        """Note receipts; gives how many answered nothing. Raises Refusal."""
        return await take_receipts(self.book(connection), receipts, self.clock.now()) if receipts else 0


@dataclass(frozen=True)
class Abroad:
    """What the destination opens, and how its store is made."""

    receiver: Receiver
    book: Callable[[Connection], ReceivedBook]

    def desk(self, connection: Connection) -> Desk:
        """Who takes shared facts in this transaction."""
        return Desk(self.book(connection), self.receiver)


def opened(abroad: Abroad | None, messages: Sequence[Watched], now: datetime) -> list[Watched]:
    """Messages with shared facts opened; where nobody judges by them they are passed over."""
    found: list[Watched] = []
    for message in messages:
        if not isinstance(message, FactShared):
            found.append(message)
        elif abroad is None:
            REFUSED.labels("no-audit").inc()
        else:
            found.append(read_fact(abroad.receiver, message, now))
    return found


def letters(refused: Sequence[Unopened], deliveries: Sequence[Delivery]) -> list[Encoded]:
    """What was refused as dead letters, without a strike: the hub that passed it on could not know."""
    facts = [(each.event, each.record) for each in deliveries if isinstance(each.event, FactShared)]
    records = {(event.handle, event.sequence): record for event, record in reversed(facts)}
    found = []
    for event in refused:
        REFUSED.labels(event.code).inc()
        record = records[event.handle, event.sequence]
        found.append(dead_letter(record, event.code, event.detail, consumer=CONSUMER))
    return found


def facts_spec(region: str, at_home: AtHome) -> StreamSpec:
    """How the origin's worker reads the region's own facts."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        events = [each.event for each in deliveries if isinstance(each.event, ListingRecorded | TestRecorded)]
        await at_home.happened(connection, events)

    return StreamSpec("sharing", [topic_name(region, FACTS)], handle, decoder(*READ), max_records=BATCH)
