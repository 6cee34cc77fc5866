from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from chassis.kafka.model import TopicPartition
from chassis.kafka.ports import Consumer
from chassis.stream.model import StreamSpec
from chassis.stream.reading import LITTLE, QUIET_SECONDS, Reading

LIVE, BACK, OTHER = TopicPartition("live", 0), TopicPartition("back", 0), TopicPartition("back", 1)


@dataclass
class Group:
    """What a consumer tells of its partitions, and what is paused."""

    lags: dict[TopicPartition, int]
    held: set[TopicPartition] = field(default_factory=set)

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset(self.lags)

    def lag(self, tp: TopicPartition) -> int:
        return self.lags[tp]

    def pause(self, tps: Any) -> None:
        self.held.update(tps)

    def resume(self, tps: Any) -> None:
        self.held.difference_update(tps)


async def nothing(*_: Any) -> None:
    return None


@pytest.fixture
def background() -> Reading:
    return Reading(StreamSpec("c", ["live"], nothing, cast("Any", None), background=["back"], live_lag=10))


def hold(background: Reading, group: Group, *stopped: TopicPartition) -> set[TopicPartition]:
    background.hold(cast("Consumer", group), set(stopped))
    return group.held


def test_it_waits_while_live_topics_lag(background: Reading) -> None:
    group = Group({LIVE: 11, BACK: 500})
    assert hold(background, group) == {BACK}
    group.lags[LIVE] = 10
    assert hold(background, group) == set()


def test_a_partition_that_waits_at_its_limit_is_not_taken_up_again(background: Reading) -> None:
    group = Group({LIVE: 11, BACK: 0, OTHER: 0}, {BACK})
    hold(background, group, BACK)
    group.lags[LIVE] = 0
    assert hold(background, group, BACK) == {BACK}


def test_the_lag_of_a_partition_that_waits_at_its_limit_holds_nobody_back(background: Reading) -> None:
    assert hold(background, Group({LIVE: 5000, BACK: 0}), LIVE) == set()


class Topics:
    """A consumer with so many records on each topic, that says what was asked of it."""

    def __init__(self, **records: int) -> None:
        self.records = records
        self.asked: list[tuple[int, float, list[str] | None]] = []

    async def getmany(self, most: int, timeout: float, topics: list[str] | None = None) -> dict[Any, list[int]]:  # noqa: ASYNC109
        self.asked.append((most, timeout, topics))
        batch: dict[Any, list[int]] = {}
        for topic in topics or self.records:
            count = min(most, self.records[topic])
            self.records[topic] -= count
            most -= count
            if count:
                batch[topic] = [0] * count
        return batch


def sizes(batch: Any) -> dict[str, int]:
    return {topic: len(records) for topic, records in batch.items()}


def reading() -> Reading:
    return Reading(StreamSpec("c", ["first", "second"], nothing, cast("Any", None), background=["back"]))


async def test_what_somebody_waits_for_comes_first_and_the_rest_a_little_at_a_time() -> None:
    topics = Topics(first=1200, second=600, back=9000)
    read = reading()
    assert sizes(await read.read(cast("Any", topics))) == {"first": 1000}
    assert sizes(await read.read(cast("Any", topics))) == {"first": 200, "second": LITTLE, "back": LITTLE}
    assert sizes(await read.read(cast("Any", topics))) == {"second": LITTLE, "back": LITTLE}


async def test_when_nothing_urgent_has_come_for_a_while_the_rest_is_read_in_whole_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr("chassis.stream.reading._now", lambda: now)
    topics, read = Topics(first=1, second=0, back=9000), reading()
    assert sizes(await read.read(cast("Any", topics))) == {"first": 1, "back": LITTLE}
    now += QUIET_SECONDS / 2
    assert sizes(await read.read(cast("Any", topics))) == {"back": LITTLE}
    now += QUIET_SECONDS
    assert sizes(await read.read(cast("Any", topics))) == {"back": 1000}


async def test_where_nothing_is_it_waits_for_all_of_them() -> None:
    topics = Topics(first=0, second=0, back=0)
    assert await reading().read(cast("Any", topics)) == {}
    assert topics.asked[-1] == (1000, 0.2, None)
