"""The origin's worker: trips and codes in, messages to the hub out."""

from collections.abc import Callable, Sequence
from typing import Final

from chassis.clock import Clock
from chassis.postgres.pool import Connection
from chassis.stream.decode import decoder
from chassis.stream.model import Delivery, StreamSpec
from healthcode.envelope import topic_name
from healthcode.events import (
    CheckInAccepted,
    CodeChanged,
    CodeConfirmed,
    DeclarationAccepted,
    DeclarationConfirmed,
    TripDeclared,
)
from services.recognition.domain.home import Origin
from services.recognition.handlers.home import take_home_events
from services.recognition.ports import HomeStore
from services.recognition.stream.sharing import AtHome

TOPICS: Final = (TripDeclared.topic, CodeChanged.topic)
# What else these topics carry is read and passed over.
READ: Final = (TripDeclared, DeclarationConfirmed, CodeChanged, DeclarationAccepted, CheckInAccepted, CodeConfirmed)


def home_spec(
    origin: Origin, clock: Clock, store: Callable[[Connection], HomeStore], sharing: AtHome | None = None
) -> StreamSpec:
    """How the worker consumes; `store` gives the region's people within the transaction of a batch.

    `sharing`: in a region that shares facts; what people state may be among them.
    """

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        ours = (TripDeclared, DeclarationConfirmed, CodeChanged)
        events = [delivery.event for delivery in deliveries if isinstance(delivery.event, ours)]
        if events:
            await take_home_events(store(connection), origin, events, clock.now())
        if sharing is not None:
            stated = [each.event for each in deliveries if isinstance(each.event, DeclarationAccepted)]
            await sharing.happened(connection, stated)

    topics = [topic_name(origin.region, name) for name in TOPICS]
    return StreamSpec("home", topics, handle, decoder(*READ))
