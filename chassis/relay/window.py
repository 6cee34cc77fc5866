"""The windows of one lane in the database: bounded, stored, finished; each step refused to anyone but the owner.

A window takes the rows with `horizon <= xid < next horizon`, sorted by id. The next horizon is the oldest running
transaction's xid, lowered until no key in the window has a row of smaller id beyond it. Each of the three parts is
needed: an id cursor skips rows that commit late; an xid order turns versions round; a plain horizon publishes version
2 before version 1 when the later writer drew its xid first.
"""

from dataclasses import dataclass
from typing import Final

import asyncpg

from chassis.kafka.model import Fenced
from chassis.postgres.pool import Connection, Pool

WINDOW_ROWS: Final = 4000
LEASE_SECONDS: Final = 3.0

TAKE_OVER: Final = """
INSERT INTO relay_lane AS l (lane, epoch, seen_at) VALUES ($1, 1, clock_timestamp())
ON CONFLICT (lane) DO UPDATE SET epoch = l.epoch + 1, seen_at = clock_timestamp()
WHERE l.seen_at IS NULL OR l.seen_at < clock_timestamp() - make_interval(secs => $2)
RETURNING epoch, window_no, horizon, pending_to, (SELECT incarnation FROM incarnation) AS incarnation
"""

OLDEST_RUNNING: Final = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"

# The xid at which a window of about $4 rows has to end; a transaction is never split.
CAP: Final = """
SELECT CASE WHEN c.xid > f.xid THEN c.xid ELSE c.xid + 1 END
FROM (SELECT xid FROM outbox WHERE lane = $1 AND xid >= $2 AND xid < $3 ORDER BY xid LIMIT 1) f,
     (SELECT xid FROM outbox WHERE lane = $1 AND xid >= $2 AND xid < $3 ORDER BY xid OFFSET $4 LIMIT 1) c
"""

# Each set is made once: without fresh statistics every row of the one was compared with every row of the other.
LOWER: Final = """
WITH mine AS MATERIALIZED (SELECT key, id, xid FROM outbox WHERE lane = $1 AND xid >= $2 AND xid < $3),
     beyond AS MATERIALIZED (
       SELECT key, min(id) AS id FROM outbox
       WHERE lane = $1 AND xid >= $3 AND id < (SELECT max(id) FROM mine) GROUP BY key)
SELECT min(mine.xid) FROM mine JOIN beyond USING (key) WHERE beyond.id < mine.id
"""

ROWS: Final = """
SELECT topic, key, headers, value, created_at FROM outbox WHERE lane = $1 AND xid >= $2 AND xid < $3 ORDER BY id
"""

WAITING: Final = "SELECT EXISTS (SELECT 1 FROM outbox WHERE lane = $1 AND xid >= $2)"

STORE: Final = """
UPDATE relay_lane SET window_no = window_no + 1, pending_to = $3, seen_at = clock_timestamp()
WHERE lane = $1 AND epoch = $2 RETURNING window_no
"""

FORGET: Final = "DELETE FROM outbox WHERE lane = $1 AND xid >= $2 AND xid < $3"

ADVANCE: Final = """
UPDATE relay_lane SET horizon = $3, pending_to = NULL, seen_at = clock_timestamp()
WHERE lane = $1 AND epoch = $2 RETURNING horizon
"""

ALIVE: Final = "UPDATE relay_lane SET seen_at = clock_timestamp() WHERE lane = $1 AND epoch = $2 RETURNING lane"

BACKLOG: Final = """
SELECT count(*) AS rows, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS oldest,
       (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(xact_start)), 0)::float8
        FROM pg_stat_activity WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid()) AS horizon
FROM (SELECT created_at FROM outbox WHERE lane = $1 LIMIT 100000) AS waiting
"""

LET_GO: Final = "UPDATE relay_lane SET seen_at = NULL WHERE lane = $1 AND epoch = $2"


@dataclass(frozen=True, slots=True)
class RelaySpec:
    """Which lane is published. `name` is the transactional id, fixed for ever; `topic` holds the windows' numbers."""

    schema: str
    lane: int
    name: str
    topic: str


