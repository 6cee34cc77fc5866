"""The Kafka edge: what the audit concluded and what the issuer made of it, onto the receipts."""

from collections.abc import Callable, Sequence
from typing import Final

from chassis.postgres.pool import Connection
from chassis.stream.decode import decoder
from chassis.stream.model import Delivery, StreamSpec
from healthcode.envelope import topic_name
from healthcode.events import (
    CodeChanged,
    CodeConfirmed,
    CorrectionAsked,
    CorrectionAssigned,
    CorrectionEscalated,
    CorrectionSettled,
    DossierHandedOver,
    Event,
    FindingConcluded,
    PersonHandedOver,
)
from services.declaration.domain.statement import Audited, Cause, Coloured
from services.declaration.handlers.correction import follow
from services.declaration.handlers.handover import Post, receive, send
from services.declaration.handlers.statement import record
from services.declaration.ports import Unit

CONSUMER: Final = "receipts"
# A seal takes about a millisecond: a batch must not keep the event loop for long.
HANDOVERS: Final = 100
FOLLOWED: Final = (CorrectionAssigned, CorrectionEscalated, CorrectionSettled)


def receipts_spec(region: str, unit_over: Callable[[Connection], Unit]) -> StreamSpec:
    """Consumes findings and codes of a region; `unit_over` makes the unit of work over the batch's transaction."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        causes = [cause for delivery in deliveries for cause in causes_of(delivery.event)]
        await record(unit_over(connection), causes)

    topics = [topic_name(region, FindingConcluded.topic), topic_name(region, CodeChanged.topic)]
    return StreamSpec(CONSUMER, topics, handle, decoder(FindingConcluded, CodeChanged, CodeConfirmed))


def corrections_spec(region: str, unit_over: Callable[[Connection], Unit]) -> StreamSpec:
    """Consumes what became of corrections; what was asked stands on the same topic and is known here."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        events = [d.event for d in deliveries if isinstance(d.event, FOLLOWED)]
        await follow(unit_over(connection), events)

    topics = [topic_name(region, CorrectionAsked.topic)]
    return StreamSpec("corrections", topics, handle, decoder(CorrectionAsked, *FOLLOWED))


def handover_spec(post: Post, unit_over: Callable[[Connection], Unit]) -> StreamSpec:
    """Consumes people whose region takes a code of its own, and seals them to it."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        dossiers = [d.event for d in deliveries if isinstance(d.event, DossierHandedOver)]
        await send(post, unit_over(connection), dossiers)

    topics = [topic_name(post.region, DossierHandedOver.topic)]
    return StreamSpec("handovers", topics, handle, decoder(DossierHandedOver), max_records=HANDOVERS)


def arrival_spec(post: Post, unit_over: Callable[[Connection], Unit]) -> StreamSpec:
    """Consumes people who are this region's own from now on."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        messages = [d.event for d in deliveries if isinstance(d.event, PersonHandedOver)]
        await receive(post, unit_over(connection), messages)

    topics = [topic_name(post.region, PersonHandedOver.topic)]
    return StreamSpec("arrivals", topics, handle, decoder(PersonHandedOver), max_records=HANDOVERS)


def causes_of(event: Event) -> list[Cause]:
    """The stages that an event says its causes have reached."""
    match event:
        case FindingConcluded():
            reached: Audited | Coloured = Audited(event.id, event.color, event.reviewed_at)
        case CodeChanged():
            reached = Coloured(event.incarnation, event.version, event.color, event.changed_at)
        case CodeConfirmed():
            reached = Coloured(event.incarnation, event.version, event.color, event.confirmed_at)
        case _:
            return []
    return [Cause(ident, reached) for ident in event.causes]
