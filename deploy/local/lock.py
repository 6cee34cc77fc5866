"""One stack per data folder, and nothing of an earlier one left running in it."""

import fcntl
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import psutil

from deploy.local.errors import StackError

LOCK = "stack.lock"
STATE = "stack.json"
LEFTOVER_SECONDS = 5.0


@dataclass(frozen=True)
class State:
    """What a running stack writes down for `reach`, and the next start for its ports."""

    kafka_bootstrap: str
    database_url: str

    @property
    def kafka_port(self) -> int | None:
        """The broker's port."""
        return urlsplit(f"kafka://{self.kafka_bootstrap.split(',')[0]}").port

    @property
    def postgres_port(self) -> int | None:
        """The database's port."""
        return urlsplit(self.database_url).port


@contextmanager
def locked(data: Path) -> Iterator[None]:
    """Hold the data folder; the kernel lets go when the holder dies, however it dies.

    Raises StackError with the holder's pid when another live process has it.
    """
    with (data / LOCK).open("a+") as file:
        if not _try_lock(file):
            file.seek(0)
            holder = file.read().strip() or "?"
            raise StackError(
                f"A stack is already running on {data} (process {holder}); use it "
                "(`python -m deploy.local reach`), stop it, or set HC_DATA to another folder.",
                f"{data} 上已有一个正在运行的实例(进程 {holder});请直接使用"
                "(`python -m deploy.local reach`)、先停止它,或将 HC_DATA 设为其他文件夹。",
            )
        file.truncate(0)
        file.write(str(psutil.Process().pid))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def is_locked(data: Path) -> bool:
    """Whether a live process holds the data folder."""
    if not (data / LOCK).exists():
        return False
    with (data / LOCK).open("a+") as file:
        return not _try_lock(file)


def _try_lock(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def read_state(data: Path) -> State | None:
    """What the last start wrote down; None when nothing readable is there."""
    try:
        return State(**json.loads((data / STATE).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def write_state(data: Path, state: State) -> None:
    """Write it so that only the owner can read it: the database's password is in it."""
    path = data / STATE
    path.touch(mode=0o600)
    path.write_text(json.dumps(asdict(state), indent=1))


def leftovers(markers: Sequence[str]) -> list[psutil.Process]:
    """Processes with one of these as a whole argument of their command line.

    A marker names a path inside the data folder, so another stack's processes, or a recycled pid, never match.
    """
    wanted = set(markers)
    return [process for process in psutil.process_iter(["cmdline"]) if wanted & set(process.info["cmdline"] or ())]


def clear_leftovers(markers: Sequence[str], progress: Callable[[str], None]) -> None:
    """Stop what an earlier stack on this folder left running; call it holding the lock."""
    found = leftovers(markers)
    for process in found:
        progress(f"stopping process {process.pid} ({process.name()}), left over by an earlier start")
        process.terminate()
    _, alive = psutil.wait_procs(found, timeout=LEFTOVER_SECONDS)
    for process in alive:
        process.kill()
    psutil.wait_procs(alive, timeout=LEFTOVER_SECONDS)
