"""What time and storms have left to do, as metrics."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from chassis import metrics
from chassis.clock import Clock
from chassis.loop import Step
from services.audit.ports.schedule import Pending

SECONDS: Final = 5.0

REVIEWS_DUE: Final = metrics.gauge("hc_reviews_due", "Timers that are over and have not fired, counted to 100,000")
REVIEWS_DUE_SECONDS: Final = metrics.gauge("hc_reviews_due_seconds", "How long the oldest of them is over")
STORMS_OPEN: Final = metrics.gauge("hc_storms_open", "Changes of reference data of which not all are reviewed yet")
STORM_SECONDS: Final = metrics.gauge("hc_storm_seconds", "How long the oldest open storm lasts")
STORM_LEFT: Final = metrics.gauge("hc_storm_left", "Places that its present pass has to go, counted to 100,000")


def measuring(pending: Callable[[datetime], Awaitable[Pending]], clock: Clock) -> Step:
    """A step that measures once; times are those of the region's clock."""

    async def measure() -> bool:
        now = clock.now()
        found = await pending(now)
        REVIEWS_DUE.set(found.due)
        REVIEWS_DUE_SECONDS.set(_age(found.due_since, now))
        STORMS_OPEN.set(found.storms)
        STORM_SECONDS.set(_age(found.storm_since, now))
        STORM_LEFT.set(found.left)
        return False

    return measure


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
