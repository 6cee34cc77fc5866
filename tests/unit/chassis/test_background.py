from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from chassis.kafka.model import TopicPartition
from chassis.kafka.ports import Consumer
from chassis.stream.background import Background
from chassis.stream.model import StreamSpec

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


@pytest.fixture
def background() -> Background:
    async def nothing(*_: Any) -> None:
        return None

    return Background(StreamSpec("c", ["live"], nothing, cast("Any", None), background=["back"], live_lag=10))


def hold(background: Background, group: Group, *stopped: TopicPartition) -> set[TopicPartition]:
    background.hold(cast("Consumer", group), set(stopped))
    return group.held


def test_it_waits_while_live_topics_lag(background: Background) -> None:
    group = Group({LIVE: 11, BACK: 500})
    assert hold(background, group) == {BACK}
    group.lags[LIVE] = 10
    assert hold(background, group) == set()


def test_a_partition_that_waits_at_its_limit_is_not_taken_up_again(background: Background) -> None:
    group = Group({LIVE: 11, BACK: 0, OTHER: 0}, {BACK})
    hold(background, group, BACK)
    group.lags[LIVE] = 0
    assert hold(background, group, BACK) == {BACK}


def test_the_lag_of_a_partition_that_waits_at_its_limit_holds_nobody_back(background: Background) -> None:
    assert hold(background, Group({LIVE: 5000, BACK: 0}), LIVE) == set()
