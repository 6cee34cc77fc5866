"""Changes are tried before they are made, over HTTP: asked for, followed, read, cancelled."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Self, TypeVar

import msgspec
from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError
from starlette.responses import Response

from chassis.http.auth import Principal, requires
from chassis.http.body import Body, Moment
from chassis.http.problems import Problem
from chassis.http.standard import NOT_FOUND
from chassis.postgres.pool import Connection
from healthcode.values import Color
from services.audit.api.area import OpenAreas, Wanted, drafts_of
from services.audit.api.intake import Desk, once
from services.audit.api.models import AreaIn
from services.audit.api.policy import Files, Name, OpenPolicies
from services.audit.api.problems import SIMULATION_RUNNING
from services.audit.api.routes import Key
from services.audit.domain.simulation import Tally, changed
from services.audit.handlers.policy import Book, candidate_of, foreign_pack, known_candidate, standing_policies
from services.audit.handlers.simulation import AnotherRuns, UnknownSimulation, cancel, start
from services.audit.ports.simulation import Change, Simulation, SimulationState, SimulationStore

PATH: Final = "/v1/simulations"
MOST_LEVELS: Final = 1000
allowed = requires("officer", "operator", own_region=True)
Caller = Annotated[Principal, Depends(allowed)]
Id = Annotated[str, Path(max_length=64)]

_K = TypeVar("_K")
SHOWN: Final = (
    "id", "state", "at", "passed", "estimate", "moved", "failure", "asked_by", "started_at", "ended_at",
)  # fmt: skip

OpenSimulations = Callable[[Connection], SimulationStore]


class LevelIn(AreaIn):
    """A level that is tried; with `entry` in place of the authority's own entry of that name."""

    entry: Name | None = None
    evidence: str = "-"


class SimulationIn(Body):
    """A change to try: packs of which one is new, a version that the region has, or levels of areas."""

    files: Files | None = None
    version: Name | None = None
    areas: Annotated[list[LevelIn], Field(min_length=1, max_length=MOST_LEVELS)] | None = None
    withdrawn: Annotated[list[Name], Field(max_length=MOST_LEVELS)] = Field(
        default=[], description="beside or instead of `areas`: the authority's own entries to be taken back"
    )
    residents: Annotated[str, Field(pattern="^[0-9]{6}$")] | None = Field(
        default=None, description="with `files` that are another region's: only who lives there, by its policy instead"
    )
    at: Moment | None = Field(default=None, description="for this time; without, for when the change begins")

    @model_validator(mode="after")
    def _asks_one_thing(self) -> Self:
        areas = self.areas is not None or bool(self.withdrawn)
        if self.residents is not None and self.files is None:
            raise PydanticCustomError("one_of", "exactly one", {"names": "files"})
        if (self.files is not None) + (self.version is not None) + areas != 1:
            raise PydanticCustomError("one_of", "exactly one", {"names": "files, version, areas"})
        return self


class ColorsOut(BaseModel):
    """So many go from one color to another; those who keep theirs are among them."""

    before: Color
    after: Color
    people: int


class RulesOut(ColorsOut):
    """Of those who change: by the rule that decides now, and by the one that would."""

    rule_before: str
    rule_after: str


class AreasOut(ColorsOut):
    """Of those who change: by the district where they live; none where it is not known."""

    area: str | None


class ResultOut(BaseModel):
    """Who would go from which color to which. The largest groups come first."""

    changed: int
    colors: list[ColorsOut]
    rules: list[RulesOut]
    areas: list[AreasOut]


class SimulationOut(BaseModel):
    """A change as it is tried, and what has been counted so far."""

    id: str
    state: SimulationState
    what: str = Field(examples=["policy 2020-06-15"])
    at: datetime = Field(description="people are judged as they would be then, by what is known now")
    passed: int = Field(description="people looked at so far")
    estimate: int = Field(description="about how many there are; of areas, how many stays")
    seconds_left: int | None = Field(description="while it runs: about how long it will take")
    moved: bool = Field(description="areas or policies changed meanwhile: try again for a count of one piece")
    failure: str | None
    asked_by: str
    started_at: datetime
    ended_at: datetime | None
    result: ResultOut


class SimulationsOut(BaseModel):
    """Those that are kept, newest first."""

    simulations: list[SimulationOut]


