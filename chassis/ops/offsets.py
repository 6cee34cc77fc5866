"""Where the consumers of a service stand, and a held partition that goes on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

import asyncpg

from chassis.kafka.model import TopicPartition
from chassis.kafka.ports import Broker
from chassis.postgres.pool import Connection, Pool
from chassis.stream.model import StreamSpec
from chassis.stream.worker import STRIKE

STANDING: Final = "SELECT * FROM stream_offset WHERE consumer = $1 ORDER BY topic, partition"
LOCK: Final = "SELECT * FROM stream_offset WHERE consumer = $1 AND topic = $2 AND partition = $3 FOR UPDATE"
RESUME: Final = """
UPDATE stream_offset SET strikes = 0, stopped_for = NULL, stopped_at = NULL, next_offset = $4
WHERE consumer = $1 AND topic = $2 AND partition = $3
"""

State = Literal["running", "limit", "outside-log", "unreadable"]
To = Literal["stored", "beginning", "end"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A partition: its stored position, what the log holds, and how near its limit it is (strikes in whole records)."""

    consumer: str
    topic: str
    partition: int
    position: int | None
    begin: int
    end: int
    strikes: int
    limit: int
    state: State

    @property
    def outside(self) -> bool:
        """Whether the position lies outside the log."""
        return self.position is not None and not self.begin <= self.position <= self.end


class NothingToResume(Exception):  # noqa: N818 - names the state
    """No such partition was ever claimed."""


class OutsideLog(Exception):  # noqa: N818 - names the state
    """The stored position lies outside the log: the operator has to say where to go on."""

    def __init__(self, standing: Standing) -> None:
        super().__init__(f"{standing.topic}/{standing.partition}")
        self.standing = standing


class WithinLog(OutsideLog):
    """The stored position is in the log and readable: moving it would lose records or handle them twice."""


async def standings(pool: Pool, specs: Iterable[StreamSpec], broker_of: Callable[[int], Broker]) -> list[Standing]:
    """All partitions that were ever claimed, by consumer, topic and number."""
    found: list[Standing] = []
    for spec in sorted(specs, key=lambda spec: spec.consumer):
        rows = await pool.fetch(STANDING, spec.consumer)
        bounds: dict[TopicPartition, tuple[int, int]] = {}
        for topic in sorted({row["topic"] for row in rows}):
            bounds |= await broker_of(spec.lane).bounds(topic)
        for row in rows:
            begin, end = bounds.get(TopicPartition(row["topic"], row["partition"]), (0, 0))
            found.append(_standing(spec, row, begin, end))
    return found


async def resume(
    connection: Connection, spec: StreamSpec, tp: TopicPartition, bounds: tuple[int, int], to: To | int
) -> Standing:
    """Let a partition go on, with no strikes, from where it stands or from where the operator says.

    Raises NothingToResume, OutsideLog, WithinLog.
    """
    row = await connection.fetchrow(LOCK, spec.consumer, *tp)
    if row is None:
        raise NothingToResume
    begin, end = bounds
    standing = _standing(spec, row, begin, end)
    if to == "stored":
        if standing.outside:
            raise OutsideLog(standing)
        position = standing.position
    elif standing.outside or standing.state == "unreadable":
        position = {"beginning": begin, "end": end}[to] if isinstance(to, str) else min(max(to, begin), end)
    else:
        raise WithinLog(standing)
    await connection.execute(RESUME, spec.consumer, *tp, position)
    return Standing(spec.consumer, *tp, position, begin, end, 0, spec.strikes, "running")


def _standing(spec: StreamSpec, row: asyncpg.Record, begin: int, end: int) -> Standing:
    return Standing(
        consumer=spec.consumer,
        topic=row["topic"],
        partition=row["partition"],
        position=row["next_offset"],
        begin=begin,
        end=end,
        strikes=-(-row["strikes"] // STRIKE),
        limit=spec.strikes,
        state=row["stopped_for"] or "running",
    )
