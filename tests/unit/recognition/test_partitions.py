"""Links between regions break: what is shown meanwhile says how old it is, and afterwards all is as home says.

Over the stores' twins, under seeds. The same on the real broker: tests/integration/test_partitions.py.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.documents import read_yaml
from chassis.stream.model import StreamSpec
from healthcode.envelope import Encoded
from healthcode.region import region_from
from healthcode.values import Color, EvidenceClass
from services.recognition.bootstrap import read_translation
from services.recognition.domain.guest import Guest
from services.recognition.domain.link import SILENT, Silence, freshness
from tests.support.convergence import Told, differences
from tests.support.recognition import (
    GANSU,
    HUBEI,
    NATION,
    REGIONS,
    ZHEJIANG,
    Nation,
    TestClock,
    code,
    inbox,
    reasons,
    trip,
)
from tests.twins.recognition_journeys import reported, signed
from tests.unit.recognition.test_recognition_in_memory import TwinWorld

TABLES: Final = {
    region: read_translation(Path("regions"), region_from(read_yaml(Path("regions") / region / "region.yaml")))
    for region in REGIONS
}
HUB: Final = "hub"
OF_THE_HUB: Final = ("hub-", "beats-")
COLORS: Final = (Color.GREEN, Color.YELLOW, Color.RED)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


class SkewedClock(TestClock):
    """A region's own, which may be off."""

    def __init__(self, true: TestClock) -> None:
        self._true = true
        self.off = timedelta()

    def now(self) -> datetime:
        return self._true.at + self.off


@dataclass
class TwinSide:
    """Implements Side over the twins."""

    world: "BrokenWorld"
    region: str

    async def told(self) -> Iterable[Told]:
        homes = self.world.homes.get(self.region)
        people = homes.homes.values() if homes else ()
        return [Told(watch, home.code) for home in people for watch in home.watches.values()]

    async def guests(self) -> Mapping[str, Guest]:
        guests = self.world.guests.get(self.region)
        return guests.known if guests else {}


class BrokenWorld(TwinWorld):
    """All regions in memory; what one sends may not come out, and what it is sent may not come in.

    `mute` do not reach the national broker with what they say, `deaf` not what is said to them. `dice` repeat messages,
    and change their order; an announcement stays before what is told under its handle.
    """

    def __init__(self, nation: Nation) -> None:
        self.clocks: dict[str, SkewedClock] = {}
        self._readers: dict[int, str] = {}
        self.mute: set[str] = set()
        self.deaf: set[str] = set()
        self.dice: Random | None = None
        self.sides = {region: TwinSide(self, region) for region in REGIONS}
        super().__init__(nation)

    def _add(self, code: str) -> None:
        true, first = self.clock, len(self._specs)
        self.clock = self.clocks[code] = SkewedClock(true)
        super()._add(code)
        self.clock = true
        self._readers |= dict.fromkeys(range(first, len(self._specs)), code)

    async def _turn(self, number: int, spec: StreamSpec) -> bool:
        reader = HUB if spec.consumer.startswith(OF_THE_HUB) else self._readers[number]
        national = all(topic.startswith("hc.national.") for topic in spec.topics)
        return False if national and reader in self.deaf else await super()._turn(number, spec)

    def _publish(self) -> None:
        held = [wire for wire in self._outbox if _is_national(wire) and _writer_of(wire) in self.mute]
        out = [wire for wire in self._outbox if wire not in held]
        self._outbox[:] = _shuffled(out, self.dice) if self.dice else out
        super()._publish()
        self._outbox.extend(held)

    async def go_on(self, time: timedelta, every: timedelta = timedelta(seconds=5)) -> None:
        """Time passes, and the timers see it as they do."""
        end = self.clock.at + time
        while self.clock.at < end:
            await self.let_pass(min(every, end - self.clock.at))

    async def heal(self) -> None:
        """All links work; what was held comes out and in."""
        self.mute, self.deaf = set(), set()
        await self.go_on(timedelta(seconds=30))
        self.dice = None
        await self.go_on(timedelta(seconds=30))

    async def differences(self) -> list[str]:
        return await differences(self.sides, TABLES, self.clock.at)

    def age(self, region: str, origin: str) -> tuple[timedelta, Silence | None]:
        """How old what a region shows of its guests of another one is, by its own clock."""
        now = self.clocks[region].now()
        links = {link.region: link for link, _ in self.books[region].rows.values()}
        fresh = freshness(links, origin, datetime.min.replace(tzinfo=now.tzinfo), now)
        return now - fresh.as_of, fresh.silence


