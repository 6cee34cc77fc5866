"""The server: sessions that run statements beside their clients, and may end in the middle of one."""

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from typing import Any, Protocol

import asyncpg

from tests.twins.database.engine import Database, Transaction

Work = Callable[[Transaction], Coroutine[Any, Any, Any]]
AWAY = "connection was closed in the middle of operation"


class Delays(Protocol):
    """How long things take; a simulation has them drawn."""

    def way(self) -> float:
        """Seconds from client to server, or back."""
        ...

    def storage(self) -> float:
        """Seconds that a commit waits for the disk."""
        ...


class Client(Protocol):
    """Whose connections they are."""

    def check(self) -> None:
        """Raises when the client is dead: it can ask for nothing more."""
        ...


class Alive:
    """A client that lives as long as its test."""

    def check(self) -> None: ...


class NoDelays:
    """Everything takes its turn and no time."""

    def way(self) -> float:
        return 0.0

    def storage(self) -> float:
        return 0.0


class Server:
    """A database that clients reach over a network. What it does, it does in `context`, not in a client's."""

    def __init__(self, database: Database, *, delays: Delays | None = None, context: Context | None = None) -> None:
        self.database = database
        self.delays = delays or NoDelays()
        self.context = context or Context()
        self.sessions: dict[Session, None] = {}
        self.is_up = True
        database.notify = self._notify

    def open(self, schema: str, owner: Client) -> "Session":
        """A session of somebody's. Raises ConnectionRefusedError while the server is away."""
        if not self.is_up:
            raise ConnectionRefusedError("the database is away")
        session = Session(self, schema, owner)
        self.sessions[session] = None
        return session

    def of(self, owner: Client) -> list["Session"]:
        """Somebody's sessions."""
        return [session for session in self.sessions if session.owner is owner]

    def restart(self) -> None:
        """End every session, as a restart does."""
        for session in list(self.sessions):
            session.end(asyncpg.AdminShutdownError("terminating connection due to administrator command"))

    def _notify(self, channel: str) -> None:
        loop = asyncio.get_running_loop()
        for session in list(self.sessions):
            for listener in session.listeners.get(channel, {}):
                loop.call_later(self.delays.way(), session.tell, listener, context=session.client)


class Session:
    """One connection as the server has it; `client` is the context that its notifications are heard in."""

    def __init__(self, server: Server, schema: str, owner: Client) -> None:
        self.server = server
        self.schema = schema
        self.owner = owner
        self.transaction: Transaction | None = None
        self.ended: Exception | None = None
        self.listeners: dict[str, dict[Callable[[], None], None]] = {}
        self.on_end: dict[Callable[[], None], None] = {}
        self.client: Context | None = None
        self._job: _Job | None = None
        self._forsaken = False

    def submit(self, work: Work, *, commits: bool = False) -> "asyncio.Future[Any]":
        """Have the server do something; the future is the client's."""
        if self.ended is not None or self._forsaken:
            raise asyncpg.InterfaceError("connection is closed")
        job = _Job(self, work, commits=commits)
        self._job = job
        return job.answer

    def end(self, why: Exception) -> None:
        """Cut it: what is open is rolled back, what is being done is left undone, whoever waits is told."""
        if self.ended is not None:
            return
        self.ended = why
        self.server.sessions.pop(self, None)
        job, self._job = self._job, None
        if job is not None:
            job.abort()
        if self.transaction is not None:
            self.transaction.rollback()
            self.transaction = None
        self.listeners.clear()
        told, self.on_end = self.on_end, {}
        for listener in told:
            asyncio.get_running_loop().call_soon(listener, context=self.client)

    def done(self) -> bool:
        """The job is done; tells whether anybody wants its answer."""
        self._job = None
        if self._forsaken:
            self.end(ConnectionResetError(AWAY))
        return self.ended is None

    def forsake(self) -> None:
        """The client is gone. The server ends what it is doing before it notices."""
        if self._job is None:
            self.end(ConnectionResetError(AWAY))
        else:
            self._forsaken = True

    def end_if_idle(self) -> None:
        """What the server does with a transaction that nobody goes on with."""
        if self.transaction is not None and self._job is None:
            self.end(asyncpg.IdleInTransactionSessionTimeoutError("terminating connection"))

    def tell(self, listener: Callable[[], None]) -> None:
        """A notification arrives, if anybody still listens."""
        if any(listener in known for known in self.listeners.values()):
            listener()


class _Job:
    """Something that the server does for a session: the request arrives, is worked on, waits for the disk, is answered.

    Nothing of it is a task, so that a million of them take seconds.
    """

    def __init__(self, session: Session, work: Work, *, commits: bool) -> None:
        self._loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[Any] = self._loop.create_future()
        self._session = session
        self._delays = session.server.delays
        self._work = work
        self._commits = commits
        self._transaction: Transaction | None = None
        self._doing: Coroutine[Any, Any, Any] | None = None
        self._result: object = None
        self._failure: Exception | None = None
        self._aborted = False
        self._later(self._delays.way(), self._arrive)

    def _later(self, seconds: float, step: Callable[[], None]) -> None:
        self._loop.call_later(seconds, self._unless_aborted, step, context=self._session.server.context)

    def _unless_aborted(self, step: Callable[[], None]) -> None:
        if not self._aborted:
            step()

    def _arrive(self) -> None:
        session = self._session
        self._transaction = session.transaction or session.server.database.begin(session.schema)
        if self._transaction.failed and not self._commits:
            self._finish(asyncpg.InFailedSQLTransactionError("current transaction is aborted"))
        elif self._commits and self._transaction.has_written:
            self._later(self._delays.storage(), self._begin)
        else:
            self._begin()

    def _begin(self) -> None:
        assert self._transaction is not None
        self._doing = self._work(self._transaction)
        self._go_on(None)

    def _go_on(self, _: object) -> None:
        """Up to where it waits for a lock, or to the end."""
        if self._aborted or self._doing is None:
            return
        try:
            waiting = self._doing.send(None)
        except StopIteration as done:
            self._result = done.value
            self._finish(None)
        except Exception as failure:  # noqa: BLE001 - it is the client's
            self._finish(failure)
        else:
            waiting.add_done_callback(self._go_on, context=self._session.server.context)

    def _finish(self, failure: Exception | None) -> None:
        """What stands alone commits by itself."""
        transaction = self._transaction
        assert transaction is not None
        self._failure = failure
        transaction.failed = transaction.failed or failure is not None
        alone = self._session.transaction is not transaction and not self._commits
        if alone and transaction.has_written and failure is None:
            self._later(self._delays.storage(), self._commit)
        elif alone:
            self._commit()
        else:
            self._later(self._delays.way(), self._reply)

    def _commit(self) -> None:
        assert self._transaction is not None
        self._transaction.commit()
        self._later(self._delays.way(), self._reply)

    def _reply(self) -> None:
        if not self._session.done() or self.answer.done():
            return
        if self._failure is None:
            self.answer.set_result(self._result)
        else:
            self.answer.set_exception(self._failure)
            self.answer.exception()

    def abort(self) -> None:
        """Leave it undone."""
        self._aborted = True
        if self._doing is not None:
            self._doing.close()
        if self._transaction is not None and self._transaction is not self._session.transaction:
            self._transaction.rollback()
        if not self.answer.done():
            self.answer.set_exception(asyncpg.ConnectionDoesNotExistError(AWAY))
            self.answer.exception()  # a client that is dead hears nothing of it
