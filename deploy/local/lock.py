"""One stack per data folder, and nothing of an earlier one left running in it."""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import psutil

from deploy.local.errors import StackError

LOCK = "stack.lock"
STATE = "stack.json"
LEFTOVER_SECONDS = 3.0
# whoever asks whether the folder is held must hold it for an instant
ATTEMPTS = 5
ATTEMPT_SECONDS = 0.1


@dataclass(frozen=True)
class State:
    """What a running stack writes down: its addresses for `reach`, and so the ports for the next start.

    A pid is None when the server was given and is not ours.
    """

    pid: int
    kafka_bootstrap: str
    database_url: str
    kafka_pid: int | None
    postgres_pid: int | None

    @property
    def kafka_port(self) -> int | None:
        """The broker's port."""
        return urlsplit(f"kafka://{self.kafka_bootstrap.split(',')[0]}").port

    @property
    def postgres_port(self) -> int | None:
        """The database's port."""
        return urlsplit(self.database_url).port


@contextmanager
def locked(data: Path, progress: Callable[[str], None]) -> Iterator[None]:
    """Hold the data folder; the kernel lets go when the holder dies, however it dies.

    Raises StackError with the holder's pid when another live process has it, or when the folder is not ours to write.
    """
    with _open(data) as file:
        if not _try_lock(file, ATTEMPTS):
            holder = _holder(file)
            raise StackError(
                f"A stack is already running on {data} (process {holder or '?'}); use it "
                "(`python -m deploy.local reach`), stop it, or set HC_DATA to another folder.",
                f"{data} 上已有一个正在运行的实例(进程 {holder or '?'});请直接使用"
                "(`python -m deploy.local reach`)、先停止它,或将 HC_DATA 设为其他文件夹。",
            )
        if gone := _holder(file):
            progress(f"cleared the lock of process {gone}, which ended without stopping its stack")
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def running_state(data: Path) -> State | None:
    """What the live stack on this folder wrote down; None when none lives, or it is still starting."""
    if not (data / LOCK).exists():
        return None
    with _open(data) as file:
        if _try_lock(file, 1):
            return None
        state = read_state(data)
        return state if state and state.pid == _holder(file) else None


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
    """Processes of earlier stacks.

    They have a marker as a whole argument of their command line, or are workers that outlived their database server,
    which have the cluster as their working folder. A marker is a path inside the data folder, so another stack's
    processes, or a recycled pid, never match.
    """
    wanted = set(markers)
    return [
        process
        for process in psutil.process_iter(["name", "cmdline", "cwd"])
        if wanted & set(process.info["cmdline"] or ())
        or (process.info["name"] == "postgres" and process.info["cwd"] in wanted)
    ]


def clear_leftovers(markers: Sequence[str], progress: Callable[[str], None]) -> None:
    """Stop what an earlier stack on this folder left running, hung or not; call it holding the lock."""
    found = leftovers(markers)
    for process in found:
        progress(f"stopping process {process.pid} ({process.info['name']}), left over by an earlier start")
        with suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(found, timeout=LEFTOVER_SECONDS)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=LEFTOVER_SECONDS)


def _open(data: Path) -> IO[str]:
    try:
        return (data / LOCK).open("a+")
    except PermissionError as error:
        raise StackError(
            f"{data} belongs to another user; start as that user, or set HC_DATA to another folder.",
            f"{data} 属于其他用户;请以该用户身份启动,或将 HC_DATA 设为其他文件夹。",
        ) from error


def _holder(file: IO[str]) -> int | None:
    file.seek(0)
    text = file.read().strip()
    return int(text) if text.isdigit() else None


def _try_lock(file: IO[str], attempts: int) -> bool:
    for attempt in range(attempts):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt + 1 < attempts:
                time.sleep(ATTEMPT_SECONDS)
        else:
            return True
    return False
