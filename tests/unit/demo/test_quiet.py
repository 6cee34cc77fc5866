"""What counts as quiet, over stand-ins for the databases and the follower."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from chassis.clock import SimulatedClock
from chassis.kafka.model import TopicPartition
from demo.follower import Follower
from demo.quiet import Quiet
from demo.settings import DemoError

PLACE = TopicPartition("hc.330000.declarations.v1", 0)


@dataclass
class Database:
    outbox: int = 0
    parked: int = 0
    due: int = 0
    position: int | None = 5

    async def fetchrow(self, _: str) -> dict[str, int]:
        return {"outbox": self.outbox, "parked": self.parked}

    async def fetchval(self, _: str, __: datetime) -> int:
        return self.due

    async def fetch(self, _: str) -> list[tuple[str, int, int | None]]:
        return [(*PLACE, self.position)]


@dataclass
class Reading:
    last: dict[TopicPartition, int] = field(default_factory=lambda: {PLACE: 4})
    end: bool = True

    async def at_end(self) -> bool:
        return self.end


def quiet(database: Database, reading: Reading) -> Quiet:
    connections: dict[str, Any] = {"330000": database}
    clock = SimulatedClock(datetime(2020, 2, 11, tzinfo=UTC))
    return Quiet(connections, {"330000": ("audit",)}, cast("Follower", reading), clock)


async def test_all_done_is_quiet() -> None:
    await quiet(Database(), Reading())()


@pytest.mark.parametrize(
    ("database", "reading", "said"),
    [
        (Database(outbox=2), Reading(), "2 events wait in the outbox"),
        (Database(due=3), Reading(), "3 timers or storms are due"),
        (Database(position=4), Reading(), "has not read hc.330000.declarations.v1"),
        (Database(position=None), Reading(), "has not read hc.330000.declarations.v1"),
        (Database(), Reading(end=False), "events that were not read yet"),
    ],
)
async def test_whatever_is_left_is_named(database: Database, reading: Reading, said: str) -> None:
    busy = await quiet(database, reading).busy()
    assert busy is not None
    assert said in busy


async def test_a_position_nobody_has_written_to_is_no_lag() -> None:
    assert await quiet(Database(position=None), Reading(last={})).busy() is None


async def test_a_parked_record_ends_the_waiting() -> None:
    with pytest.raises(DemoError, match="audit has parked 1 records"):
        await quiet(Database(parked=1), Reading())()
