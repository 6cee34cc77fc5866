import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from deploy.local import lock
from deploy.local.errors import StackError
from deploy.local.lock import STATE, State, clear_leftovers, leftovers, locked, read_state, running_state, write_state

HOLD = """
import sys, pathlib
from deploy.local.lock import locked
with locked(pathlib.Path(sys.argv[1]), print):
    print("held", flush=True)
    sys.stdin.read()
"""
SLEEP = "import sys, signal; print('up', flush=True); signal.pause()"
DEAF = "import sys, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"


@pytest.fixture
def python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a program and waits for its first line; kills what still runs when the test ends."""
    with ExitStack() as running:

        def start(program: str, *arguments: str) -> subprocess.Popen[str]:
            command = [sys.executable, "-c", program, *arguments]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            running.enter_context(process)
            running.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline()
            return process

        yield start


@pytest.fixture
def holder(python: Callable[..., subprocess.Popen[str]], tmp_path: Path) -> subprocess.Popen[str]:
    return python(HOLD, str(tmp_path))


def _state(pid: int) -> State:
    return State(pid, "127.0.0.1:9092", "postgresql://postgres:p@127.0.0.1:5432/postgres", 1, 2)


def test_a_second_stack_on_a_live_folder_is_told_the_pid(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    with pytest.raises(StackError, match=f"process {holder.pid}"), locked(tmp_path, print):
        pytest.fail("two hold the same folder")


def test_a_killed_holder_leaves_a_lock_that_is_cleared_and_told(holder: subprocess.Popen[str], tmp_path: Path) -> None:
    holder.kill()
    holder.wait()
    lines: list[str] = []
    with locked(tmp_path, lines.append):
        assert (tmp_path / lock.LOCK).read_text() == str(os.getpid())
    assert f"process {holder.pid}" in lines[0]


def test_a_clean_end_leaves_nothing_to_tell(tmp_path: Path) -> None:
    lines: list[str] = []
    for _ in range(2):
        with locked(tmp_path, lines.append):
            pass
    assert not lines


def test_the_state_is_read_back_and_only_by_its_owner(tmp_path: Path) -> None:
    write_state(tmp_path, _state(7))
    assert read_state(tmp_path) == _state(7)
    assert stat.S_IMODE((tmp_path / STATE).stat().st_mode) == 0o600
    assert (_state(7).kafka_port, _state(7).postgres_port) == (9092, 5432)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}'])
def test_a_damaged_state_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / STATE).write_text(text)
    assert read_state(tmp_path) is None


def test_a_state_counts_as_running_only_while_its_writer_holds_the_folder(
    holder: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert running_state(tmp_path) is None
    write_state(tmp_path, _state(holder.pid + 1))
    assert running_state(tmp_path) is None, "written by an earlier start"
    write_state(tmp_path, _state(holder.pid))
    assert running_state(tmp_path) == _state(holder.pid)
    holder.kill()
    holder.wait()
    assert running_state(tmp_path) is None


@pytest.mark.parametrize("program", [SLEEP, DEAF], ids=["listens", "is deaf"])
def test_a_left_over_child_is_stopped_even_when_it_does_not_listen(
    python: Callable[..., subprocess.Popen[str]], tmp_path: Path, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "LEFTOVER_SECONDS", 0.3)
    marker = str(tmp_path / "server.properties")
    ours, foreign = python(program, marker), python(SLEEP, marker + ".other")
    lines: list[str] = []
    clear_leftovers([marker], lines.append)
    assert not psutil.pid_exists(ours.pid)
    assert f"process {ours.pid}" in lines[0]
    assert foreign.poll() is None, "not ours, so not touched"
    assert not leftovers([marker])
