"""Workers and relays die at every named point: both kinds at once, or apart from each other in `make faults`.

And every process dies again and again, at moments that nobody chose.
"""

import os

import pytest

from chassis.points import RELAY_POINTS, WORKER_POINTS, Action, Point
from tests.support.faults.world import RECOVERY_SECONDS, ROLES, World, trial
from tests.support.polling import eventually

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(600)]

WORKERS = {"audit.worker": "audit.review", "issuer": "issuer.findings"}
RELAYS = {"audit.relay": "audit.relay.0", "declaration": "declaration.relay.0"}
"""The processes, and the scope of their points."""
AT_START = {Point.PARTITION_CLAIMED, Point.LANE_TAKEN}
ROUNDS = 2
APART = [(point,) for point in (*WORKER_POINTS, *RELAY_POINTS)]
TOGETHER = list(zip(WORKER_POINTS, RELAY_POINTS, strict=True))


@pytest.mark.parametrize("points", APART if os.environ.get("FAULTS_APART") else TOGETHER, ids=" ".join)
def test_killed_there_nothing_is_lost_or_doubled(world: World, points: tuple[Point, ...]) -> None:
    dying = {
        name: (scope, point)
        for point in points
        for name, scope in (WORKERS if point in WORKER_POINTS else RELAYS).items()
    }
    fault = " and ".join(
        f"SIGKILL of two {'workers' if point in WORKER_POINTS else 'relays'} at `{point}`" for point in points
    )
    with trial(world, fault) as going:
        for name, (scope, point) in dying.items():
            world.arm(name, scope, point, 1 if point in AT_START else 3, Action.KILL)
        for name, code in world.as_they_end(dying):
            going.begin()
            assert code == -9, name
            world.region.spawn(name, *ROLES[name])
        books = going.recovered(tried=len(dying))
    assert books.balance(), books


def test_killed_again_and_again(world: World) -> None:
    killed = [*ROLES] * ROUNDS
    with trial(world, f"SIGKILL of every process in turn, {ROUNDS} times over, whatever it is doing") as going:
        going.begin()
        for name in killed:
            done = len(going.watch.seen)
            world.region.kill(name)
            world.region.spawn(name, *ROLES[name])
            eventually("work goes on", lambda done=done: len(going.watch.seen) > done, RECOVERY_SECONDS)  # type: ignore[misc]
        books = going.recovered(tried=len(killed))
    assert books.balance(), books
