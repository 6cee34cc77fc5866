"""From a consent to the client's own topic: the subscription service dies at every named point.

Together in two tests, each point apart in `make faults`.
"""

import os

import pytest

from chassis.points import RELAY_POINTS, WORKER_POINTS, Action, Point
from tests.support.faults.clients import PROCESSES, Follower
from tests.support.faults.world import World, trial
from tests.support.polling import eventually

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(600)]

SCOPES = {"subscription.worker": "subscription.codes", "subscription.relay": "subscription.relay.0"}
AT_START = {Point.PARTITION_CLAIMED, Point.LANE_TAKEN}
PEOPLE = 24
APART = [(point,) for point in (*WORKER_POINTS, *RELAY_POINTS)]
TOGETHER = [(Point.BATCH_HANDLED, Point.WINDOW_PUBLISHED), (Point.BATCH_COMMITTED, Point.WINDOW_STORED)]


@pytest.mark.parametrize("points", APART if os.environ.get("FAULTS_APART") else TOGETHER, ids=" ".join)
def test_killed_there_a_client_is_told_each_change_once(world: World, points: tuple[Point, ...]) -> None:
    dying = {
        "subscription.worker" if point in WORKER_POINTS else "subscription.relay": point for point in points
    }  # the place where each dies
    fault = f"SIGKILL of what tells clients at {' and '.join(f'`{point}`' for point in points)}"
    with trial(world, fault) as going:
        for name, arguments in PROCESSES.items():
            world.region.spawn(name, *arguments)
        follower = Follower(world.region, f"gate-{going.load.first}").let_in()
        people = [going.load.first + n for n in range(PEOPLE)]
        follower.agree(people[: PEOPLE // 2])
        eventually("a word of each", lambda: {word.subject for word in follower.heard()} == follower.agreed.keys(), 120)
        for name, point in dying.items():
            world.end(name)
            nth = 1 if point in AT_START else 3
            armed = {"HC_FAIL_POINT": f"{SCOPES[name]}:{point}:{nth}:{Action.KILL}"}
            world.region.spawn(name, *PROCESSES[name], more=armed)
        follower.agree(people[PEOPLE // 2 :])
        follower.take_back(people[: PEOPLE // 2 : 3])
        for name, code in world.as_they_end(dying):
            going.begin()
            assert code == -9, name
            world.region.spawn(name, *PROCESSES[name])
        heard = len(follower.heard())
        eventually("words go on", lambda: len(follower.heard()) > heard, 120)
        books = going.recovered(tried=len(dying))
        follower.until_told()
    assert follower.wrong() == []
    assert books.balance(), books
