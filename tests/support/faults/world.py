"""The region under test: a broker and a database of its own, a process for each role, and the load on it."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from chassis.points import Action, Point
from deploy.local.child import Child
from deploy.local.stack import Stack
from tests.support import topics
from tests.support.database import rows
from tests.support.faults.books import Books, check
from tests.support.faults.load import PEOPLE, PER_SECOND, Act, Load
from tests.support.faults.table import Result, write_down
from tests.support.faults.watch import Watch
from tests.support.polling import eventually
from tests.support.region import RegionProcesses

REGION: Final = "320000"
ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "api": ("services", "--region", REGION, "api"),
    "declaration": ("services.declaration", "worker", "relay"),
    "audit.worker": ("services.audit", "worker"),
    "audit.relay": ("services.audit", "relay"),
    "issuer": ("services.issuer", "worker", "relay"),
}
OTHERS: Final[Mapping[str, tuple[str, ...]]] = {
    "audit.intake": ("services.audit", "intake"),
    "recognition": ("services.recognition", "worker", "relay"),
}
"""Run only where they are asked for: all else goes on without them."""
BEFORE_SECONDS: Final = 1.0
AFTER_SECONDS: Final = 1.0
DEATH_SECONDS: Final = 240
RECOVERY_SECONDS: Final = 240


@dataclass
class World:
    """All that a fault may hit.

    `run` runs a coroutine in the main thread, whose children the servers are; `mounted` is unmounted after their end.
    """

    stack: Stack
    region: RegionProcesses
    run: Callable[..., Stack]
    mounted: list[Path]
    accepted: list[Act] = field(default_factory=list)
    wrong: set[str] = field(default_factory=set)
    replayed: set[str] = field(default_factory=set)
    people: int = 0

    def kill_server(self, child: Child) -> None:
        """SIGKILL for the broker or the database, which is gone when this returns."""
        child.process.kill()
        child.process.wait(DEATH_SECONDS)

    def stop_server(self, child: Child, number: int = signal.SIGINT) -> None:
        """End the broker or the database in good order."""
        child.process.send_signal(number)
        child.process.wait(DEATH_SECONDS)

    def also(self, *names: str) -> None:
        """Run some of the others, too, and wait until they have their partitions."""
        read = {name: len(self.log(name)) for name in names}
        for name in names:
            self.region.spawn(name, *OTHERS[name])
        eventually(
            "partitions for all",
            lambda: all("partitions_claimed" in self.log(name)[at:] for name, at in read.items()),
            DEATH_SECONDS,
        )

    def log(self, name: str) -> str:
        """What the processes of a name have written so far."""
        path = self.region.folder / f"{name}.log"
        return path.read_text("utf-8") if path.exists() else ""

    def broker(self) -> Child:
        """The broker's process."""
        assert self.stack.broker
        return self.stack.broker

    def database(self) -> Child:
        """The database's main process."""
        assert self.stack.database
        return self.stack.database

    def revive(self) -> None:
        """Start the broker and the database again where they are dead."""
        self.stack = self.run(self.stack.revive())

    def arm(self, name: str, scope: str, point: Point, nth: int, action: Action) -> None:
        """Start a process anew that is to fail there."""
        self.restart(name, {"HC_FAIL_POINT": f"{scope}:{point}:{nth}:{action}"})

    def end(self, name: str) -> None:
        """End a process in good order."""
        process = self.region.running.pop(name)
        for number in (signal.SIGCONT, signal.SIGTERM):
            process.send_signal(number)
        process.wait(DEATH_SECONDS)

    def restart(self, name: str, more: Mapping[str, str] | None = None) -> None:
        """End a process in good order, and start it again."""
        self.end(name)
        self.region.spawn(name, *ROLES[name], more=more)

    def as_they_end(self, names: Collection[str]) -> Iterator[tuple[str, int]]:
        """Each process once it has ended by itself, and its exit code: one that is dead may starve the others."""
        left = {name: self.region.running[name] for name in names}
        while left:
            name = eventually(
                f"an end of one of {sorted(left)}",
                lambda: next((name for name, process in left.items() if process.poll() is not None), None),
                DEATH_SECONDS,
            )
            self.region.running.pop(name)
            yield name, left.pop(name).returncode

    def until_stopped(self, name: str) -> None:
        """Wait until a process stands still."""
        status = Path(f"/proc/{self.region.running[name].pid}/stat")
        eventually(f"{name} stands still", lambda: status.read_text().rpartition(") ")[2][0] == "T")

    def all_run(self) -> None:
        """Start what does not run: a test before may have failed half-way."""
        self.revive()
        for name in set(self.region.running) - set(ROLES):
            self.end(name)
        for name, arguments in ROLES.items():
            process = self.region.running.get(name)
            if process is None or process.poll() is not None:
                self.region.running.pop(name, None)
                self.region.spawn(name, *arguments)
            else:
                os.kill(process.pid, signal.SIGCONT)
        self.region.wait_ready()