@dataclass(frozen=True)
class Trials:
    """What a change is tried with: the stores over a connection, and the region's files."""

    simulations: OpenSimulations
    policies: OpenPolicies
    areas: OpenAreas
    book: Book
    reasons: Collection[str]

    async def change(
        self, body: SimulationIn, connection: Connection, desk: Desk, caller: Principal, now: datetime
    ) -> Change:
        """The change that a request describes, once it has passed all checks of a real one."""
        if body.files is None and body.version is None:
            wanted = [Wanted(level, level.entry) for level in body.areas or ()]
            drafts = await drafts_of(self.areas(connection), desk, caller, wanted, body.withdrawn, now)
            return Change(levels=tuple(drafts))
        if body.files is not None and body.residents is not None:
            return Change(pack=foreign_pack(body.files, body.at or now), residents=body.residents)
        present = await standing_policies(self.policies(connection), self.book)
        if body.files is not None:
            return Change(pack=candidate_of(body.files, present, self.reasons, now, body.at)[0])
        return Change(pack=known_candidate(body.version or "", present)[0])


def router(desk: Desk, trials: Trials) -> APIRouter:
    """The routes of simulations."""
    routes = APIRouter(prefix=PATH, tags=["simulations"])

    @routes.post("", status_code=202, response_model=SimulationOut, summary="Try a change, and touch nothing")
    async def ask(body: SimulationIn, caller: Caller, key: Key) -> Response:
        async def work(connection: Connection) -> SimulationOut:
            now = desk.clock.now()
            change = await trials.change(body, connection, desk, caller, now)
            store = trials.simulations(connection)
            return _shown(await start(store, change, body.at, caller.sub, now, desk.ids()), now)

        try:
            return await once(desk, caller, key, 202, work)
        except AnotherRuns as other:
            raise Problem(SIMULATION_RUNNING, simulation=other.simulation) from None

    @routes.get("", summary="The latest", dependencies=[Depends(allowed)])
    async def latest() -> SimulationsOut:
        async with desk.begin() as connection:
            found = await trials.simulations(connection).latest()
        now = desk.clock.now()
        return SimulationsOut(simulations=[_shown(each, now) for each in found])

    @routes.get("/{simulation}", summary="How far it is, and its result", dependencies=[Depends(allowed)])
    async def read(simulation: Id) -> SimulationOut:
        async with desk.begin() as connection:
            found = await trials.simulations(connection).find(simulation)
        if found is None:
            raise Problem(NOT_FOUND)
        return _shown(found, desk.clock.now())

    @routes.post("/{simulation}/cancellation", summary="End it", dependencies=[Depends(allowed)])
    async def cancellation(simulation: Id) -> SimulationOut:
        now = desk.clock.now()
        try:
            async with desk.begin() as connection:
                return _shown(await cancel(trials.simulations(connection), simulation, now), now)
        except UnknownSimulation:
            raise Problem(NOT_FOUND) from None

    return routes


def _shown(simulation: Simulation, now: datetime) -> SimulationOut:
    tally = Tally.decode(simulation.tally)
    change = msgspec.json.decode(simulation.change, type=Change)
    areas = sorted({level.area for level in change.levels})
    return SimulationOut(
        **{name: getattr(simulation, name) for name in SHOWN},
        what=f"policy {change.pack.file}" if change.pack else f"areas {' '.join(areas)}",
        seconds_left=_left(simulation, now),
        result=ResultOut(
            changed=changed(tally),
            colors=[
                ColorsOut(before=Color(before), after=Color(after), people=people)
                for (before, after), people in _largest(tally.colors)
            ],
            rules=[
                RulesOut(before=Color(before), after=Color(after), people=people, rule_before=was, rule_after=by)
                for (before, after, was, by), people in _largest(tally.rules)
            ],
            areas=[
                AreasOut(before=Color(before), after=Color(after), people=people, area=area or None)
                for (before, after, area), people in _largest(tally.areas)
            ],
        ),
    )


def _left(simulation: Simulation, now: datetime) -> int | None:
    """By the pace so far."""
    if simulation.state != "running" or not simulation.passed:
        return None
    ahead = max(simulation.estimate - simulation.passed, 0)
    return round((now - simulation.started_at).total_seconds() * ahead / simulation.passed)


def _largest(counts: Mapping[_K, int]) -> list[tuple[_K, int]]:
    return sorted(counts.items(), key=lambda entry: (-entry[1], str(entry[0])))
