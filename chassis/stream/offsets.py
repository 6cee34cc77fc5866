"""Offsets in the database: claimed on assignment, checked and stored in the transaction of the batch.

An owner is known by the epoch it claimed. A batch whose epoch or position is no longer the stored one changes nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from chassis.kafka.model import TopicPartition
from chassis.postgres.pool import Connection, Pool
from chassis.stream.model import NotOwner

CLAIM: Final = """
INSERT INTO stream_offset AS o (consumer, topic, partition)
SELECT $1, topic, partition FROM unnest($2::text[], $3::int[]) AS t (topic, partition) ORDER BY topic, partition
ON CONFLICT (consumer, topic, partition) DO UPDATE SET epoch = o.epoch + 1
RETURNING topic, partition, next_offset, epoch
"""

LOCK: Final = """
SELECT o.topic, o.partition, o.next_offset, o.epoch, o.strikes
FROM stream_offset o JOIN unnest($2::text[], $3::int[]) AS t (topic, partition) USING (topic, partition)
WHERE o.consumer = $1 ORDER BY o.topic, o.partition FOR UPDATE OF o
"""

STORE: Final = """
UPDATE stream_offset o SET next_offset = t.next_offset, strikes = t.strikes, stopped_for = NULL, stopped_at = NULL
FROM unnest($2::text[], $3::int[], $4::bigint[], $5::int[]) AS t (topic, partition, next_offset, strikes)
WHERE o.consumer = $1 AND o.topic = t.topic AND o.partition = t.partition
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What an owner knows of a partition: the epoch it claimed and the next offset it expects to be stored."""

    epoch: int
    next_offset: int | None


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a partition will stand after a batch. `strikes`: in twentieths, what one accepted record takes back."""

    next_offset: int
    strikes: int


class Offsets:
    """The positions of one consumer; implements the broker's Positions."""

    def __init__(self, pool: Pool, consumer: str) -> None:
        """`consumer`: a name unique in the service's schema."""
        self._pool = pool
        self._consumer = consumer
        self.claims: dict[TopicPartition, Claim] = {}
        self.lost: set[TopicPartition] = set()

    async def claim(self, tps: Collection[TopicPartition]) -> Mapping[TopicPartition, int | None]:
        """Own these partitions from now on; gives their stored next offsets.

        None where nothing was stored yet, and for those in `lost`: their stored offsets lie outside their logs.
        """
        rows = await self._pool.fetch(CLAIM, self._consumer, [t.topic for t in tps], [t.partition for t in tps])
        claims = {
            TopicPartition(row["topic"], row["partition"]): Claim(row["epoch"], row["next_offset"]) for row in rows
        }
        self.claims.update(claims)
        return {tp: None if tp in self.lost else claim.next_offset for tp, claim in claims.items()}

    async def lock(self, connection: Connection, tps: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """Lock the rows in order and require what was claimed; gives the strikes of each partition.

        Raises NotOwner when one of them has another owner or stands elsewhere.
        """
        rows = await connection.fetch(LOCK, self._consumer, [t.topic for t in tps], [t.partition for t in tps])
        found = {TopicPartition(row["topic"], row["partition"]): row for row in rows}
        for tp in tps:
            row, claim = found.get(tp), self.claims.get(tp)
            if row is None or claim is None or Claim(row["epoch"], row["next_offset"]) != claim:
                raise NotOwner(f"{tp.topic}/{tp.partition} belongs to another worker now")
        return {tp: row["strikes"] for tp, row in found.items()}

    async def store(self, connection: Connection, progress: Mapping[TopicPartition, Progress]) -> None:
        """Store the new positions in the batch's transaction."""
        places = list(progress)
        await connection.execute(
            STORE,
            self._consumer,
            [t.topic for t in places],
            [t.partition for t in places],
            [progress[t].next_offset for t in places],
            [progress[t].strikes for t in places],
        )

    def advance(self, progress: Mapping[TopicPartition, Progress]) -> None:
        """Remember, after the commit, what is now stored."""
        for tp, done in progress.items():
            self.claims[tp] = Claim(self.claims[tp].epoch, done.next_offset)

    def forget(self) -> None:
        """Own nothing until it is claimed anew: what is read meanwhile lies behind records that were dropped."""
        self.claims.clear()
