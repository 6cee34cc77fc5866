"""A worker's world for tests of delivery: topics to write to, workers under supervision, and what they have done."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from chassis.kafka.model import Outgoing, TopicSpec
from chassis.kafka.ports import Broker
from chassis.postgres.pool import Connection, Pool
from chassis.stream.decode import decoder
from chassis.stream.model import Delivery, Rejected, StreamSpec
from chassis.stream.worker import StreamWorker
from healthcode.envelope import encode
from healthcode.events import ReviewDue
from tests.support.supervised import Supervised

NOW: Final = datetime(2020, 2, 11, tzinfo=UTC)
DONE: Final = "CREATE TABLE done (id text, subject text, seen bigserial)"
DONE_COUNT: Final = "SELECT count(*) FROM done"


async def handle(connection: Connection, deliveries: Sequence[Delivery]) -> None:
    """Write each event down; a cause of `poison` fails, one of `impossible` is rejected."""
    events = [delivery.event for delivery in deliveries]
    for event in events:
        assert isinstance(event, ReviewDue)
        if event.cause == "poison":
            raise RuntimeError("a fault that does not pass")
        if event.cause == "impossible":
            raise Rejected("impossible", "no such thing")
    rows = [(event.id, event.subject) for event in events if isinstance(event, ReviewDue)]
    await connection.copy_records_to_table("done", records=rows, columns=("id", "subject"))


class Stream(Supervised):
    """A topic with dead letters, and the workers of one group on it."""

    def __init__(self, pool: Pool, broker: Broker, suffix: str = "") -> None:
        """`suffix` makes the names unique on a broker that others use too."""
        super().__init__(pool)
        self.broker = broker
        self.topic = f"hc.330000.reviews.v1{suffix}"
        self.group = f"g{suffix}"

    async def create(self, partitions: int = 2) -> None:
        """Create the topics."""
        await self.broker.create_topics([TopicSpec(self.topic, partitions), TopicSpec(f"{self.topic}.dlq", 1)])

    def review(self, number: int, subject: str, cause: str = "time", **other: Any) -> Outgoing:
        """A record; `other`: what of it is not as it should be."""
        event = ReviewDue(id=str(number), subject=subject, cause=cause, due=NOW)
        wire = encode(event, owner="330000", service="audit", time=NOW)
        return Outgoing(
            **({"topic": self.topic, "key": wire.key, "value": wire.value, "headers": wire.headers} | other)
        )

    async def send(self, *records: Outgoing) -> None:
        """Write records, without a transaction."""
        producer = await self.broker.producer()
        await producer.send_all(records)
        await producer.stop()

    def worker(self, **settings: Any) -> StreamWorker:
        """One that is not started."""
        points = settings.pop("points", None)
        spec = StreamSpec("worker", [self.topic], settings.pop("handle", handle), decoder(ReviewDue), **settings)
        return StreamWorker(spec, broker=self.broker, pool=self.pool, schema="svc", group=self.group, points=points)

    def start(self, **settings: Any) -> asyncio.Task[None]:
        """One more worker, restarted as in a process."""
        return self.run("worker", self.worker(**settings))

    async def done(self, subject: str) -> list[str]:
        """The events of a subject, in the order in which they took effect."""
        rows = await self.pool.fetch("SELECT id FROM done WHERE subject = $1 ORDER BY seen", subject)
        return [row["id"] for row in rows]
