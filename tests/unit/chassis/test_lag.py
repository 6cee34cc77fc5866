"""What a worker says of its lag: with a consumer whose assignment, positions and ends are made up."""

import time
from collections.abc import Iterable

from chassis import metrics
from chassis.kafka.model import Record, TopicPartition
from chassis.kafka.ports import Consumer
from chassis.stream.lag import Lag

TP = TopicPartition("hc.330000.declarations.v1", 0)
OTHER = TopicPartition("hc.330000.reviews.v1", 1)


class Reading:
    """As much of a consumer as lag needs."""

    def __init__(self, behind: dict[TopicPartition, int], paused: Iterable[TopicPartition] = ()) -> None:
        self.behind = behind
        self.held = frozenset(paused)

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset(self.behind)

    def lag(self, tp: TopicPartition) -> int | None:
        return 0 if tp in self.held else self.behind[tp]

    def paused(self) -> frozenset[TopicPartition]:
        return self.held

    def position(self, _tp: TopicPartition) -> int:
        return 100

    async def end_offsets(self, tps: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        return {tp: 100 + self.behind[tp] for tp in tps}


def reading(behind: dict[TopicPartition, int], paused: Iterable[TopicPartition] = ()) -> Consumer:
    return Reading(behind, paused)  # type: ignore[return-value] # a part of one


def record(tp: TopicPartition, age: float) -> Record:
    return Record(tp.topic, tp.partition, 0, b"k", b"", (), int((time.time() - age) * 1000))


def lag_of(name: str) -> Lag:
    return Lag(name, None, "t")  # type: ignore[arg-type] # the database is asked for parked records alone


def shown(name: str, lag: str, tp: TopicPartition) -> float | None:
    return metrics.value(name, consumer=lag, topic=tp.topic, partition=str(tp.partition))


async def test_the_oldest_record_in_hand_ages_until_it_is_done() -> None:
    lag = lag_of("t.ages")
    batch = {TP: [record(TP, 30), record(TP, 20)]}
    lag.read(batch)
    assert 30 <= lag.seconds(TP) < 35
    lag.settled(reading({TP: 5}), batch, ())
    assert 20 <= lag.seconds(TP) < 25, "what is left was published after the last one"
    lag.settled(reading({TP: 0}), batch, ())
    assert lag.seconds(TP) == 0


async def test_a_partition_held_at_its_limit_ages_on() -> None:
    lag = lag_of("t.held")
    batch = {TP: [record(TP, 30)]}
    lag.read(batch)
    consumer = reading({TP: 7}, paused=[TP])
    lag.settled(consumer, batch, {TP})
    await lag.show(consumer, {TP})
    assert (shown("hc_consumer_lag_seconds", "t.held", TP) or 0) >= 30
    assert shown("hc_consumer_lag", "t.held", TP) == 7, "asked for, as nobody fetches it"
    assert metrics.value("hc_consumer_held_partitions", consumer="t.held") == 1


async def test_a_background_topic_that_waits_counts_from_when_it_was_seen_to_wait() -> None:
    lag = lag_of("t.waits")
    await lag.show(reading({OTHER: 3}, paused=[OTHER]), set())
    assert 0 <= (shown("hc_consumer_lag_seconds", "t.waits", OTHER) or 0) < 5
    await lag.show(reading({OTHER: 0}), set())
    assert shown("hc_consumer_lag_seconds", "t.waits", OTHER) == 0


async def test_partitions_of_others_are_not_shown() -> None:
    lag = lag_of("t.lost")
    await lag.show(reading({TP: 3, OTHER: 0}), set())
    assert metrics.value("hc_consumer_partitions", consumer="t.lost") == 2
    await lag.show(reading({OTHER: 0}), set())
    assert shown("hc_consumer_lag", "t.lost", TP) is None
    assert shown("hc_consumer_lag_seconds", "t.lost", TP) is None
    assert metrics.value("hc_consumer_partitions", consumer="t.lost") == 1
