"""What the hub knows of a watch, or of an ask for one: between whom, how far, until when. Nothing of the person."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from healthcode.events import (
    CorrectionPassed,
    FactReceipt,
    WatchAsked,
    WatchEnded,
    WatchLeft,
    WatchOpened,
    WatchRefused,
)
from services.recognition.domain.message import Between, Refusal

# A route outlives its watch, so that what comes late is known to be late.
KEPT: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Route:
    """One watch by its handle, or one ask by its name.

    `sequence` is that of the last message passed on, `answered` that of the last receipt passed back.
    """

    handle: str
    origin: str
    destination: str
    until: datetime
    sequence: int
    ended: bool = False
    answered: int = 0


def pass_on(route: Route | None, event: Between) -> Route | None:
    """The route after a message that goes on; None for a repeated or overtaken one, which does not.

    An announcement that comes when its watch is over goes on too, or what was sent right behind it would look like that
    of a watch that was never announced; the destination takes no notice of either.

    Raises Refusal for a message of a watch that was never announced, and for one of another region's watch.
    """
    if route is not None and (route.origin, route.destination) != (event.origin, event.destination):
        raise Refusal("another-watch", "the handle belongs to a watch between other regions")
    if isinstance(event, WatchOpened | WatchAsked | CorrectionPassed) and route is None:
        return Route(event.key, event.origin, event.destination, event.until, event.sequence)
    if route is None:
        if isinstance(event, WatchEnded | WatchRefused | WatchLeft):
            return None
        raise Refusal("unknown-watch", "no watch was announced under this handle")
    if isinstance(event, WatchLeft):  # the numbers are the origin's, which takes this once however often it comes
        return None if route.ended else route
    if isinstance(event, FactReceipt):
        return _answer(route, event)
    if route.ended or event.sequence <= route.sequence:
        return None
    return replace(route, sequence=event.sequence, ended=isinstance(event, WatchEnded | WatchRefused))


def _answer(route: Route, receipt: FactReceipt) -> Route | None:
    """A receipt goes back, each once, and also when the watch is over."""
    if receipt.sequence > route.sequence:
        raise Refusal("answers-nothing", "nothing was passed on under this number")
    return None if receipt.sequence <= route.answered else replace(route, answered=receipt.sequence)
