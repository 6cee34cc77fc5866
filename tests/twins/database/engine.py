"""Tables, transactions and locks. A statement runs in one go, but for where it waits for a lock."""

import asyncio
from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from types import MappingProxyType
from typing import Any, Final

import asyncpg

Row = Mapping[str, Any]
Place = tuple[str, str, Hashable]
"""Schema, table and key of a row."""

LOCK_SECONDS: Final = 5.0  # chassis/postgres/pool.py sets the same
EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
ADVISORY: Final = ("", "advisory")
GONE: Final[Row] = MappingProxyType({})


class Database:
    """One cluster: its schemas share transaction ids, and so the oldest running one."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.rows: dict[tuple[str, str], dict[Hashable, Row]] = {}
        self.running: dict[int, Transaction] = {}
        self.observers: list[Callable[[Transaction], None]] = []
        self.notify: Callable[[str], None] = lambda _channel: None
        self.locks = Locks()
        self._xids = count(1000)
        self._ids: dict[tuple[str, str], Iterator[int]] = {}
        self._next = next(self._xids)

    def table(self, schema: str, name: str) -> dict[Hashable, Row]:
        """The committed rows of a table, by their keys."""
        return self.rows.setdefault((schema, name), {})

    def begin(self, schema: str) -> "Transaction":
        """A transaction; it has no id before it writes or locks something."""
        return Transaction(self, schema)

    def horizon(self) -> int:
        """The oldest id that is running; with none, the next to be drawn."""
        return min(self.running, default=self._next)

    def draw_xid(self, transaction: "Transaction") -> int:
        """A transaction's own id."""
        xid, self._next = self._next, next(self._xids)
        self.running[xid] = transaction
        return xid

    def draw_id(self, schema: str, name: str) -> int:
        """The next number of a table's identity; what rolls back leaves a gap."""
        return next(self._ids.setdefault((schema, name), count(1)))


class Locks:
    """Who holds which rows, who waits for them, in which order."""

    def __init__(self) -> None:
        self._holders: dict[Place, Transaction] = {}
        self._queues: dict[Place, deque[tuple[Transaction, asyncio.Future[None]]]] = {}

    async def take(self, transaction: "Transaction", place: Place) -> None:
        """Hold a place until the end of the transaction. Raises what PostgreSQL says of deadlocks and long waits."""
        if self.try_take(transaction, place):
            return
        self._refuse_circle(transaction, place)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        self._queues.setdefault(place, deque()).append((transaction, future))
        transaction.waits_for = place
        limit = loop.call_later(LOCK_SECONDS, _too_long, future)
        try:
            await future
        finally:
            limit.cancel()
            future.cancel()
            transaction.waits_for = None

    def try_take(self, transaction: "Transaction", place: Place) -> bool:
        """Hold a place if nobody else does."""
        holder = self._holders.setdefault(place, transaction)
        if holder is transaction:
            transaction.held[place] = None
        return holder is transaction

    def holder(self, place: Place) -> "Transaction | None":
        """Who holds a place."""
        return self._holders.get(place)

    def release(self, transaction: "Transaction") -> None:
        """Hand all places to those who wait longest."""
        for place in transaction.held:
            del self._holders[place]
            queue = self._queues.get(place)
            while queue:
                waiting, future = queue.popleft()
                if not future.done():
                    self._holders[place] = waiting
                    waiting.held[place] = None
                    future.set_result(None)
                    break
            if not queue:
                self._queues.pop(place, None)
        transaction.held.clear()

    def _refuse_circle(self, transaction: "Transaction", place: Place) -> None:
        seen: set[int] = set()
        holder = self._holders.get(place)
        while holder is not None and holder.waits_for is not None and id(holder) not in seen:
            seen.add(id(holder))
            holder = self._holders.get(holder.waits_for)
            if holder is transaction:
                raise asyncpg.DeadlockDetectedError("deadlock detected")


