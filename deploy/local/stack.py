"""The broker and the database that everything runs on when nobody gave others: started together, stopped together."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import kafka, postgres
from deploy.local.child import POLL_SECONDS, Child
from deploy.local.errors import StackError
from deploy.local.jars import ensure_jars
from deploy.local.lock import LOCK, STATE, State, clear_leftovers, locked, read_state, running_state, write_state
from deploy.local.places import home_of, prepare_place
from deploy.local.preflight import LOOPBACK, check_room, choose_port
from deploy.local.settings import LocalSettings

STOP_SECONDS = 8.0  # after which a child is killed; with that, a stop takes at most ten
REACH_SECONDS = 5.0
# all that a stack makes in its data folder
OWN = ("kafka", "postgres", "logs", "postgres.password", STATE, LOCK)
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Stack:
    """A broker and a database that answer.

    `owns_…` says which of them we started, and only then is there a pid. `database_url` is that of a superuser.
    """

    kafka_bootstrap: str
    database_url: str
    data: Path
    broker: Child | None = field(default=None, repr=False)
    database: Child | None = field(default=None, repr=False)

    @property
    def owns_kafka(self) -> bool:
        """Whether the broker is a child of ours."""
        return self.broker is not None

    @property
    def owns_postgres(self) -> bool:
        """Whether the database is a child of ours."""
        return self.database is not None

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
                if child.process.poll() is not None:
                    return child.death()
            await asyncio.sleep(POLL_SECONDS * 10)


@asynccontextmanager
async def embedded_stack(data: Path, *, progress: Progress) -> AsyncIterator[Stack]:
    """A running stack with its data in `data`; KAFKA_BOOTSTRAP and DATABASE_URL, when set, are used instead.

    On the way out what we started is stopped, within ten seconds. Enter it in the main thread: on Linux the children
    end with the thread that started them. Raises StackError, which says what to do.
    """
    settings = LocalSettings()
    if settings.kafka_bootstrap and settings.database_url:
        await _check_given(settings)
        yield Stack(settings.kafka_bootstrap, settings.database_url, data)
        return
    data = _make_folder(data)
    with locked(data):
        check_room(data)
        await asyncio.to_thread(clear_leftovers, markers(data), progress)
        started: list[Child] = []
        try:
            yield await _start(data, settings, progress, started)
        finally:
            progress("stopping")
            await asyncio.gather(*(child.stop(STOP_SECONDS) for child in started))
            progress("stopped; the data stays in " + str(data))


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
    with locked(data):
        clear_leftovers(markers(data), progress)
        for path in (home_of(data), *(data / name for name in OWN)):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        progress(f"removed the data of {data}")
    if not any(data.iterdir()):
        data.rmdir()


def markers(data: Path) -> list[str]:
    """The command line arguments by which this folder's broker and database are known among processes."""
    return [kafka.marker(data / "kafka"), postgres.marker(data / "postgres"), postgres.marker(home_of(data))]


async def _start(data: Path, settings: LocalSettings, progress: Progress, started: list[Child]) -> Stack:
    """Start what was not given, both at once; every child that runs is in `started`, also when this raises."""
    await _check_given(settings)
    former = read_state(data)
    try:
        async with asyncio.TaskGroup() as group:
            broker = group.create_task(_broker(data, settings, former, progress, started))
            database = group.create_task(_database(data, settings, former, progress, started))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    bootstrap, kafka_child = broker.result()
    url, postgres_child = database.result()
    stack = Stack(bootstrap, url, data, kafka_child, postgres_child)
    write_state(data, State(os.getpid(), bootstrap, url, stack.kafka_pid, stack.postgres_pid))
    return stack


async def _broker(
    data: Path, settings: LocalSettings, former: State | None, progress: Progress, started: list[Child]
) -> tuple[str, Child | None]:
    if settings.kafka_bootstrap:
        return settings.kafka_bootstrap, None
    port = choose_port("HC_KAFKA_PORT", settings.kafka_port, former.kafka_port if former else None)
    jars = await ensure_jars(settings.cache.resolve(), progress)
    child = await kafka.start_kafka(data / "kafka", data / "logs" / "kafka.log", jars, port, progress)
    started.append(child)
    return f"{LOOPBACK}:{port}", child


async def _database(
    data: Path, settings: LocalSettings, former: State | None, progress: Progress, started: list[Child]
) -> tuple[str, Child | None]:
    if settings.database_url:
        return settings.database_url, None
    port = choose_port("HC_POSTGRES_PORT", settings.postgres_port, former.postgres_port if former else None)
    place = prepare_place(data, progress)
    password = postgres.read_password(data)
    child = await postgres.start_postgres(place, data / "logs" / "postgres.log", password, port, progress)
    started.append(child)
    return postgres.url(password, port), child


def _make_folder(data: Path) -> Path:
    path = data.resolve()
    path.mkdir(parents=True, exist_ok=True)
    return path


async def _check_given(settings: LocalSettings) -> None:
    if settings.kafka_bootstrap and not await kafka.answers(settings.kafka_bootstrap, REACH_SECONDS):
        raise StackError(
            f"No broker answers at KAFKA_BOOTSTRAP={settings.kafka_bootstrap}; start it, correct the address, "
            "or unset the variable to use the embedded one.",
            f"KAFKA_BOOTSTRAP={settings.kafka_bootstrap} 没有响应;请启动它、更正地址,或取消该变量以使用内置 Kafka。",
        )
    if settings.database_url and not await postgres.answers(settings.database_url, REACH_SECONDS):
        raise StackError(
            "No database answers at the address in DATABASE_URL; start it, correct the address, "
            "or unset the variable to use the embedded one.",
            "DATABASE_URL 指向的数据库没有响应;请启动该服务、更正地址,或取消该变量以使用内置 PostgreSQL。",
        )
