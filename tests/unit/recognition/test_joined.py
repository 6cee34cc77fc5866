"""What waits until the region is a member starts then, and ends when it is told to before."""

import asyncio

import pytest

from chassis.pulse import Pulse
from services.recognition.stream import joined
from services.recognition.stream.joined import OnceMember


class Part:
    """A component that says when it runs."""

    def __init__(self) -> None:
        self.pulse = Pulse()
        self.runs = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        self.runs.set()
        await stop.wait()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joined, "LOOK_SECONDS", 0.001)


async def test_it_rests_until_the_region_has_joined_and_runs_then() -> None:
    part, member, stop = Part(), False, asyncio.Event()
    looks = asyncio.Event()

    def is_member() -> bool:
        looks.set()
        return member

    task = asyncio.create_task(OnceMember(part, is_member).run(stop))
    await looks.wait()
    await asyncio.sleep(0)
    assert part.pulse.trouble() is None, "who waits as it should is well"
    assert not part.runs.is_set()
    member = True
    await asyncio.wait_for(part.runs.wait(), 5)
    stop.set()
    await task


async def test_it_ends_without_ever_having_run() -> None:
    part, stop = Part(), asyncio.Event()
    stop.set()
    await OnceMember(part, lambda: False).run(stop)
    assert not part.runs.is_set()