@dataclass(frozen=True, slots=True)
class Window:
    """A stored window: its number, its bounds (xids, the upper one excluded) and its rows."""

    number: int
    start: int
    end: int
    rows: list[asyncpg.Record]


class Lane:
    """One lane, as seen by the relay that owns it or wants to."""

    def __init__(self, pool: Pool, spec: RelaySpec) -> None:
        """`pool` gives connections whose search path is the spec's schema."""
        self._pool = pool
        self._spec = spec
        self._epoch = 0
        self._horizon = 0
        self._pending: tuple[int, int] | None = None
        self.incarnation = 0

    async def take_over(self) -> bool:
        """Own the lane if its last owner let go of it or gave no sign of life for the lease."""
        row = await self._pool.fetchrow(TAKE_OVER, self._spec.lane, LEASE_SECONDS)
        if row is None:
            return False
        self._epoch, self._horizon, self.incarnation = row["epoch"], row["horizon"], row["incarnation"]
        self._pending = None if row["pending_to"] is None else (row["window_no"], row["pending_to"])
        return True

    async def pending(self) -> Window | None:
        """The window that the last owner stored and did not finish."""
        if self._pending is None:
            return None
        number, end = self._pending
        rows = await self._pool.fetch(ROWS, self._spec.lane, self._horizon, end)
        return Window(number, self._horizon, end, rows)

    async def next_window(self) -> Window | None:
        """Bound the next window, store it, and fetch its rows; None when nothing can be published yet.

        Raises Fenced when the lane has another owner.
        """
        async with self._pool.acquire() as connection:
            end, rows = await self._cut(connection)
            if not rows:
                return None
            number = self._owned(await connection.fetchval(STORE, self._spec.lane, self._epoch, end))
        return Window(number, self._horizon, end, rows)

    async def _cut(self, connection: Connection) -> tuple[int, list[asyncpg.Record]]:
        """The next window's end and rows.

        Where the cap falls between the rows of a key that are out of turn, lowering may leave nothing below it, now
        and for ever: then the cap is put further off, until all of them are in.
        """
        lane, start, wanted = self._spec.lane, self._horizon, WINDOW_ROWS
        oldest = await connection.fetchval(OLDEST_RUNNING)
        while True:
            cap = await connection.fetchval(CAP, lane, start, oldest, wanted)
            end = await self._lowered(connection, cap or oldest)
            rows = await connection.fetch(ROWS, lane, start, end) if end > start else []
            if rows or cap is None:
                return end, rows
            wanted *= 2

    async def _lowered(self, connection: Connection, end: int) -> int:
        while end > self._horizon:
            lower = await connection.fetchval(LOWER, self._spec.lane, self._horizon, end)
            if lower is None:
                break
            end = lower
        return int(end)

    async def finish(self, window: Window) -> None:
        """The window is out: forget its rows. Raises Fenced when the lane has another owner."""
        async with self._pool.acquire() as connection, connection.transaction():
            self._owned(await connection.fetchval(ADVANCE, self._spec.lane, self._epoch, window.end))
            await connection.execute(FORGET, self._spec.lane, window.start, window.end)
        self._horizon = window.end

    async def alive(self) -> None:
        """Give a sign of life. Raises Fenced when the lane has another owner."""
        self._owned(await self._pool.fetchval(ALIVE, self._spec.lane, self._epoch))

    async def backlog(self) -> asyncpg.Record:
        """`rows` that wait (counted to 100,000), the age of the `oldest`, and that of the oldest writer, in seconds."""
        row = await self._pool.fetchrow(BACKLOG, self._spec.lane)
        if row is None:
            raise RuntimeError("an aggregate gave no row")
        return row

    async def let_go(self) -> None:
        """Leave the lane to whoever wants it."""
        await self._pool.execute(LET_GO, self._spec.lane, self._epoch)

    async def is_waiting(self) -> bool:
        """Whether rows are there that could not be published yet."""
        return bool(await self._pool.fetchval(WAITING, self._spec.lane, self._horizon))

    def _owned(self, answer: int | None) -> int:
        if answer is None:
            raise Fenced(f"{self._spec.name}: another relay owns the lane")
        return answer