def _is_national(wire: Encoded) -> bool:
    return wire.topic.startswith("hc.national.")


def _writer_of(wire: Encoded) -> str:
    """What lies on an inbox or is a beat is its region's, all else the hub's."""
    if "inbox" in wire.topic or "beats" in wire.topic:
        return dict(wire.headers)["ce_source"].decode().split("/")[2]
    return HUB


def _shuffled(wires: list[Encoded], dice: Random) -> list[Encoded]:
    kept = [wire for wire in wires if not _is_national(wire) or b"watch.opened" in dict(wire.headers)["ce_type"]]
    others = [wire for wire in wires if wire not in kept]
    others += [wire for wire in [*kept, *others] if _is_national(wire) and dice.random() < 0.3]
    dice.shuffle(others)
    return kept + others


@pytest.fixture(scope="module")
def nation(tmp_path_factory: pytest.TempPathFactory) -> Nation:
    return Nation.made_in(tmp_path_factory.mktemp("keys"))


@pytest.fixture
async def world(nation: Nation) -> BrokenWorld:
    """Hubei's and Zhejiang's people are in each other's region and in Gansu; beats go."""
    made = BrokenWorld(nation)
    await people(made)
    await made.go_on(timedelta(minutes=1))
    assert await made.differences() == []
    return made


async def people(world: BrokenWorld) -> None:
    for home, there in ((HUBEI, ZHEJIANG), (HUBEI, GANSU), (ZHEJIANG, HUBEI), (NATION, ZHEJIANG)):
        subject = f"{home} in {there}"
        await world.happen(home, code(subject, Color.GREEN, 1, EvidenceClass.NONE), trip(subject, there))


async def turn_all(world: BrokenWorld, color: Color, version: int, evidence: EvidenceClass) -> None:
    """Everybody's code changes, everywhere."""
    for region, homes in world.homes.items():
        for subject in list(homes.homes):
            await world.happen(region, code(subject, color, version, evidence))


async def colors(world: BrokenWorld, region: str) -> set[Color]:
    return {guest.color for guest in (await world.sides[region].guests()).values()}


async def test_the_hub_is_away(world: BrokenWorld) -> None:
    world.mute, world.deaf = {HUB}, {HUB}
    await turn_all(world, Color.RED, 2, EvidenceClass.LISTED)
    await world.go_on(timedelta(minutes=5))
    assert await colors(world, ZHEJIANG) == {Color.GREEN}
    age, silence = world.age(ZHEJIANG, HUBEI)
    assert silence is Silence.HUB
    assert timedelta(minutes=5) <= age <= timedelta(minutes=5, seconds=20)
    assert await world.differences() != []
    await world.heal()
    assert await world.differences() == []
    assert await colors(world, ZHEJIANG) == {Color.RED}
    assert world.age(ZHEJIANG, HUBEI)[0] < SILENT
    assert world.age(ZHEJIANG, HUBEI)[1] is None


async def test_a_region_is_away_for_a_day(world: BrokenWorld) -> None:
    await world.happen(HUBEI, trip("short", ZHEJIANG, until=world.clock.at.date()))
    world.mute, world.deaf = {HUBEI}, {HUBEI}
    await turn_all(world, Color.YELLOW, 2, EvidenceClass.CONTACT)
    await world.happen(HUBEI, trip("new", ZHEJIANG), code("new", Color.RED, 1, EvidenceClass.LISTED))
    await world.go_on(DAY, timedelta(minutes=10))
    await world.go_on(timedelta(minutes=1))
    age, silence = world.age(ZHEJIANG, HUBEI)
    assert silence is Silence.HOME
    assert DAY <= age <= DAY + timedelta(minutes=2)
    assert world.age(ZHEJIANG, NATION)[1] is None
    assert world.age(HUBEI, ZHEJIANG)[1] is Silence.HUB
    await world.heal()
    assert await world.differences() == []
    assert len(await world.sides[ZHEJIANG].guests()) == 3, "the short trip is over, a new one was declared meanwhile"


@pytest.mark.parametrize("says", [True, False], ids=["is not heard", "does not hear"])
async def test_a_link_works_in_one_direction_alone(world: BrokenWorld, *, says: bool) -> None:
    (world.mute if says else world.deaf).add(HUBEI)
    await turn_all(world, Color.RED, 2, EvidenceClass.LISTED)
    await world.go_on(timedelta(minutes=2))
    there, here = world.age(ZHEJIANG, HUBEI), world.age(HUBEI, ZHEJIANG)
    if says:
        assert there[1] is Silence.HOME
        assert there[0] >= timedelta(minutes=2)
        assert here[1] is None
        assert await colors(world, HUBEI) == {Color.RED}
        assert await colors(world, ZHEJIANG) == {Color.GREEN, Color.RED}, "the nation's people are told of"
    else:
        assert there[1] is None
        assert here[1] is Silence.HUB
        assert here[0] >= timedelta(minutes=2)
        assert await colors(world, HUBEI) == {Color.GREEN}
        assert await colors(world, ZHEJIANG) == {Color.RED}
    await world.heal()
    assert await world.differences() == []


