"""What the worker consumes: declarations and facts as they come, asked reviews in the background."""

from collections.abc import Callable, Sequence
from typing import Final

from chassis.clock import Clock
from chassis.postgres.pool import Connection
from chassis.stream.decode import decoder
from chassis.stream.model import CannotWork, Delivery, StreamSpec
from healthcode.envelope import topic_name
from healthcode.events import (
    CheckInAccepted,
    DecisionRecorded,
    DeclarationAccepted,
    DeclarationConfirmed,
    DossierHandedOver,
    ListingRecorded,
    ReviewDue,
    StayRecorded,
    TestRecorded,
    TripDeclared,
)
from healthcode.events.migration import ARRIVALS
from services.audit.domain import PolicyError
from services.audit.handlers.review import Judge, review_events
from services.audit.ports.review import ReviewStore

TOPICS: Final = ("declarations.v1", "facts.v1")
BACKGROUND: Final = ("reviews.v1",)
UNREADABLE: Final = (
    "this release cannot read a policy that officers have put in force: run the release before it, or a later one;"
    " see docs/runbook.md, CannotWork ({found})"
)
READ: Final = (
    DeclarationAccepted,
    CheckInAccepted,
    TripDeclared,
    DeclarationConfirmed,
    DecisionRecorded,
    ListingRecorded,
    TestRecorded,
    StayRecorded,
    ReviewDue,
    DossierHandedOver,
)


def review_spec(
    region: str, judge: Judge, clock: Clock, store: Callable[[Connection], ReviewStore], *, arrivals: bool = False
) -> StreamSpec:
    """The stream of the review worker; `arrivals`: people of another region become this one's own."""

    async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
        try:
            await review_events(store(connection), judge, [delivery.event for delivery in deliveries], clock.now())
        except PolicyError as unreadable:
            raise CannotWork(UNREADABLE.format(found="; ".join(unreadable.found))) from unreadable

    return StreamSpec(
        consumer="review",
        topics=[topic_name(region, name) for name in TOPICS],
        background=[topic_name(region, name) for name in (*BACKGROUND, *((ARRIVALS,) if arrivals else ()))],
        handle=handle,
        decode=decoder(*READ),
    )
