"""What waits in an outbox, and holding back who adds to it: what is not published grows in the database.

The HTTP edge refuses writes (`chassis.pressure`), workers and timers wait (here, and `chassis.stream.brake`). The
metrics `hc_outbox_rows`, `hc_outbox_oldest_seconds` and `hc_held_back` are what an alarm looks at.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from chassis import metrics
from chassis.loop import Step
from chassis.postgres.pool import Connection, Pool

# Counted up to $1; the oldest by the index of each lane.
BACKLOG: Final = """
SELECT (SELECT count(*) FROM (SELECT 1 FROM outbox LIMIT $1) AS waiting) AS rows,
       (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(f.created_at)), 0)::float8
        FROM (VALUES (0), (1)) AS l (lane),
             LATERAL (SELECT created_at FROM outbox WHERE lane = l.lane ORDER BY xid LIMIT 1) AS f) AS oldest
"""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Rows, counted up to the limit, and the seconds that the oldest has waited."""

    rows: int = 0
    oldest: float = 0.0


@dataclass(frozen=True, slots=True)
class Limit:
    """From where on an outbox is behind."""

    rows: int
    seconds: float

    def exceeded(self, backlog: Backlog) -> bool:
        """Whether there are too many rows, or one is too old."""
        return backlog.rows >= self.rows or backlog.oldest >= self.seconds

    def part(self, share: float) -> "Limit":
        """A lower limit, at which who was held goes on: or it would be on and off all the time."""
        return Limit(max(1, int(self.rows * share)), self.seconds * share)


Look = Callable[[int], Awaitable[Backlog]]
"""Looks at an outbox, counting up to a number of rows."""

WORKERS: Final = Limit(50_000, 30.0)
"""Reached before the HTTP edge's own: what is accepted meanwhile waits in Kafka, where it is seen as lag."""


def outbox_of(pool: "Connection | Pool") -> Look:
    """The outbox in a pool's schema."""

    async def look(most: int) -> Backlog:
        row = await pool.fetchrow(BACKLOG, most)
        return Backlog() if row is None else Backlog(row["rows"], row["oldest"])

    return look


def held_back(name: str, look: Look, step: Step, limit: Limit = WORKERS) -> Step:
    """The step, unless the outbox that it adds to is behind: then it does nothing for now."""

    async def held() -> bool:
        behind = limit.exceeded(await look(limit.rows))
        metrics.HELD_BACK.labels(name).set(behind)
        return False if behind else await step()

    return held
