"""What is on the topics, as another Kafka library sees it."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, IsolationLevel, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined] # not in its __all__

Place = tuple[str, int]


@dataclass(frozen=True)
class Written:
    """A record as it lies on a topic."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    def header(self, name: str) -> str:
        """A header's text; empty when it is not there."""
        return dict(self.headers).get(name, b"").decode()


def _admin(bootstrap: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": bootstrap, "log_level": 3})


def names(bootstrap: str, prefix: str) -> list[str]:
    """The topics whose names begin so."""
    topics = _admin(bootstrap).list_topics(timeout=10).topics
    return sorted(name for name in topics if name.startswith(prefix))


def ends(bootstrap: str, topics: Iterable[str]) -> dict[Place, int]:
    """Where each partition ends; markers of transactions, aborted ones too, count as well."""
    admin = _admin(bootstrap)
    known = admin.list_topics(timeout=10).topics
    places = [TopicPartition(topic, number) for topic in topics for number in known[topic].partitions]
    latest: Any = OffsetSpec.latest()  # type: ignore[no-untyped-call] # untyped there
    asked = admin.list_offsets(dict.fromkeys(places, latest), isolation_level=IsolationLevel.READ_UNCOMMITTED)
    return {(place.topic, place.partition): future.result(10).offset for place, future in asked.items()}


def read(bootstrap: str, topics: Iterable[str], *, committed: bool = True) -> list[Written]:
    """Everything that is on these topics now; what was aborted only when asked for."""
    until = {place: end for place, end in ends(bootstrap, topics).items() if end}
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"reader-{uuid.uuid4()}",
            "isolation.level": "read_committed" if committed else "read_uncommitted",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    consumer.assign([TopicPartition(topic, number, 0) for topic, number in until])
    found: list[Written] = []
    left = set(until)
    while left:
        for message in consumer.consume(1000, 0.2):
            error = message.error()
            if error is None:
                found.append(_written(message))
            else:
                left.discard((message.topic(), message.partition()))
    consumer.close()
    return found


def write(bootstrap: str, records: Iterable[Written]) -> None:
    """Write records; each is on the broker when this returns."""
    producer = Producer({"bootstrap.servers": bootstrap, "acks": "all"})
    for record in records:
        producer.produce(record.topic, record.value, record.key, headers=list(record.headers))
    if producer.flush(30):
        raise AssertionError("the broker did not take the records")


def _written(message: Message) -> Written:
    headers: Any = message.headers() or ()
    return Written(message.topic() or "", message.key(), message.value(), tuple(headers))
