"""What goes in and out of a broker, and what may go wrong there."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

Headers = Sequence[tuple[str, bytes]]

# Of one record, and of a batch before compression: brokers take batches of up to 1,048,588 bytes (message.max.bytes).
MAX_BATCH_BYTES: Final = 1_000_000

NO_CONFIG: Final[Mapping[str, str]] = MappingProxyType({})


class TopicPartition(NamedTuple):
    """One log of a topic."""

    topic: str
    partition: int


class Record(msgspec.Struct, frozen=True, gc=False):
    """A record as it was read. `timestamp`: milliseconds since 1970; simulated time travels in the value."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    timestamp: int = 0


class Outgoing(msgspec.Struct, frozen=True, gc=False):
    """A record to be written. Without `partition`, the key decides by Kafka's own murmur2 rule."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int | None = None


class TopicSpec(NamedTuple):
    """A topic as it should be: `config` holds the broker's own names (`retention.ms`, `cleanup.policy`)."""

    name: str
    partitions: int
    config: Mapping[str, str] = NO_CONFIG


class BrokerError(Exception):
    """The broker refused, or is away."""


class Fenced(BrokerError):  # noqa: N818 - says what happened, as asyncio's own do
    """The holder of a transactional id may publish no more; take over anew or leave it.

    A newer holder has started, or the broker gave up a transaction of ours that took longer than its timeout.
    """


class PublishFailed(BrokerError):  # noqa: N818 - says what happened, as asyncio's own do
    """A publication failed. It may be tried again after another `start()`.

    Whoever must not publish twice first looks whether it is out after all: when the connection broke during the commit,
    nobody here knows.
    """


class UnknownTopic(BrokerError):  # noqa: N818 - says what happened, as asyncio's own do
    """A topic does not exist; `migrate` creates them."""

    def __init__(self, topic: str) -> None:
        super().__init__(
            f"topic {topic} does not exist: run migrate, which creates the topics of deploy/kafka/topics.yaml"
        )
        self.topic = topic


class PartitionMismatch(BrokerError):  # noqa: N818 - says what happened, as asyncio's own do
    """A topic exists with another number of partitions; changing it would move keys, so nothing was changed."""

    def __init__(self, topic: str, *, wanted: int, found: int) -> None:
        super().__init__(
            f"topic {topic} has {found} partitions, not {wanted}: keep {found} in deploy/kafka/topics.yaml"
        )
        self.topic = topic
        self.wanted = wanted
        self.found = found


class OffsetOutOfRange(BrokerError):  # noqa: N818 - says what happened, as asyncio's own do
    """A position lies outside the log: records were lost, or the log or the database was restored from a backup."""

    def __init__(self, tp: TopicPartition, *, stored: int, begin: int, end: int) -> None:
        """`begin` and `end`: the log's first offset and the one after its last."""
        where = "behind its end" if stored > end else "before its beginning"
        super().__init__(
            f"{tp.topic}[{tp.partition}]: the stored offset {stored} lies {where} (the log holds {begin} to {end});"
            " see the runbook, docs/runbook.md, before moving it",
        )
        self.tp = tp
        self.stored = stored
        self.begin = begin
        self.end = end