@dataclass
class Trial:
    """One fault under load."""

    world: World
    fault: str
    load: Load
    watch: Watch
    since: float = 0.0

    def begin(self) -> None:
        """From the first call on what is late is counted as the fault's doing."""
        self.since = self.since or time.monotonic()

    def recovered(self, tried: int = 1, replayed: Collection[str] = ()) -> Books:
        """All that was accepted is out; the books, which are written down as a result.

        `replayed`: ids of declarations that were set aside by the fault and sent again by hand.
        """
        time.sleep(AFTER_SECONDS)  # some load after it, to see it flow
        self.load.stop()
        self.watch.until_out(self.load.accepted, RECOVERY_SECONDS)
        self.world.accepted += self.load.accepted
        settle(self.world.region)
        self.world.replayed |= set(replayed)
        books = check(self.world.region, self.world.accepted, self.world.replayed).but(self.world.wrong)
        self.world.wrong |= books.entries()
        seconds = self.watch.seconds_until_normal(self.load.accepted, self.since)
        write_down(
            Result(self.fault, tried, len(books.lost), len(books.doubled), len(books.disordered), round(seconds, 1))
        )
        return books


def flows(load: Load, watch: Watch) -> bool:
    """Whether something accepted has its outcome."""
    return any(act.id in watch.seen for act in list(load.accepted))


@contextlib.contextmanager
def trial(world: World, fault: str, *, per_second: int = PER_SECOND, people: int = PEOPLE) -> Iterator[Trial]:
    """Load on a region that works, and somebody who watches."""
    world.all_run()
    load = Load(world.region, world.people, per_second, people)
    world.people += 1000
    with Watch.of(world.region) as watch:
        load.start()
        try:
            eventually("the load flows", lambda: flows(load, watch), RECOVERY_SECONDS)
            time.sleep(BEFORE_SECONDS)  # some load before it
            yield Trial(world, fault, load, watch)
        except BaseException:
            load.give_up()
            take_stock(world, load)
            raise


def take_stock(world: World, load: Load) -> None:
    """After a failure: what is wrong now is not the next fault's doing."""
    world.accepted += [act for act in load.accepted if act not in world.accepted]
    with contextlib.suppress(Exception):
        world.all_run()
        time.sleep(AFTER_SECONDS)
        world.wrong |= check(world.region, world.accepted, world.replayed).entries()


def settle(region: RegionProcesses) -> None:
    """Wait until no outbox holds anything and no worker is behind: what officers did is out, too."""

    def done() -> bool:
        found = rows(region.database_url)
        if any(waiting for name, waiting in found.items() if name.endswith(".outbox")):
            return False
        stored = {
            (row["topic"], row["partition"]): row["next_offset"]
            for name in ("audit.stream_offset", "issuer.stream_offset")
            for row in found[name]
            if row["consumer"] in {"review", "findings"}
        }
        ends = topics.ends(region.environment["KAFKA_BOOTSTRAP"], {topic for topic, _ in stored})
        return all(end == 0 or stored.get(place) == end for place, end in ends.items())

    eventually("a region in which nothing is under way", done, RECOVERY_SECONDS)
