"""What asyncpg gives its users: pools, connections, transactions, records. Only what is used is there."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

import asyncpg

from tests.twins.database import statements
from tests.twins.database.engine import Row, Transaction
from tests.twins.database.server import AWAY, Alive, Client, Server, Session, Work


class TwinRecord:
    """A row of an answer: values by name and by place, and iterated in order, as in asyncpg."""

    __slots__ = ("_row",)

    def __init__(self, row: Row) -> None:
        self._row = row

    def __getitem__(self, name: str | int) -> Any:
        return list(self._row.values())[name] if isinstance(name, int) else self._row[name]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._row.values())

    def __len__(self) -> int:
        return len(self._row)

    def keys(self) -> Iterable[str]:
        return self._row.keys()

    def __repr__(self) -> str:
        return f"<Record {dict(self._row)}>"


class TwinTransaction:
    """`connection.transaction()`."""

    def __init__(self, connection: "TwinConnection") -> None:
        self._connection = connection

    async def start(self) -> None:
        await self._connection.begin()

    async def commit(self) -> None:
        await self._connection.end_transaction(commit=True)

    async def rollback(self) -> None:
        await self._connection.end_transaction(commit=False)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self._connection.end_transaction(commit=kind is None)


class TwinConnection:
    """A connection of one client."""

    def __init__(self, session: Session) -> None:
        self.session = session
        session.client = contextvars.copy_context()

    @property
    def open_transaction(self) -> Transaction:
        """The transaction that the connection is in."""
        if self.session.transaction is None:
            raise RuntimeError("the connection is in no transaction")
        return self.session.transaction

    def is_closed(self) -> bool:
        return self.session.ended is not None

    def transaction(self) -> TwinTransaction:
        return TwinTransaction(self)

    async def begin(self) -> None:
        """BEGIN."""
        if self.session.transaction is not None:
            raise NotImplementedError("the twin has no savepoints")

        async def work(transaction: Transaction) -> None:
            self.session.transaction = transaction

        await self._ask(work)

    async def end_transaction(self, *, commit: bool) -> None:
        """COMMIT or ROLLBACK."""

        async def work(transaction: Transaction) -> None:
            self.session.transaction = None
            if commit:
                transaction.commit()
            else:
                transaction.rollback()

        if self.session.transaction is None:
            raise asyncpg.InterfaceError("connection is closed" if self.is_closed() else "there is no transaction")
        await self._ask(work, commits=True)

    async def fetch(self, query: str, *args: Any) -> list[TwinRecord]:
        found = await self._ask(lambda transaction: statements.run(transaction, query, args))
        if not isinstance(found, list):
            raise TypeError("the statement answers with no rows")
        return [TwinRecord(row) for row in found]

    async def fetchrow(self, query: str, *args: Any) -> TwinRecord | None:
        rows = await self.fetch(query, *args)
        return rows[0] if rows else None

    async def fetchval(self, query: str, *args: Any) -> Any:
        row = await self.fetchrow(query, *args)
        return None if row is None else row[0]

    async def execute(self, query: str, *args: Any) -> str:
        done = await self._ask(lambda transaction: statements.run(transaction, query, args))
        return f"DELETE {done}" if isinstance(done, int) else "OK"

    async def copy_records_to_table(
        self, table: str, *, records: Iterable[Sequence[Any]], columns: Sequence[str]
    ) -> None:
        rows = [dict(zip(columns, record, strict=True)) for record in records]
        await self._ask(lambda transaction: statements.copy(transaction, table, rows))

    async def add_listener(self, channel: str, callback: Callable[..., None]) -> None:
        async def work(_: Transaction) -> None:
            self.session.listeners.setdefault(channel, {})[callback] = None

        await self._ask(work)

    async def remove_listener(self, channel: str, callback: Callable[..., None]) -> None:
        async def work(_: Transaction) -> None:
            self.session.listeners.get(channel, {}).pop(callback, None)

        if not self.is_closed():
            await self._ask(work)

    def add_termination_listener(self, callback: Callable[..., None]) -> None:
        self.session.on_end[callback] = None

    def remove_termination_listener(self, callback: Callable[..., None]) -> None:
        self.session.on_end.pop(callback, None)

    async def _ask(self, work: Work, *, commits: bool = False) -> Any:
        self.session.owner.check()
        future = self.session.submit(work, commits=commits)
        try:
            return await future
        except asyncio.CancelledError:
            self.session.forsake()
            raise


class TwinPool:
    """Connections of one client to one schema, twelve at most."""

    def __init__(self, server: Server, schema: str, owner: Client | None = None, *, size: int = 12) -> None:
        self._server = server
        self._schema = schema
        self._owner = owner or Alive()
        self._free: list[TwinConnection] = []
        self._places = asyncio.Semaphore(size)

    def acquire(self) -> "_Acquired":
        return _Acquired(self)

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[TwinConnection]:
        """A connection, given back when the block ends; one that is closed or in a transaction is not used again."""
        async with self._places:
            connection = await self._connected()
            try:
                yield connection
            finally:
                session = connection.session
                if session.transaction is None and session.ended is None:
                    self._free.append(connection)
                else:
                    session.forsake()

    async def _connected(self) -> TwinConnection:
        self._owner.check()
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed():
                return connection
        await asyncio.sleep(self._server.delays.way())
        self._owner.check()
        return TwinConnection(self._server.open(self._schema, self._owner))

    async def fetch(self, query: str, *args: Any) -> list[TwinRecord]:
        async with self.lend() as connection:
            return await connection.fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> TwinRecord | None:
        async with self.lend() as connection:
            return await connection.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        async with self.lend() as connection:
            return await connection.fetchval(query, *args)

    async def execute(self, query: str, *args: Any) -> str:
        async with self.lend() as connection:
            return await connection.execute(query, *args)

    async def close(self) -> None:
        for connection in self._free:
            connection.session.end(ConnectionResetError(AWAY))


class _Acquired:
    """`async with pool.acquire()`."""

    def __init__(self, pool: TwinPool) -> None:
        self._lent = pool.lend()

    async def __aenter__(self) -> TwinConnection:
        return await self._lent.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._lent.__aexit__(kind, failure, traceback)
