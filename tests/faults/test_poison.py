"""Poison on every topic while people declare."""

import pytest

from tests.support import topics
from tests.support.faults.world import OTHERS, World, trial
from tests.support.garbage import WITHOUT_OVERSIGHT, garbage_of, letters_in, letters_of, until_set_aside

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(600)]


def test_poison_on_every_topic(world: World) -> None:
    bootstrap, garbage = world.region.environment["KAFKA_BOOTSTRAP"], garbage_of(world.region, WITHOUT_OVERSIGHT)
    boxes = sorted({f"{each.record.topic}.dlq" for each in garbage})
    with trial(world, f"{len(garbage)} poison records on {len(boxes)} topics") as going:
        world.also(*OTHERS)
        before = letters_in(bootstrap, boxes)
        going.begin()
        topics.write(bootstrap, [each.record for each in garbage])
        until_set_aside(bootstrap, boxes, letters_of(garbage) + before)
        books = going.recovered(tried=len(garbage))
    assert books.balance(), books
