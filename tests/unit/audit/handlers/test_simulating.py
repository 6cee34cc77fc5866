"""A simulation goes on step by step, whatever happens between the steps."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import msgspec
import pytest

from healthcode.values import Level
from services.audit.domain import PolicySet, load_policy
from services.audit.handlers.policy import Book
from services.audit.handlers.simulation import AnotherRuns, Simulator, UnknownSimulation, cancel, start
from services.audit.ports.entry import Refused
from services.audit.ports.policy import Pack
from services.audit.ports.simulation import Change, SimulationStore
from tests.twins.audit import AreaTwin
from tests.twins.audit_behaviour import DAY, NOW, level
from tests.twins.audit_changes import PEOPLE, PolicyBehaviour, SimulationBehaviour, SimulationTwin
from tests.twins.audit_judge import PACK
from tests.unit.audit.domain.making import ZONE

BOOK = Book(
    PolicySet([load_policy(PACK.format(version="one", effective="2020-02-01T00:00:00+08:00", fever="red"), "1")]), ZONE
)
NEXT = Pack("2.yaml", PACK.format(version="two", effective="2020-02-20T00:00:00+08:00", fever="yellow"))


class TestSimulationsInMemory(SimulationBehaviour):
    @pytest.fixture
    def trials(self) -> SimulationTwin:
        return SimulationTwin()


class TestPoliciesInMemory(PolicyBehaviour):
    @pytest.fixture
    def policies(self) -> AreaTwin:
        return AreaTwin()


@pytest.fixture
def twin() -> SimulationTwin:
    return SimulationTwin()


async def step(twin: SimulationTwin, limit: int = 3) -> bool:
    @asynccontextmanager
    async def begin() -> AsyncIterator[SimulationStore]:
        yield twin

    return await Simulator(BOOK, limit).step(begin, begin, NOW)


async def test_it_goes_on_where_it_was_and_ends(twin: SimulationTwin) -> None:
    begun = await start(twin, Change(pack=NEXT), None, "o1", NOW, "m1")
    assert (begun.at, begun.estimate) == (NOW.replace(day=19, hour=16), len(PEOPLE))
    passed = []
    while await step(twin):
        passed.append(twin.simulations["m1"].passed)
    assert passed == [3, 6, 8, 8]
    assert (twin.simulations["m1"].state, twin.simulations["m1"].ended_at) == ("done", NOW)
    assert not await step(twin)


async def test_of_areas_those_are_looked_at_who_were_there_or_are_where_it_was(twin: SimulationTwin) -> None:
    moved = level("a2", revision=2, area="330107", level=Level.HIGH)
    await start(twin, Change(levels=(moved,)), None, "o1", NOW, "m1")
    while await step(twin):
        pass
    assert twin.simulations["m1"].passed == 3, "p4 was in the new place, p1 and p6 in the old one"


async def test_what_changes_meanwhile_is_told_and_counts(twin: SimulationTwin) -> None:
    await start(twin, Change(pack=NEXT), None, "o1", NOW, "m1")
    await step(twin)
    assert not twin.simulations["m1"].moved
    twin.number += 1
    await step(twin)
    twin.number -= 1
    await step(twin)
    assert twin.simulations["m1"].moved


async def test_what_can_never_work_ends_it_and_says_why(twin: SimulationTwin) -> None:
    twin.dossiers["p4"] = b"\xc1"
    await start(twin, Change(pack=NEXT), None, "o1", NOW, "m1")
    while await step(twin):
        pass
    ended = twin.simulations["m1"]
    assert (ended.state, ended.passed) == ("failed", 3)
    assert ended.failure is not None
    assert ended.failure.startswith("DecodeError")


async def test_it_is_asked_for_and_cancelled(twin: SimulationTwin) -> None:
    with pytest.raises(Refused, match="past_time"):
        await start(twin, Change(pack=NEXT), NOW - timedelta(seconds=1), "o1", NOW, "m0")
    await start(twin, Change(pack=NEXT), NOW + DAY, "o1", NOW, "m1")
    with pytest.raises(AnotherRuns, match="m1"):
        await start(twin, Change(pack=NEXT), None, "o1", NOW, "m2")
    await step(twin)
    assert (await cancel(twin, "m1", NOW)).state == "cancelled"
    assert (await cancel(twin, "m1", NOW + DAY)).ended_at == NOW, "it has ended before"
    assert not await step(twin)
    with pytest.raises(UnknownSimulation):
        await cancel(twin, "m9", NOW)
    assert msgspec.json.decode(twin.simulations["m1"].change, type=Change) == Change(pack=NEXT)
