"""What the batch path hands to a service, and the errors that decide what becomes of a record."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol, runtime_checkable

from chassis.kafka.model import Record, TopicPartition
from chassis.postgres.pool import Connection
from healthcode.events import Event

OURS: Final = b"org.healthcode."


class Rejected(Exception):  # noqa: N818 - a verdict on a record, not a fault of ours
    """A record will never work: to the dead letters with it. `code` is stable; the text quotes no personal value."""

    def __init__(self, code: str, detail: str) -> None:
        """`code`: a stable slug; `detail`: what is wrong."""
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class TooManyDeadLetters(RuntimeError):  # noqa: N818 - names the state that stops the worker
    """The limit of dead letters is reached: a bad deploy or sender. The worker stops rather than drain the topic."""


class CannotWork(RuntimeError):  # noqa: N818 - names the state that stops the worker
    """What the service works by cannot be used: the worker stops, and no record is blamed. The text says what to do."""


class NotOwner(RuntimeError):  # noqa: N818 - names the state
    """Somebody else owns the partition, or stands elsewhere in it: drop the batch, take part in a rebalance again."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A record with the event in it."""

    record: Record
    event: Event

    @property
    def place(self) -> TopicPartition:
        """The partition it came from."""
        return TopicPartition(self.record.topic, self.record.partition)


Committed = Callable[[], None]
"""Called once what a handler did is committed, for what may be counted once only."""
Handle = Callable[[Connection, Sequence[Delivery]], Awaitable[Committed | None]]
Decode = Callable[[Record], Event]


@dataclass(frozen=True, slots=True)
class StreamSpec:
    """What a worker consumes and how.

    `background` topics are read only while the lag of the others is at most `live_lag`. `strikes` is the limit of
    dead letters and parked faults of a partition (each accepted record takes a twentieth back); at the limit the worker
    stops, or pauses that partition.
    """

    consumer: str
    topics: Sequence[str]
    handle: Handle
    decode: Decode
    background: Sequence[str] = field(default=())
    lane: int = 0
    max_records: int = 1000
    live_lag: int = 2000
    strikes: int = 100
    at_limit: Literal["stop", "pause"] = "stop"

    def passes(self, record: Record, verdict: Rejected) -> bool:
        """Whether a record is passed over: an event of ours that is newer than this worker, on a topic that we write.

        Where outsiders write too, they have to hear of it.
        """
        return self.at_limit != "pause" and is_newer(record, verdict)


@runtime_checkable
class Consuming(Protocol):
    """A component that consumes."""

    @property
    def specs(self) -> Sequence[StreamSpec]:
        """What it consumes now."""
        ...


def is_newer(record: Record, verdict: Rejected) -> bool:
    """Whether a record holds an event of ours of a type that this reader does not know yet."""
    return verdict.code == "unknown-type" and (dict(record.headers).get("ce_type") or b"").startswith(OURS)
