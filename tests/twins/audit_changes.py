"""The stores of policies and simulations: a twin of the latter, and what both kinds of each have to do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from msgspec.structs import replace

from healthcode.areas import contains
from healthcode.values import Level
from services.audit.domain import PolicyAct
from services.audit.ports.entry import AreaLevel
from services.audit.ports.policy import PolicyStore
from services.audit.ports.simulation import Simulation, SimulationStore
from tests.twins.audit_behaviour import DAY, NOW, level

STAYS = [
    ("330106", "p3"),
    ("330106", "p1"),
    ("330106001", "p1"),
    ("330106001", "p2"),
    ("330100", "p5"),
    ("330107", "p4"),
    ("420106", "p1"),
    ("420106", "p6"),
]
PEOPLE = [f"p{number}" for number in range(8)]
LEVELS = [level(), level("a2", area="420106", level=Level.LOW), level(revision=2, level=Level.MEDIUM)]
KEPT = 20


@dataclass
class SimulationTwin:
    """Implements SimulationStore."""

    dossiers: dict[str, bytes] = field(default_factory=lambda: dict.fromkeys(PEOPLE, b""))
    stays: list[tuple[str, str]] = field(default_factory=lambda: list(STAYS))
    entries: list[AreaLevel] = field(default_factory=lambda: list(LEVELS))
    acts: list[PolicyAct] = field(default_factory=list)
    simulations: dict[str, Simulation] = field(default_factory=dict)
    number: int = 1

    async def running(self) -> Simulation | None:
        return next((each for each in self.simulations.values() if each.state == "running"), None)

    async def find(self, simulation: str) -> Simulation | None:
        return self.simulations.get(simulation)

    async def latest(self) -> list[Simulation]:
        newest = sorted(self.simulations.values(), key=lambda each: each.id)
        return sorted(newest, key=lambda each: each.started_at, reverse=True)[:KEPT]

    async def reference(self) -> int:
        return self.number

    async def policy_acts(self) -> list[PolicyAct]:
        return list(self.acts)

    async def levels(self) -> list[AreaLevel]:
        highest = {each.entry: each for each in sorted(self.entries, key=lambda each: each.revision)}
        return [highest[entry] for entry in sorted(highest)]

    async def estimate(self, areas: Sequence[str] | None) -> int:
        if areas is None:
            return len(self.dossiers)
        return len({place for place in self.stays for area in areas if contains(area, place[0])})

    async def people(self, areas: Sequence[str] | None, after: str, limit: int) -> list[tuple[str, bytes]]:
        touched = {subject for area, subject in self.stays for each in areas or () if contains(each, area)}
        ahead = [each for each in sorted(self.dossiers) if each > after and (areas is None or each in touched)]
        return [(subject, self.dossiers[subject]) for subject in ahead[:limit]]

    async def add(self, simulation: Simulation) -> bool:
        if await self.running() is not None:
            return False
        self.simulations[simulation.id] = simulation
        kept = {each.id for each in await self.latest()}
        self.simulations = {name: each for name, each in self.simulations.items() if name in kept}
        return True

    async def save(self, simulation: Simulation, after: str) -> bool:
        found = self.simulations.get(simulation.id)
        if found is None or found.state != "running" or found.at_subject != after:
            return False
        self.simulations[simulation.id] = simulation
        return True


def simulation(name: str = "m1", **changes: object) -> Simulation:
    """One that has just begun."""
    begun = Simulation(
        id=name, state="running", change=b"{}", at=NOW, reference=1, asked_by="o1", started_at=NOW, estimate=8
    )
    return replace(begun, **changes)


class SimulationBehaviour:
    """Needs a fixture `trials` over PEOPLE, STAYS and LEVELS."""

    async def test_everybody_comes_once_in_their_order(self, trials: SimulationStore) -> None:
        assert await self.walk(trials, None) == PEOPLE
        assert await trials.estimate(None) == len(PEOPLE)

    async def test_who_was_in_several_areas_comes_once(self, trials: SimulationStore) -> None:
        assert await self.walk(trials, ["330106"]) == ["p1", "p2", "p3"]
        assert await self.walk(trials, ["330106001"]) == ["p1", "p2"]
        assert await self.walk(trials, ["330100"]) == ["p1", "p2", "p3", "p4", "p5"]
        assert await self.walk(trials, ["330106", "420000"]) == ["p1", "p2", "p3", "p6"]
        assert await self.walk(trials, ["110000"]) == []
        assert [await trials.estimate(each) for each in (["330106"], ["330106", "330100"], ["110000"])] == [4, 6, 0]

    async def test_of_each_entry_the_highest_revision_is_read(self, trials: SimulationStore) -> None:
        found = [(each.entry, each.revision, each.level) for each in await trials.levels()]
        assert found == [("a1", 2, Level.MEDIUM), ("a2", 1, Level.LOW)]

    async def test_one_runs_at_a_time(self, trials: SimulationStore) -> None:
        assert await trials.add(simulation())
        assert not await trials.add(simulation("m2"))
        assert await trials.running() == await trials.find("m1") == simulation()
        assert await trials.find("m2") is None

    async def test_progress_is_stored_once(self, trials: SimulationStore) -> None:
        await trials.add(simulation())
        further = simulation(at_subject="p3", passed=4, tally=b"t", moved=True)
        assert await trials.save(further, "")
        assert not await trials.save(simulation(at_subject="p2", passed=3), ""), "another process was there before"
        assert await trials.find("m1") == further
        ended = replace(further, state="failed", failure="why", ended_at=NOW + DAY)
        assert await trials.save(ended, "p3")
        assert not await trials.save(further, "p3"), "it has ended"
        assert await trials.find("m1") == ended
        assert await trials.running() is None

    async def test_the_latest_are_kept(self, trials: SimulationStore) -> None:
        for number in range(KEPT + 3):
            await trials.add(simulation(f"m{number:02}", started_at=NOW + number * DAY))
            await trials.save(simulation(f"m{number:02}", state="done", started_at=NOW + number * DAY), "")
        assert [each.id for each in await trials.latest()] == [f"m{n:02}" for n in range(KEPT + 2, 2, -1)]
        assert await trials.find("m02") is None

    async def walk(self, trials: SimulationStore, areas: Sequence[str] | None) -> list[str]:
        """All people, two at a time."""
        seen: list[str] = []
        while found := await trials.people(areas, seen[-1] if seen else "", 2):
            seen += [subject for subject, _ in found]
        return seen


def act(number: int, change: Literal["activation", "rollback"] = "activation") -> PolicyAct:
    """An act of officers; its pack is not read here."""
    return PolicyAct(
        change=change, policy="small", version=f"v{number}", pack=f"pack {number}", effective=NOW - number * DAY,
        proposal=f"p{number}", recorded_at=NOW,
    )  # fmt: skip


class PolicyBehaviour:
    """Needs a fixture `policies`."""

    async def test_acts_are_read_in_the_order_of_their_recording(self, policies: PolicyStore) -> None:
        await policies.lock_reference()
        assert await policies.policy_acts() == []
        await policies.add_policy(act(1))
        await policies.add_policy(act(2, "rollback"))
        assert await policies.policy_acts() == [act(1), act(2, "rollback")]

    async def test_files_are_new_once(self, policies: PolicyStore) -> None:
        assert [await policies.replace_policies(digest) for digest in ("a", "a", "b")] == [True, False, True]
