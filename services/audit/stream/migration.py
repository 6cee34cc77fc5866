"""The Kafka edge of migrations: who arrives here, and what became of who was handed over."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from chassis.clock import Clock
from chassis.kafka.model import Record
from chassis.postgres.pool import Connection
from chassis.stream.decode import decoder
from chassis.stream.model import Delivery, StreamSpec
from healthcode.envelope import topic_name
from healthcode.events import DossierHandedOver, Event, HandoverAnswered, ReviewDue
from healthcode.events.migration import ARRIVALS
from services.audit.handlers.arrival import take_arrivals
from services.audit.handlers.migration import take_answers
from services.audit.ports.migration import ArrivalStore, MigrationStore

BATCH: Final = 200
PASSED: Final = ReviewDue(id="", subject="", cause="", due=datetime.min.replace(tzinfo=UTC))


def arrival_spec(
    region: str, clock: Clock, store: Callable[[Connection], ArrivalStore], ids: Callable[[], str]
) -> StreamSpec:
    """The stream of people who come from another region."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        arrivals = [each.event for each in deliveries if isinstance(each.event, DossierHandedOver)]
        await take_arrivals(store(connection), region, arrivals, clock.now(), ids)

    topics = [topic_name(region, ARRIVALS)]
    return StreamSpec("arrivals", topics, handle, decoder(DossierHandedOver), max_records=BATCH)


def answer_spec(region: str, store: Callable[[Connection], MigrationStore]) -> StreamSpec:
    """The stream of what became of people who were handed over."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        answers = [each.event for each in deliveries if isinstance(each.event, HandoverAnswered)]
        await take_answers(store(connection), answers)

    topics = [topic_name(region, HandoverAnswered.topic)]
    return StreamSpec("answers", topics, handle, decoder(HandoverAnswered))


def passing(spec: StreamSpec) -> StreamSpec:
    """The same topic, and nothing is taken: its reader begins behind what another region's audit has judged."""

    async def handle(_connection: Connection, _deliveries: Sequence[Delivery]) -> None:
        """Nothing."""

    def decode(_record: Record) -> Event:
        return PASSED

    return StreamSpec(spec.consumer, spec.topics, handle, decode, max_records=spec.max_records, at_limit=spec.at_limit)
