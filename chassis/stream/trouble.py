"""What keeps a worker from its work."""

from collections.abc import Collection

from chassis.kafka.model import TopicPartition
from chassis.kafka.ports import Consumer


def trouble_of(consumer: Consumer, stopped: Collection[TopicPartition]) -> str | None:
    """None for a worker that works; also for one that has no partition, as others have them all: it stands by."""
    if stopped:
        return "holds partitions: " + ", ".join(f"{tp.topic}/{tp.partition}" for tp in sorted(stopped))
    return None if consumer.joined() else "waits for its partitions"
