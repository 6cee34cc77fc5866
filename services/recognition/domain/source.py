"""What goes between a region and the one that serves it, or served it before: submissions, refusals, handovers.

When each of them counts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from healthcode.envelope import Encoded, topic_name
from healthcode.events import (
    AreaLevelSubmitted,
    HandoverAnswered,
    ListingSubmitted,
    PersonHandedOver,
    SourceRefused,
    SourceSubmitted,
    TestSubmitted,
)
from healthcode.events.source import Submitted
from services.recognition.domain.catalogue import SUSPENDED_REGION, Catalogue
from services.recognition.domain.message import Refusal, signer_of, timed

FED: Final = (ListingSubmitted, TestSubmitted, AreaLevelSubmitted)
"""What authorities write, wherever their region has it judged."""

Sourced: TypeAlias = SourceSubmitted | SourceRefused | PersonHandedOver | HandoverAnswered


@dataclass(frozen=True, slots=True)
class SourceMessage:
    """One of them, as it lies on a topic."""

    event: Sourced
    wire: Encoded


@dataclass(frozen=True, slots=True)
class Route:
    """From which region to which; `ids` makes ids of events."""

    origin: str
    destination: str
    ids: Callable[[], str]


def between(region: str, kind: type[Sourced]) -> str:
    """Where that lies between the regions; `region`: the one that is or was served, whichever way it goes."""
    return topic_name("national", f"{region}.{kind.topic}")


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


def believe_served(message: SourceMessage, catalogue: Catalogue, own: str, now: datetime) -> None:
    """What the region that serves others requires: one of them says it itself, on its own topic.

    A submission counts while the region adopts this one's code, an answer to a handover also later. Raises Refusal.
    """
    event = message.event
    timed(event)
    if message.wire.topic != between(event.origin, type(event)):
        raise Refusal("not-the-origin", "a region speaks on its own topic alone")
    member = catalogue.member(event.origin, now)
    if member is None:
        raise Refusal("unknown-region", "the origin is not in the national catalogue, or not at this time")
    if catalogue.away(event.origin, now) is not None:
        raise Refusal(SUSPENDED_REGION, "the origin is suspended: what it feeds does not count")
    if event.destination != own or (isinstance(event, SourceSubmitted) and member.adopts != own):
        raise Refusal("not-served-here", "only a region that adopts this region's code feeds its audit")
    if signer_of(message, catalogue, now) != event.origin:
        raise Refusal("not-the-origin", "a region may only speak for itself")


def believe_server(message: SourceMessage, catalogue: Catalogue, route: Route, now: datetime) -> None:
    """What a region requires: it is for it, from the one that serves it, or has served it. Raises Refusal."""
    event = message.event
    timed(event)
    if (event.origin, event.destination) != (route.destination, route.origin):
        raise Refusal(
            "wrong-destination", "the message is for another region, or from one that does not serve this one"
        )
    if signer_of(message, catalogue, now) != event.origin:
        raise Refusal("not-the-origin", "only the region that serves this one may say so")
