"""What it takes to try a change: dossiers that are read and never touched, and a place for the count."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Literal, Protocol, TypeAlias

import msgspec

from services.audit.ports.entry import AreaLevel
from services.audit.ports.policy import Pack, PolicyReader

SimulationState: TypeAlias = Literal["running", "done", "cancelled", "failed"]


class Change(msgspec.Struct, frozen=True):
    """What is tried: a pack, or levels of areas in place of the entries of the same name.

    With `residents` the pack is another region's own, and only who lives there is counted.
    """

    pack: Pack | None = None
    levels: tuple[AreaLevel, ...] = ()
    residents: str | None = None


class Simulation(msgspec.Struct, frozen=True, kw_only=True):
    """A change as it is tried, for the instant `at`.

    `passed` people are behind `at_subject`, of about `estimate`; `tally` counts them. `reference` is the number of the
    reference data at the start, and `moved` tells that it has changed since.
    """

    id: str
    state: SimulationState
    change: bytes
    at: datetime
    at_subject: str = ""
    passed: int = 0
    estimate: int = 0
    reference: int
    moved: bool = False
    tally: bytes = b""
    failure: str | None = None
    asked_by: str
    started_at: datetime
    ended_at: datetime | None = None


class SimulationStore(PolicyReader, Protocol):
    """One short transaction of a simulation."""

    async def running(self) -> Simulation | None:
        """The one that runs, if any."""
        ...

    async def find(self, simulation: str) -> Simulation | None:
        """One simulation."""
        ...

    async def latest(self) -> list[Simulation]:
        """Those that are kept, newest first."""
        ...

    async def reference(self) -> int:
        """The number of the reference data."""
        ...

    async def levels(self) -> list[AreaLevel]:
        """The highest revision of every area's entry."""
        ...

    async def estimate(self, areas: Sequence[str] | None) -> int:
        """About how many people there are: who was ever in some areas, or with None everybody."""
        ...

    async def people(self, areas: Sequence[str] | None, after: str, limit: int) -> list[tuple[str, bytes]]:
        """The next people and their facts, by subject, behind `after`; those alone who were ever in some areas."""
        ...

    async def add(self, simulation: Simulation) -> bool:
        """Add one, and forget the oldest; nothing, and False, while another one runs."""
        ...

    async def save(self, simulation: Simulation, after: str) -> bool:
        """Store the progress of one that runs and was still behind `after`; tells whether it was."""
        ...


Begin: TypeAlias = Callable[[], AbstractAsyncContextManager[SimulationStore]]
"""Opens a transaction."""
