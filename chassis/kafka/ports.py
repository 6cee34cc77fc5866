"""The broker as the rest of the system sees it. `real` and `twin` implement it; one suite tests both."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal, Protocol

from chassis.kafka.model import Outgoing, Record, TopicPartition, TopicSpec

Start = Literal["beginning", "end"] | Mapping[TopicPartition, int]
Batch = dict[TopicPartition, list[Record]]

SESSION_TIMEOUT_MS = 10_000


class Positions(Protocol):
    """Where a group's positions are kept: in a database, with the state that they belong to."""

    async def claim(self, tps: Collection[TopicPartition], /) -> Mapping[TopicPartition, int | None]:
        """Take these partitions over; gives the next offset of each; None or absent: from the beginning."""
        ...


class Consumer(Protocol):
    """A member of a group that reads what is committed; its positions come from `Positions`."""

    async def getmany(
        self,
        max_records: int,
        timeout: float,  # noqa: ASYNC109 - a poll's waiting time, no deadline
        topics: Collection[str] | None = None,
    ) -> Batch:
        """Up to `max_records` records, waiting up to `timeout` seconds for the first; in order within each partition.

        `topics`: of these alone; what the others have stays where it is.

        After every change of the assignment the positions are claimed here first, so no record of a partition is handed
        out that is not claimed. Raises what `claim` raises (and claims again at the next call) and OffsetOutOfRange.
        """
        ...

    def assignment(self) -> frozenset[TopicPartition]:
        """The partitions that are assigned and claimed now."""
        ...

    def joined(self) -> bool:
        """Whether an assignment is given and claimed; it may be empty, when others have all partitions."""
        ...

    def position(self, tp: TopicPartition) -> int | None:
        """The offset from which the next record is read; None when `tp` is not ours.

        This is what to store: behind the last record it also passes the broker's own markers. One who stores the last
        record's offset + 1 finds it before the log's beginning once an idle log has been emptied by retention.
        """
        ...

    def seek(self, tp: TopicPartition, offset: int) -> None:
        """Read on from `offset`. Nothing happens when `tp` is not assigned any more."""
        ...

    def pause(self, tps: Iterable[TopicPartition]) -> None:
        """Hand out nothing of these until resumed or until the assignment changes."""
        ...

    def resume(self, tps: Iterable[TopicPartition]) -> None:
        """Take up paused partitions again."""
        ...

    def paused(self) -> frozenset[TopicPartition]:
        """Which partitions are paused."""
        ...

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Tell the broker how far the group is, for lag tools. Best effort: what fails is logged, never raised."""
        ...

    async def rejoin(self) -> None:
        """Give up the assignment and take part in the group again; the positions are claimed anew."""
        ...

    async def beginning_offsets(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """The first offset of each log."""
        ...

    async def end_offsets(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        """Up to where each log can be read: the offset behind the last committed record and its marker."""
        ...

    def lag(self, tp: TopicPartition) -> int | None:
        """Offsets between position and the log's end as last heard of, markers counted; None before that."""
        ...

    async def stop(self) -> None:
        """Leave the group."""
        ...


class Reader(Protocol):
    """Reads what is committed in all partitions of some topics, in no group."""

    async def getmany(self, max_records: int, timeout: float) -> Batch:  # noqa: ASYNC109 - as Consumer.getmany
        """Up to `max_records` records, waiting up to `timeout` seconds for the first. Raises OffsetOutOfRange."""
        ...

    async def at_end(self) -> bool:
        """Whether everything was handed out that is committed now."""
        ...

    async def stop(self) -> None:
        """Close it."""
        ...


class TransactionalProducer(Protocol):
    """The one holder of a transactional id."""

    async def start(self) -> None:
        """Become the holder: earlier ones are fenced, what they left open is aborted. May be called again."""
        ...

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Write all in one transaction: readers see all of them or none.

        Raises Fenced, PublishFailed, UnknownTopic; after any of them `start()` is due.
        """
        ...

    async def stop(self) -> None:
        """Close it."""
        ...


class Producer(Protocol):
    """Writes for the outside: idempotent, acknowledged by all replicas, no transaction."""

    async def send_all(self, records: Sequence[Outgoing]) -> None:
        """Write all and wait until they are acknowledged. Raises PublishFailed (some may be out), UnknownTopic."""
        ...

    async def stop(self) -> None:
        """Close it."""
        ...


class Broker(Protocol):
    """A Kafka broker, or its twin."""

    async def consumer(
        self, topics: Sequence[str], group: str, positions: Positions, *, session_timeout_ms: int = SESSION_TIMEOUT_MS
    ) -> Consumer:
        """A new member of `group`. Without a sign of life for the session timeout its partitions go to others."""
        ...

    async def reader(self, topics: Sequence[str], *, start: Start = "beginning") -> Reader:
        """A reader of all partitions; those that a mapping leaves out start at the beginning."""
        ...

    def transactional_producer(self, transactional_id: str) -> TransactionalProducer:
        """A producer that is not started yet."""
        ...

    async def producer(self) -> Producer:
        """A started producer."""
        ...

    async def create_topics(self, topics: Sequence[TopicSpec]) -> None:
        """Create those that are missing; existing ones keep their settings. Raises PartitionMismatch."""
        ...

    async def partitions(self, topic: str) -> int:
        """How many partitions a topic has. Raises UnknownTopic."""
        ...

    async def last_records(self, topic: str, n: int) -> list[Record]:
        """The last `n` committed records of each partition, by partition and offset.

        What was committed before the call is among them: it waits for transactions of others that are still open, as
        readers see nothing that lies behind one. Raises BrokerError when one stays open for too long.
        """
        ...

    async def bounds(self, topic: str) -> dict[TopicPartition, tuple[int, int]]:
        """The first offset of each of a topic's logs, and up to where it can be read. Raises UnknownTopic."""
        ...

    async def part(self, tp: TopicPartition, start: int, most: int) -> tuple[list[Record], int]:
        """Up to `most` committed records of a log from offset `start` on, and the offset from which to go on."""
        ...

    async def close(self) -> None:
        """Close what this broker gave out and is still open."""
        ...
