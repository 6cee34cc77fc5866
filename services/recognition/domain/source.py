"""What a region without a code of its own feeds into the audit that serves it: when a message about it counts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from healthcode.envelope import Encoded, topic_name
from healthcode.events import AreaLevelSubmitted, ListingSubmitted, SourceRefused, SourceSubmitted, TestSubmitted
from healthcode.events.source import Submitted
from services.recognition.domain.catalogue import SUSPENDED_REGION, Catalogue
from services.recognition.domain.message import Refusal, signer_of, timed

FED: Final = (ListingSubmitted, TestSubmitted, AreaLevelSubmitted)
"""What authorities write, wherever their region has it judged."""

Sourced: TypeAlias = SourceSubmitted | SourceRefused


@dataclass(frozen=True, slots=True)
class SourceMessage:
    """A submission or a refusal, as it lies on a topic."""

    event: Sourced
    wire: Encoded


@dataclass(frozen=True, slots=True)
class Route:
    """From which region to which; `ids` makes ids of events."""

    origin: str
    destination: str
    ids: Callable[[], str]


def submissions_topic(region: str) -> str:
    """Where a region's submissions lie between the regions."""
    return topic_name("national", f"{region}.{SourceSubmitted.topic}")


def refusals_topic(region: str) -> str:
    """Where a region is told what was refused."""
    return topic_name("national", f"{region}.{SourceRefused.topic}")


def fed(route: Route, what: Submitted, now: datetime) -> SourceSubmitted:
    """A submission of an authority here, for the audit that serves the region."""
    return SourceSubmitted(
        id=route.ids(),
        origin=route.origin,
        destination=route.destination,
        entry=what.test if isinstance(what, TestSubmitted) else what.entry,
        sequence=what.revision,
        listing=what if isinstance(what, ListingSubmitted) else None,
        test=what if isinstance(what, TestSubmitted) else None,
        area=what if isinstance(what, AreaLevelSubmitted) else None,
        at=now,
    )


def believe_source(message: SourceMessage, catalogue: Catalogue, own: str, now: datetime) -> None:
    """What the region that serves others requires of a submission: one that adopts its code now says so itself.

    Raises Refusal.
    """
    event = message.event
    timed(event)
    if message.wire.topic != submissions_topic(event.origin):
        raise Refusal("not-the-origin", "a region submits on its own topic alone")
    member = catalogue.member(event.origin, now)
    if member is None:
        raise Refusal("unknown-region", "the origin is not in the national catalogue, or not at this time")
    if catalogue.away(event.origin, now) is not None:
        raise Refusal(SUSPENDED_REGION, "the origin is suspended: what it feeds does not count")
    if event.destination != own or member.adopts != own:
        raise Refusal("not-served-here", "only a region that adopts this region's code feeds its audit")
    if signer_of(message, catalogue, now) != event.origin:
        raise Refusal("not-the-origin", "a region may only speak for itself")


def believe_refusal(message: SourceMessage, catalogue: Catalogue, route: Route, now: datetime) -> None:
    """What a region requires of a refusal: it is for it, from the region that it feeds. Raises Refusal."""
    event = message.event
    timed(event)
    if (event.origin, event.destination) != (route.destination, route.origin):
        raise Refusal("wrong-destination", "the message is for another region, or from one that this one does not feed")
    if signer_of(message, catalogue, now) != event.origin:
        raise Refusal("not-the-origin", "only the region that refuses may say so")