def _too_long(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_exception(asyncpg.LockNotAvailableError("canceling statement due to lock timeout"))


class Transaction:
    """Sees what is committed, with its own changes over it. `notes` are an observer's own."""

    def __init__(self, database: Database, schema: str) -> None:
        self.database = database
        self.schema = schema
        self.changes: dict[tuple[str, str], dict[Hashable, Row]] = {}
        self.held: dict[Place, None] = {}
        self.waits_for: Place | None = None
        self.channels: dict[str, None] = {}
        self.failed = False
        self.notes: list[Any] = []
        self._xid: int | None = None

    @property
    def xid(self) -> int:
        """The transaction's id, drawn when it is first needed."""
        if self._xid is None:
            self._xid = self.database.draw_xid(self)
        return self._xid

    @property
    def has_written(self) -> bool:
        """Whether it drew an id."""
        return self._xid is not None

    def rows(self, table: str) -> list[Row]:
        """All rows that it sees."""
        mine = self.changes.get((self.schema, table))
        committed = self.database.table(self.schema, table)
        if not mine:
            return list(committed.values())
        merged = {**committed, **mine}
        return [row for row in merged.values() if row is not GONE]

    def get(self, table: str, key: Hashable) -> Row | None:
        """One row that it sees."""
        row = self.changes.get((self.schema, table), {}).get(key)
        if row is None:
            row = self.database.table(self.schema, table).get(key)
        return None if row is GONE else row

    async def lock(self, table: str, key: Hashable) -> Row | None:
        """Hold a row, whether there is one or not; gives it as it is then."""
        _ = self.xid
        await self.database.locks.take(self, (self.schema, table, key))
        return self.get(table, key)

    def try_lock(self, table: str, key: Hashable) -> bool:
        """Hold a row that nobody else holds."""
        if not self.database.locks.try_take(self, (self.schema, table, key)):
            return False
        _ = self.xid
        return True

    async def lock_seen(self, table: str, keys: Iterable[Hashable]) -> list[Row]:
        """SELECT … FOR UPDATE in the order of `keys`: only rows seen at the start are locked, gone ones not given."""
        seen = [key for key in keys if self.get(table, key) is not None]
        return [row for key in seen if (row := await self.lock(table, key)) is not None]

    async def advise(self, key: Hashable) -> None:
        """An advisory lock; draws no id."""
        await self.database.locks.take(self, (*ADVISORY, (self.schema, key)))

    def try_advise(self, key: Hashable) -> bool:
        """An advisory lock that nobody else holds."""
        return self.database.locks.try_take(self, (*ADVISORY, (self.schema, key)))

    def put(self, table: str, key: Hashable, /, **values: Any) -> Row:
        """Change or make a row that it holds."""
        assert (self.schema, table, key) in self.held, f"{table} {key!r} is written without its lock"
        row = {**(self.get(table, key) or {}), **values}
        self.changes.setdefault((self.schema, table), {})[key] = row
        return row

    def append(self, table: str, /, **values: Any) -> Row:
        """A row with a number of its own."""
        _ = self.xid
        key = self.database.draw_id(self.schema, table)
        row = {"id": key, **values}
        self.changes.setdefault((self.schema, table), {})[key] = row
        return row

    async def insert(self, table: str, key: Hashable, /, **values: Any) -> Row:
        """A row whose key must be new: waits for whoever is just making one of that key."""
        if await self.lock(table, key) is not None:
            raise asyncpg.UniqueViolationError(f"duplicate key value violates unique constraint of {table}")
        return self.put(table, key, **values)

    async def insert_missing(self, table: str, key: Hashable, /, **values: Any) -> bool:
        """ON CONFLICT DO NOTHING: a row that is there already is not locked; tells whether it is new."""
        if self.get(table, key) is not None or await self.lock(table, key) is not None:
            return False
        self.put(table, key, **values)
        return True

    def delete(self, table: str, key: Hashable) -> None:
        """Remove a row."""
        _ = self.xid
        self.changes.setdefault((self.schema, table), {})[key] = GONE

    def now(self) -> datetime:
        """The database's clock."""
        return EPOCH + timedelta(seconds=asyncio.get_running_loop().time())

    def commit(self) -> None:
        """Make the changes visible, all at once."""
        if self.failed:
            self.rollback()
            return
        for place, changed in self.changes.items():
            table = self.database.table(*place)
            for key, row in changed.items():
                if row is GONE:
                    table.pop(key, None)
                else:
                    table[key] = row
        self._end()
        for observer in self.database.observers:
            observer(self)
        for channel in self.channels:
            self.database.notify(channel)

    def rollback(self) -> None:
        """Forget the changes."""
        self.changes.clear()
        self._end()

    def _end(self) -> None:
        if self._xid is not None:
            self.database.running.pop(self._xid, None)
        self.database.locks.release(self)
