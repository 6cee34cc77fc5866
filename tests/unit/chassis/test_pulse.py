import asyncio

import pytest

from chassis import pulse
from chassis.kafka.twin import TwinBroker
from chassis.loop import Loop, Once
from chassis.pulse import NOT_RUNNING, Beating, Pulse, TroubleError, feel

SECONDS = 5


def test_what_never_began_or_has_ended_does_not_run() -> None:
    beat = Pulse()
    assert beat.trouble() == NOT_RUNNING
    beat.beat()
    assert beat.trouble() is None
    beat.end()
    assert beat.trouble() == NOT_RUNNING


def test_trouble_is_told_until_the_next_turn_without() -> None:
    beat = Pulse()
    beat.beat("cannot publish")
    assert beat.trouble() == "cannot publish"
    beat.beat()
    assert beat.trouble() is None


def test_what_says_nothing_for_long_hangs_but_what_rests_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "SILENT_SECONDS", -1.0)
    beat = Pulse()
    beat.beat()
    assert "said nothing" in (beat.trouble() or "")
    beat.rest()
    assert beat.trouble() is None


async def nothing() -> bool:
    return False


async def done() -> None:
    return None


@pytest.mark.parametrize("part", [Loop([nothing], 0.01), Loop([nothing], 3600), Once(done)])
async def test_what_time_drives_beats_while_it_runs(part: Loop | Once) -> None:
    assert isinstance(part, Beating)
    with pytest.raises(TroubleError, match="not running"):
        await feel(part)
    stop = asyncio.Event()
    running = asyncio.create_task(part.run(stop))
    async with asyncio.timeout(SECONDS):
        while part.pulse.trouble() is not None:
            await asyncio.sleep(0)
        await feel(part)
        stop.set()
        await running


async def test_a_loop_whose_step_fails_runs_no_more() -> None:
    async def failing() -> bool:
        raise ConnectionResetError

    part = Loop([failing], 0.01)
    with pytest.raises(ConnectionResetError):
        await part.run(asyncio.Event())
    assert part.pulse.trouble() == NOT_RUNNING


def test_a_broker_is_no_component() -> None:
    assert not isinstance(TwinBroker(), Beating)
