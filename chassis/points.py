"""Named places in the work of a worker and a relay, where tests let a process die, stand still or fail.

Off, a place costs a batch or a window one comparison. A test hands in `Points` of its own; a process under test is told
by `HC_FAIL_POINT`, as `audit.review:batch.handled:3:kill`: scope, point, at which time, what to do.
"""

import os
import signal
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, Self

import structlog

log = structlog.get_logger()


class Point(StrEnum):
    """Every place, in the order in which work passes it."""

    PARTITION_CLAIMED = "partition.claimed"
    """A worker's partitions are its own in the database, and the rebalance is not over."""
    BATCH_READ = "batch.read"
    """Records are in hand, and nothing is done with them."""
    BATCH_HANDLED = "batch.handled"
    """State, outbox and offsets of a batch are written, and not committed."""
    BATCH_COMMITTED = "batch.committed"
    """They are committed, and the worker has noted nothing of it."""

    LANE_TAKEN = "lane.taken"
    """A relay owns its lane in the database, and its producer is not started."""
    WINDOW_STORED = "window.stored"
    """A window's bounds are committed, and nothing of it is published."""
    WINDOW_PUBLISHED = "window.published"
    """A window is on the broker, and its rows are still in the outbox."""
    WINDOW_FINISHED = "window.finished"
    """Its rows are gone, and the relay has noted nothing else."""


WORKER_POINTS = tuple(point for point in Point if point.startswith(("partition.", "batch.")))
RELAY_POINTS = tuple(point for point in Point if point.startswith(("lane.", "window.")))


class Points(Protocol):
    """Who wants to know where the work is."""

    async def reach(self, scope: str, point: Point) -> None:
        """Called at each point; what it raises is raised there.

        `scope`: `<schema>.<consumer>` of a worker (`audit.review`), `<schema>.relay.<lane>` of a relay.
        """
        ...


class Action(StrEnum):
    """What happens at a fail point."""

    KILL = "kill"
    """SIGKILL for this process."""
    STOP = "stop"
    """SIGSTOP for this process, until somebody sends SIGCONT."""
    RAISE = "raise"
    """A failure that passes, as if a connection had broken."""


class PointFailed(ConnectionError):  # noqa: N818 - says what happened, as asyncio's own do
    """Raised at a fail point."""


@dataclass(frozen=True, slots=True)
class FailPoint:
    """At the `nth` time that `scope` comes to `point`, `action`."""

    scope: str
    point: Point
    nth: int
    action: Action

    @classmethod
    def parse(cls, text: Any) -> Self:
        """From `scope:point:nth:action`, raising ValueError; what is parsed already stays as it is."""
        if isinstance(text, cls):
            return text
        scope, point, nth, action = str(text).split(":")
        if not scope or int(nth) < 1:
            raise ValueError("a fail point has a scope, and a time from 1")
        return cls(scope, Point(point), int(nth), Action(action))


class FailPoints:
    """Carries out one fail point, once."""

    def __init__(self, wanted: FailPoint) -> None:
        """Says in the log that this process is to fail."""
        self._wanted = wanted
        self._times = 0
        log.warning("fail_point_set", scope=wanted.scope, point=wanted.point, nth=wanted.nth, does=wanted.action)

    async def reach(self, scope: str, point: Point) -> None:
        """See Points."""
        wanted = self._wanted
        if (scope, point) != (wanted.scope, wanted.point):
            return
        self._times += 1
        if self._times != wanted.nth:
            return
        log.warning("fail_point_reached", scope=scope, point=point, does=wanted.action)
        if wanted.action is Action.RAISE:
            raise PointFailed(f"{scope} failed at {point}, as HC_FAIL_POINT says")
        os.kill(os.getpid(), signal.SIGKILL if wanted.action is Action.KILL else signal.SIGSTOP)