async def test_messages_are_repeated_and_out_of_order(world: BrokenWorld) -> None:
    world.dice = Random(7)  # noqa: S311 - a seed
    world.mute = {HUBEI, ZHEJIANG, HUB}
    for version in range(2, 12):
        await turn_all(world, COLORS[version % 3], version, EvidenceClass.SYMPTOMATIC)
    await world.heal()
    assert await world.differences() == []
    assert [await reasons(world, inbox(region)) for region in REGIONS] == [[]] * len(REGIONS)


@pytest.mark.parametrize("minutes", [10, -10])
async def test_a_clock_that_is_off_by_ten_minutes_looks_neither_silent_nor_fresh(nation: Nation, minutes: int) -> None:
    world = BrokenWorld(nation)
    world.clocks[HUBEI].off = timedelta(minutes=minutes)
    await people(world)
    await turn_all(world, Color.RED, 2, EvidenceClass.LISTED)
    await world.go_on(timedelta(minutes=1))
    assert await world.differences() == []
    for there, origin in ((ZHEJIANG, HUBEI), (HUBEI, ZHEJIANG)):
        age, silence = world.age(there, origin)
        assert silence is None
        assert age < SILENT
    world.mute = {HUBEI}
    await world.go_on(timedelta(minutes=1))
    age, silence = world.age(ZHEJIANG, HUBEI)
    assert silence is Silence.HOME
    assert timedelta(seconds=50) < age < timedelta(minutes=2)
    world.clocks[HUBEI].off = timedelta()
    await world.heal()
    assert world.age(ZHEJIANG, HUBEI)[1] is None, "a clock that is set back goes on beating"


async def test_a_region_speaks_for_people_it_does_not_own(world: BrokenWorld) -> None:
    handle = next(h for h, guest in (await world.sides[ZHEJIANG].guests()).items() if guest.origin == HUBEI)
    theirs = {"handle": handle, "sequence": 99}
    await world.send(
        signed(world, NATION, reported(**theirs, origin=NATION, destination=ZHEJIANG)),
        signed(world, GANSU, reported(**theirs, origin=HUBEI, destination=ZHEJIANG)),
        signed(world, GANSU, reported(**theirs, origin=HUBEI, destination=ZHEJIANG), inbox(HUBEI)),
    )
    assert await reasons(world, inbox(NATION)) == ["another-watch"]
    assert await reasons(world, inbox(GANSU)) == ["another-inbox"]
    assert await reasons(world, inbox(HUBEI)) == ["not-the-origin"]
    await turn_all(world, Color.YELLOW, 2, EvidenceClass.NONE)
    assert await world.differences() == []


FAULTS = st.sampled_from(["mute", "deaf", "heal", "dice", "clock"])
WHERE = st.sampled_from([HUB, HUBEI, ZHEJIANG, GANSU])
ACTS = st.lists(st.tuples(FAULTS, WHERE, st.integers(0, 2**16)), min_size=2, max_size=8)


@given(acts=ACTS)
@settings(max_examples=30, deadline=None)
async def test_whatever_breaks_everything_converges(nation: Nation, acts: list[tuple[str, str, int]]) -> None:
    world = BrokenWorld(nation)
    await people(world)
    for version, (fault, where, seed) in enumerate(acts, 2):
        match fault:
            case "mute" | "deaf":
                getattr(world, fault).add(where)
            case "dice":
                world.dice = Random(seed)  # noqa: S311 - a seed
            case "clock" if where != HUB:
                world.clocks[where].off = timedelta(seconds=seed % 1200 - 600)
            case _:
                await world.heal()
        await turn_all(world, COLORS[seed % 3], version, list(EvidenceClass)[seed % 6])
        await world.happen(HUBEI, trip(f"late {version}", ZHEJIANG))
        await world.go_on(timedelta(seconds=20), timedelta(seconds=10))
    for clock in world.clocks.values():
        clock.off = timedelta()
    await world.heal()
    assert await world.differences() == []
    assert [await reasons(world, inbox(region)) for region in REGIONS] == [[]] * len(REGIONS)
