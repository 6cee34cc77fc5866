"""Every named point is really passed, on either broker; a failure at any of them loses nothing and doubles nothing."""

import uuid
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from chassis.kafka.model import TopicSpec
from chassis.kafka.ports import Broker
from chassis.points import RELAY_POINTS, WORKER_POINTS, Action, FailPoint, FailPoints, Point
from chassis.postgres.pool import Pool
from tests.support.relaying import Lanes
from tests.support.streaming import DONE_COUNT, Stream

pytestmark = pytest.mark.embedded

RECORDS = 40


class Seen(Counter[tuple[str, Point]]):
    """Counts what is reached."""

    async def reach(self, scope: str, point: Point) -> None:
        self[scope, point] += 1


@pytest.fixture
async def stream(pool: Pool, broker: Broker) -> AsyncIterator[Stream]:
    stream = Stream(pool, broker, f"-{uuid.uuid4().hex[:8]}")
    await stream.create()
    await stream.send(*(stream.review(n, f"s{n % 7}") for n in range(RECORDS)))
    yield stream
    await stream.kill()


@pytest.fixture
async def lanes(pool: Pool, broker: Broker) -> AsyncIterator[Lanes]:
    lanes = Lanes(pool, broker, f"-{uuid.uuid4().hex[:8]}")
    await broker.create_topics([TopicSpec(lanes.topic, 2), TopicSpec(lanes.spec.topic, 1)])
    for n in range(RECORDS):
        await lanes.write("a", [str(n)])
    yield lanes
    await lanes.kill()


async def test_a_worker_passes_every_point(stream: Stream) -> None:
    seen = Seen()
    stream.start(points=seen)
    await stream.until(DONE_COUNT, RECORDS)
    await stream.end()
    assert set(seen) == {("svc.worker", point) for point in WORKER_POINTS}


async def test_a_relay_passes_every_point(lanes: Lanes) -> None:
    seen = Seen()
    lanes.start(seen)
    await lanes.until_empty()
    await lanes.end()
    assert set(seen) == {("svc.relay.0", point) for point in RELAY_POINTS}


@pytest.mark.parametrize("point", WORKER_POINTS)
async def test_a_worker_that_fails_there_handles_everything_once(pool: Pool, stream: Stream, point: Point) -> None:
    stream.start(max_records=9, points=FailPoints(FailPoint("svc.worker", point, 1, Action.RAISE)))
    await stream.until(DONE_COUNT, RECORDS)
    await stream.end()
    for subject in range(7):
        assert await stream.done(f"s{subject}") == [str(n) for n in range(RECORDS) if n % 7 == subject]
    assert await pool.fetchval("SELECT count(*) FROM parked_record") == 0


@pytest.mark.parametrize("point", RELAY_POINTS)
async def test_a_relay_that_fails_there_publishes_everything_once(lanes: Lanes, point: Point) -> None:
    lanes.start(FailPoints(FailPoint("svc.relay.0", point, 1, Action.RAISE)))
    await lanes.until_empty()
    await lanes.end()
    assert await lanes.published() == [str(n) for n in range(RECORDS)]
