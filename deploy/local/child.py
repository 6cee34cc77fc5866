"""One child process: started in a session of its own, told to die with us, stopped in bounded time."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import StackError

POLL_SECONDS = 0.05
KILL_SECONDS = 2.0
TAIL_LINES = 15
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Child:
    """A running broker or database.

    `stop_signal` is what makes it stop cleanly; `log` is where its output goes.
    """

    name: str
    process: subprocess.Popen[bytes]
    stop_signal: signal.Signals
    log: Path

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def death(self) -> StackError:
        """What to tell when it ended by itself: its exit code, the end of its log, and where the log is."""
        code = self.process.poll()
        return StackError(
            f"{self.name} ended by itself (exit code {code}); read {self.log}, whose last lines are:\n{tail(self.log)}",
            f"{self.name} 意外退出(退出码 {code}),请查看日志 {self.log}。",
        )

    def check(self) -> None:
        """Raise StackError when it is not running any more."""
        if not self.is_alive():
            raise self.death()

    async def stop(self, seconds: float) -> None:
        """Ask it to stop; after `seconds` kill it."""
        if self.is_alive():
            self.process.send_signal(self.stop_signal)
            if not await self._ended(seconds):
                self.process.kill()
                await self._ended(KILL_SECONDS)

    async def _ended(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.is_alive():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(POLL_SECONDS)
        return True


def start(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    stop_signal: signal.Signals,
    user: str | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path,
) -> Child:
    """Start `command` in a session of its own, so that Ctrl-C in the terminal reaches only us.

    On Linux it also gets `stop_signal` when the thread that started it ends: call this from the main thread.
    """
    if log.exists():
        log.replace(log.with_suffix(".previous.log"))
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the commands are our own
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent(stop_signal),  # noqa: PLW1509 - one system call, nothing is allocated in it
            user=user,
            group=user,
            extra_groups=[] if user else None,
            env=dict(env) if env is not None else None,
            cwd=cwd,
        )
    return Child(name, process, stop_signal, log)


class _ParentDeath:
    """Called in the child between fork and exec; the library is loaded before, in the parent."""

    def __init__(self, number: int) -> None:
        self._prctl = ctypes.CDLL(None).prctl
        self._number = number
        self._parent = os.getpid()

    def __call__(self) -> None:
        self._prctl(_PR_SET_PDEATHSIG, self._number)
        if os.getppid() != self._parent:  # it died in between
            os.kill(os.getpid(), self._number)


def _die_with_parent(stop_signal: signal.Signals) -> _ParentDeath | None:
    return _ParentDeath(int(stop_signal)) if sys.platform == "linux" else None


def tail(log: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log, or a remark that there is none."""
    if not log.exists():
        return "(no log)"
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) or "(empty)"
