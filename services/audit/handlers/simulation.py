"""Changes are tried on everybody whom they concern, in small steps, and nothing but the count is written.

Dossiers are read by a cursor in short transactions that write nothing, and looked at in slices, so that whatever shares
the event loop goes on between them. A step that was killed is done again; one that two processes did counts once.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

import msgspec

from services.audit.domain import Areas, Dossier, NoPolicy, Policy, PolicySet, load_policy, taking_effect, without
from services.audit.domain.simulation import Tally, World, count
from services.audit.handlers.policy import Book, standing_policies
from services.audit.handlers.source import within
from services.audit.ports.entry import AreaLevel, Fault, Refused
from services.audit.ports.policy import Pack
from services.audit.ports.simulation import Begin, Change, Simulation, SimulationStore

SLICE: Final = 50
"""So many people are looked at without a break, some milliseconds."""


class AnotherRuns(Exception):  # noqa: N818 - a state, not a fault
    """One simulation runs at a time."""

    def __init__(self, simulation: str) -> None:
        super().__init__(simulation)
        self.simulation = simulation


class UnknownSimulation(LookupError):  # noqa: N818 - named for what is wrong
    """There is no such simulation, or it was forgotten."""


async def start(
    store: SimulationStore, change: Change, at: datetime | None, officer: str, now: datetime, new_id: str
) -> Simulation:
    """Have a change tried, by default for the time at which it would begin. Raises Refused, AnotherRuns."""
    if at is not None and at < now:
        raise Refused([Fault("past_time", "at", {"now": now.isoformat()})])
    simulation = Simulation(
        id=new_id,
        state="running",
        change=msgspec.json.encode(change),
        at=at or _begins(change, now),
        estimate=await store.estimate(_touched(change, await store.levels())),
        reference=await store.reference(),
        asked_by=officer,
        started_at=now,
    )
    if not await store.add(simulation):
        running = await store.running()
        raise AnotherRuns(running.id if running else "")
    return simulation


async def cancel(store: SimulationStore, simulation: str, now: datetime) -> Simulation:
    """End one that runs; one that has ended stays as it is. Raises UnknownSimulation."""
    found = await store.find(simulation)
    if found is None:
        raise UnknownSimulation(simulation)
    ended = msgspec.structs.replace(found, state="cancelled", ended_at=now)
    return ended if await store.save(ended, found.at_subject) else await store.find(simulation) or found


class Simulator:
    """Takes the running simulation on, step by step."""

    def __init__(self, book: Book, limit: int) -> None:
        """`limit`: how many people are read in one step."""
        self._book = book
        self._limit = limit

    async def step(self, read: Begin, write: Begin, now: datetime) -> bool:
        """One step; tells whether there may be more. `read` opens what writes nothing."""
        async with read() as store:
            found = await store.running()
            if found is None:
                return False
            change = msgspec.json.decode(found.change, type=Change)
            moved = await store.reference() != found.reference
            levels = await store.levels()
            present = await standing_policies(store, self._book)
            people = await store.people(_touched(change, levels), found.at_subject, self._limit)
        after = await self._counted(found, change, (levels, present), people)
        ended = after.state != "running"
        after = msgspec.structs.replace(after, moved=found.moved or moved, ended_at=now if ended else None)
        async with write() as store:
            await store.save(after, found.at_subject)
        return True

    async def _counted(
        self,
        found: Simulation,
        change: Change,
        standing: tuple[Sequence[AreaLevel], PolicySet],
        people: Sequence[tuple[str, bytes]],
    ) -> Simulation:
        if not people:
            return msgspec.structs.replace(found, state="done")
        try:
            tally = Tally.decode(found.tally)
            worlds = worlds_of(change, *standing, found.at)
            for number, (subject, facts) in enumerate(people, start=1):
                dossier = Dossier.decode(facts) if facts else Dossier.empty(subject)
                if change.residents is None or within(change.residents, dossier.residence):
                    count(tally, dossier, worlds, found.at, self._book.timezone)
                if number % SLICE == 0:
                    await asyncio.sleep(0)
        except (ValueError, LookupError) as error:  # what can never work ends the simulation, not the process
            return msgspec.structs.replace(found, state="failed", failure=f"{type(error).__name__}: {error}"[:500])
        passed = found.passed + len(people)
        return msgspec.structs.replace(found, at_subject=people[-1][0], passed=passed, tally=tally.encode())


def worlds_of(change: Change, levels: Sequence[AreaLevel], present: PolicySet, at: datetime) -> tuple[World, World]:
    """What people are judged by at an instant without a change, and with it."""
    areas = _areas(levels)
    if change.pack is None:
        policy = present.at(at)
        return World(policy, areas), World(policy, _areas(_with(levels, change.levels)))
    tried = taking_effect(_loaded(change.pack), at)
    if change.residents is not None:
        return World(present.at(at), areas), World(tried, areas)
    return World(_before(tried, present, at), areas), World(tried, areas)


@lru_cache(maxsize=4)
def _loaded(pack: Pack) -> Policy:
    return load_policy(pack.text, pack.file)


def _before(tried: Policy, present: PolicySet, at: datetime) -> Policy:
    """What would be in force if a pack were not."""
    try:
        return without(present, tried.version).at(at)
    except NoPolicy:  # it is the first of the region, so nothing else was ever in force
        return present.at(at)


def _begins(change: Change, now: datetime) -> datetime:
    """When a change would begin: not before now, and for levels when all of them are in force."""
    if change.pack is not None:
        return max(now, _loaded(change.pack).effective)
    return max([now, *(level.valid_from for level in change.levels)])


def _with(levels: Sequence[AreaLevel], changed: Sequence[AreaLevel]) -> list[AreaLevel]:
    entries = {level.entry for level in changed}
    return [*(level for level in levels if level.entry not in entries), *changed]


def _touched(change: Change, levels: Sequence[AreaLevel]) -> list[str] | None:
    """The areas whose people a change of levels can touch, where entries were and where they would be; else None."""
    if change.pack is not None:
        return None
    entries = {level.entry for level in change.levels}
    before = {level.area for level in levels if level.entry in entries}
    return sorted(before | {level.area for level in change.levels})


def _areas(levels: Sequence[AreaLevel]) -> Areas:
    return Areas.from_rows(
        (each.area, each.level, each.valid_from, each.valid_until) for each in levels if not each.withdrawn
    )
