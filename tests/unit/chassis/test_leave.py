import threading
from collections.abc import Iterator

import pytest

from chassis import leave
from chassis.leave import Leaving

SECONDS = 10


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    codes: list[int] = []
    monkeypatch.setattr(leave, "LEAVE_SECONDS", 0.05)
    monkeypatch.setattr("os._exit", codes.append)
    yield codes
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.join(SECONDS)


def test_whoever_is_done_leaves_by_itself(ended: list[int]) -> None:
    leaving = Leaving()
    leaving.begin(0)
    timer = leaving._timer
    leaving.done()
    assert timer is not None
    timer.join(SECONDS)
    assert ended == []


def test_a_loop_that_never_closes_is_left(ended: list[int]) -> None:
    leaving = Leaving()
    leaving.begin(3)
    assert leaving._timer is not None
    leaving._timer.join(SECONDS)
    assert ended == [3]


def test_a_thread_that_never_ends_is_left(ended: list[int]) -> None:
    release, leaving = threading.Event(), Leaving()
    thread = threading.Thread(target=release.wait, name="stuck")
    thread.start()
    leaving.begin(0)
    leaving.done()
    assert leaving._timer is not None
    leaving._timer.join(SECONDS)
    release.set()
    thread.join(SECONDS)
    assert ended == [0]
