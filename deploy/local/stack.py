"""The broker and the database that everything runs on when nobody gave others: started together, stopped together."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local import postgres
from deploy.local.child import Child
from deploy.local.errors import StackError
from deploy.local.given import check_given
from deploy.local.guard import Guard
from deploy.local.launch import Launcher, Progress, clear_broker, clear_database
from deploy.local.lock import LOCK, STATE, State, locked, read_state, running_state, write_state
from deploy.local.places import home_of
from deploy.local.preflight import LOOPBACK, check_room, choose_port
from deploy.local.settings import LocalSettings

FAILURE_POLL_SECONDS = 0.5
# all that a stack makes in its data folder
OWN = ("kafka", "postgres", "logs", "postgres.password", STATE, LOCK)


@dataclass(frozen=True)
class Stack:
    """A broker and a database that answer.

    `database_url` is that of a superuser. `broker` and `database` are the processes that are ours: None when the
    environment gave the address.
    """

    kafka_bootstrap: str
    database_url: str
    data: Path
    broker: Child | None = field(default=None, repr=False)
    database: Child | None = field(default=None, repr=False)
    launcher: Launcher | None = field(default=None, repr=False)
    guard: Guard | None = field(default=None, repr=False)
    """The users and their rights, when the broker is ours and asks who one is."""

    @property
    def kafka_pid(self) -> int | None:
        """The broker's process, when it is ours."""
        return self.broker.pid if self.broker else None

    @property
    def postgres_pid(self) -> int | None:
        """The database's main process, when it is ours."""
        return self.database.pid if self.database else None

    async def failure(self) -> StackError:
        """Wait until one of our children ends by itself, and return what to tell about it."""
        children = [child for child in (self.broker, self.database) if child]
        while True:
            for child in children:
                if not child.is_alive():
                    return child.death()
            await asyncio.sleep(FAILURE_POLL_SECONDS)

    async def revive(self) -> "Stack":
        """Start again, with its port and data, what of ours has died; returns the stack with the new processes."""
        broker, database, launcher = self.broker, self.database, self.launcher
        if launcher and broker and not broker.is_alive():
            await asyncio.to_thread(clear_broker, self.data, launcher.progress)
            broker = await launcher.broker(int(self.kafka_bootstrap.rpartition(":")[2]))
        if launcher and database and not database.is_alive():
            await asyncio.to_thread(clear_database, self.data, launcher.progress)
            database = await launcher.database(urlsplit(self.database_url).port or 0)
        revived = replace(self, broker=broker, database=database)
        _record(revived)
        return revived


@asynccontextmanager
async def embedded_stack(data: Path, *, progress: Progress) -> AsyncIterator[Stack]:
    """A running stack with its data in `data`; KAFKA_BOOTSTRAP and DATABASE_URL, when set, are used instead.

    On the way out what we started is stopped, within ten seconds. Enter it in the main thread: on Linux the children
    end with the thread that started them. Raises StackError, which says what to do.
    """
    settings = LocalSettings()
    await check_given(settings)
    if settings.kafka_bootstrap and settings.database_url:
        yield Stack(settings.kafka_bootstrap, settings.database_url, data)
        return
    data = _make_folder(data)
    with locked(data, progress):
        check_room(data)
        await asyncio.gather(
            asyncio.to_thread(clear_broker, data, progress), asyncio.to_thread(clear_database, data, progress)
        )
        launcher = Launcher(data, settings.cache.resolve(), progress, _guard(data, settings))
        try:
            yield await _start(launcher, settings)
        finally:
            await launcher.stop()


def reachable(settings: LocalSettings) -> Stack:
    """The addresses of what was given by the environment or runs on the data folder; StackError when nothing does."""
    state = running_state(settings.data.resolve())
    bootstrap = settings.kafka_bootstrap or (state.kafka_bootstrap if state else "")
    url = settings.database_url or (state.database_url if state else "")
    if not (bootstrap and url):
        raise StackError(
            f"Nothing runs on {settings.data}; start it with `python -m deploy.local up`.",
            f"{settings.data} 上没有正在运行的实例;请用 `python -m deploy.local up` 启动。",
        )
    return Stack(bootstrap, url, settings.data)


def remove_data(data: Path, progress: Progress) -> None:
    """Remove what stacks made in and for `data`, and nothing else that may be in it.

    Raises StackError when a stack runs on it.
    """
    data = data.resolve()
    if not data.exists():
        return
    with locked(data, progress):
        clear_broker(data, progress)
        clear_database(data, progress)
        for path in (home_of(data), *(data / name for name in OWN)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        progress(f"removed the data of {data}")
    if not any(data.iterdir()):
        data.rmdir()


async def _start(launcher: Launcher, settings: LocalSettings) -> Stack:
    """Start what was not given, both at once; the launcher knows every child that runs, also when this raises."""
    former = read_state(launcher.data)
    stack = Stack(
        settings.kafka_bootstrap, settings.database_url, launcher.data, launcher=launcher, guard=launcher.guard
    )
    broker = database = None
    try:
        async with asyncio.TaskGroup() as group:
            if not settings.kafka_bootstrap:
                port = choose_port("HC_KAFKA_PORT", settings.kafka_port, former.kafka_port if former else None)
                stack = replace(stack, kafka_bootstrap=f"{LOOPBACK}:{port}")
                broker = group.create_task(launcher.broker(port))
            if not settings.database_url:
                port = choose_port("HC_POSTGRES_PORT", settings.postgres_port, former.postgres_port if former else None)
                stack = replace(stack, database_url=postgres.url(launcher.password(), port))
                database = group.create_task(launcher.database(port))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    stack = replace(
        stack,
        broker=broker.result() if broker else None,
        database=database.result() if database else None,
    )
    _record(stack)
    return stack


def _guard(data: Path, settings: LocalSettings) -> Guard | None:
    return Guard.of(data / "kafka" / "access", settings.kafka_regions.split()) if settings.kafka_regions else None


def _record(stack: Stack) -> None:
    state = State(os.getpid(), stack.kafka_bootstrap, stack.database_url, stack.kafka_pid, stack.postgres_pid)
    write_state(stack.data, state)


def _make_folder(data: Path) -> Path:
    path = data.resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
        (path / "logs").mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise StackError(
            f"The data folder {path} cannot be made ({error.strerror}); set HC_DATA to another folder.",
            f"无法创建数据文件夹 {path}({error.strerror});请将 HC_DATA 设为其他文件夹。",
        ) from error
    return path
