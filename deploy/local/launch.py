"""Starting and stopping the children of one stack."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local import kafka, postgres
from deploy.local.child import Child
from deploy.local.guard import Guard
from deploy.local.jars import ensure_jars
from deploy.local.lock import clear_leftovers
from deploy.local.places import home_of, prepare_place

STOP_SECONDS = 7.0  # after which a child is killed: with that and the wait for its end, a stop takes at most ten
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Launcher:
    """Knows the folders of one stack, and every child started in them, so that each is stopped."""

    data: Path
    cache: Path
    progress: Progress
    guard: Guard | None = None
    started: list[Child] = field(default_factory=list)

    async def broker(self, port: int) -> Child:
        """A broker that answers on `port`; raises StackError when there is none to be had."""
        jars = await ensure_jars(self.cache, self.progress)
        log = self.data / "logs" / "kafka.log"
        child = await kafka.start_kafka(self.data / "kafka", log, jars, port, self.progress, self.guard)
        self.started.append(child)
        return child

    async def database(self, port: int) -> Child:
        """A database that answers on `port`; raises StackError when there is none to be had."""
        place = prepare_place(self.data, self.progress)
        log = self.data / "logs" / "postgres.log"
        child = await postgres.start_postgres(place, log, self.password(), port, self.progress)
        self.started.append(child)
        return child

    def password(self) -> str:
        """The database superuser's."""
        return postgres.read_password(self.data)

    async def stop(self) -> None:
        """Stop all that runs, at once and in bounded time."""
        if not self.started:
            return
        self.progress("stopping")
        await asyncio.gather(*(child.stop(STOP_SECONDS) for child in self.started))
        self.progress(f"stopped; the data stays in {self.data}")


def clear_broker(data: Path, progress: Progress) -> None:
    """Stop what is left of an earlier broker of this folder; call it holding the lock."""
    clear_leftovers([kafka.marker(data / "kafka")], progress)


def clear_database(data: Path, progress: Progress) -> None:
    """As `clear_broker`, for the database: its workers outlive a killed server for a moment and hold its memory."""
    clear_leftovers([postgres.marker(data / "postgres"), postgres.marker(home_of(data))], progress)
