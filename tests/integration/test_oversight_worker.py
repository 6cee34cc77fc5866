"""The Faust worker on the real broker: what it reads, what it sets aside, and what happens when it crashes."""

import asyncio
import contextlib
import random
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from chassis.kafka.model import Outgoing, TopicSpec
from chassis.kafka.real import KafkaBroker
from chassis.outbox import decode_headers
from chassis.postgres.pool import Pool
from deploy.local.stack import Stack
from healthcode.events import RuleHit
from healthcode.values import Color
from services.oversight.domain.thresholds import Thresholds
from services.oversight.handlers.alarm import Rules
from services.oversight.store.books import PostgresBooks
from services.oversight.stream.app import Setup
from services.oversight.stream.counting import Counting
from services.oversight.stream.worker import FaustWorker
from tests.support.garbage import NEWER, garbage_for
from tests.support.overseeing import Load, outgoing
from tests.support.schema import delivery_pool, tables_of
from tests.twins.oversight_events import changed

pytestmark = pytest.mark.embedded


CHANGED = "SELECT coalesce(sum(n), 0)::bigint FROM count WHERE kind = 'changed' AND dimension = 'all'"
LETTERS = "SELECT topic, key, headers, value FROM outbox ORDER BY id"
SECONDS = 60


class Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class Edge:
    """A worker that runs beside the test, on topics of its own."""

    load: Load
    broker: KafkaBroker
    pool: Pool
    worker: FaustWorker

    async def send(self, *records: Outgoing) -> None:
        producer = await self.broker.producer()
        await producer.send_all(records)
        await producer.stop()

    async def until(self, what: Callable[[], Awaitable[Any]]) -> Any:
        async with asyncio.timeout(SECONDS):
            while not (found := await what()):
                await asyncio.sleep(0.05)
        return found

    async def until_counted(self, number: int) -> None:
        async def counted() -> bool:
            return bool(await self.pool.fetchval(CHANGED) >= number)

        await self.until(counted)
        assert await self.pool.fetchval(CHANGED) == number


@pytest.fixture
async def edge(stack: Stack, database_url: str) -> AsyncIterator[Edge]:
    load = Load(f"{secrets.randbelow(900000) + 100000}", random.Random(1), datetime.now(UTC))  # noqa: S311 - made up
    broker = KafkaBroker(stack.kafka_bootstrap, client_id="test")
    await broker.create_topics([TopicSpec(load.topic, 2)])
    pool = await delivery_pool(database_url, "oversight", tables_of("oversight"))
    rules = Rules(load.region, Thresholds(), lambda: secrets.token_hex(16))
    counting = Counting(pool, lambda connection: PostgresBooks(connection, load.region), rules, Clock())
    setup = Setup(f"{load.region}-oversight", stack.kafka_bootstrap, {}, [load.topic], 0.5, 100, 0.1, 0.5)
    worker, stop = FaustWorker(setup, counting), asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    yield Edge(load, broker, pool, worker)
    stop.set()
    await running
    assert worker.pulse.trouble() == "is not running"
    await pool.close()
    await broker.close()


async def test_it_counts_what_is_good_and_sets_aside_what_is_not(edge: Edge) -> None:
    event = changed(Color.GREEN, Color.RED)
    garbage = list(garbage_for(edge.load.topic, event))
    records = [Outgoing(r.topic, r.key, r.value, r.headers) for r in (each.record for each in garbage)]
    unstorable = RuleHit(rule="a\0b", color=Color.RED, reason="r", facts=("f",), since=datetime.now(UTC))
    poison = outgoing(
        changed(Color.GREEN, Color.RED, datetime.now(UTC), hits=(unstorable,)), edge.load.region, datetime.now(UTC)
    )
    await edge.send(*edge.load.batch(30), *records, poison, *edge.load.batch(30))
    await edge.until_counted(60)
    # what is newer than its reader is passed over
    wanted = Counter([each.reason for each in garbage if each.what != NEWER] + ["oversight-fault"])
    found: Counter[str] = Counter()

    async def all_letters() -> bool:
        found.clear()
        for row in await edge.pool.fetch(LETTERS):
            assert row["topic"] == f"{edge.load.topic}.dlq"
            found[dict(decode_headers(row["headers"]))["hc_reason"].decode()] += 1
        return found.total() >= wanted.total()

    with contextlib.suppress(TimeoutError):
        await edge.until(all_letters)
    assert found == wanted


async def test_a_crash_ends_the_app_alone_and_loses_and_doubles_nothing(edge: Edge) -> None:
    await edge.send(*edge.load.batch(150))
    await edge.until_counted(150)
    app = edge.worker._app
    assert app is not None
    await edge.send(*edge.load.batch(150))
    await app.crash(RuntimeError("told to"))

    async def another() -> bool:
        return edge.worker._app not in (None, app)

    await edge.until(another)
    await edge.send(*edge.load.batch(50))
    await edge.until_counted(350)


async def test_what_was_aborted_counts_nowhere(edge: Edge, stack: Stack) -> None:
    await edge.load.abort(stack.kafka_bootstrap, 5)
    await edge.send(*edge.load.batch(20))
    await edge.until_counted(20)
