"""Processes stand still in their work, others take it over, and they come back: only fencing holds them."""

import os
import signal
import time

import pytest

from chassis.points import Action, Point
from tests.support.faults.world import ROLES, World, trial
from tests.support.polling import eventually

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(600)]

SECONDS = 30
PLACES = {
    "audit.worker": ("audit.review", Point.BATCH_HANDLED),
    "issuer": ("issuer.findings", Point.BATCH_READ),
    "audit.relay": ("audit.relay.0", Point.WINDOW_STORED),
    "declaration": ("declaration.relay.0", Point.WINDOW_PUBLISHED),
}
"""Two workers, with a transaction open and with a batch in hand; two relays, before and after publishing a window."""


def test_paused_for_longer_than_session_and_lease(world: World) -> None:
    with trial(world, f"SIGSTOP of two workers and two relays for {SECONDS} s, successors at work, SIGCONT") as going:
        for name, (scope, point) in PLACES.items():
            world.arm(name, scope, point, 2, Action.STOP)
            world.until_stopped(name)
            going.begin()
            world.region.spawn(f"{name}.successor", *ROLES[name])
        stopped = time.monotonic()
        behind = [act for act in going.load.accepted if act.id not in going.watch.seen]
        going.watch.until_out(behind, SECONDS * 4)  # the successors do the work, the others still stand
        time.sleep(max(0.0, SECONDS - (time.monotonic() - stopped)))
        before = {name: len(world.log(name)) for name in PLACES}
        for name in PLACES:
            os.kill(world.region.running[name].pid, signal.SIGCONT)
        eventually("all notice", lambda: all(noticed(world.log(name)[at:]) for name, at in before.items()))
        books = going.recovered(tried=len(PLACES))
    assert books.balance(), books


def noticed(log: str) -> bool:
    """Whether a process has said that it is not the owner any more."""
    return "batch_dropped" in log or "component_failed" in log
