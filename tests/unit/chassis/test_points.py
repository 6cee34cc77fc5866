import os
import signal

import pytest

from chassis.points import RELAY_POINTS, WORKER_POINTS, Action, FailPoint, FailPoints, Point, PointFailed
from chassis.postgres.errors import OUTAGES


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    sent: list[int] = []

    def kill(pid: int, number: int) -> None:
        assert pid == os.getpid()
        sent.append(number)

    monkeypatch.setattr(os, "kill", kill)
    return sent


def test_every_point_belongs_to_a_worker_or_a_relay() -> None:
    assert sorted([*WORKER_POINTS, *RELAY_POINTS]) == sorted(Point)


@pytest.mark.parametrize(("action", "number"), [(Action.KILL, signal.SIGKILL), (Action.STOP, signal.SIGSTOP)])
async def test_the_process_gets_its_signal_at_that_time_alone(action: Action, number: int, signals: list[int]) -> None:
    points = FailPoints(FailPoint("audit.review", Point.BATCH_READ, 2, action))
    await points.reach("audit.review", Point.BATCH_READ)
    await points.reach("issuer.findings", Point.BATCH_READ)
    await points.reach("audit.review", Point.BATCH_HANDLED)
    assert signals == []
    await points.reach("audit.review", Point.BATCH_READ)
    assert signals == [number]
    await points.reach("audit.review", Point.BATCH_READ)
    assert signals == [number]


async def test_a_failure_is_one_that_passes(signals: list[int]) -> None:
    points = FailPoints(FailPoint("audit.relay.0", Point.WINDOW_STORED, 1, Action.RAISE))
    with pytest.raises(PointFailed) as failed:
        await points.reach("audit.relay.0", Point.WINDOW_STORED)
    assert isinstance(failed.value, OUTAGES)
    assert signals == []
