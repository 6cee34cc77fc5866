"""The oversight worker is killed under load: what it counted beside what was on the topic, and what it read twice.

`pytest -s tests/integration/test_oversight_kill.py` prints the figures that docs/oversight.md states.
"""

import asyncio
import json
import random
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from chassis.kafka.real import KafkaBroker
from deploy.local.stack import Stack
from tests.support.overseeing import Load, counted, read
from tests.support.region import RegionProcesses, region_processes

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(300)]

REGION: Final = "230000"
KILLS: Final = 3
SIZE: Final = 40  # records a transaction: a marker, and so a gap in the log, behind each
BATCHES: Final = 25  # transactions before each kill, and after the last
COMMIT_SECONDS: Final = 1.0
BATCH_RECORDS: Final = 500
SECONDS: Final = 90


@pytest.fixture
async def region(stack: Stack, database_url: str, tmp_path: Path) -> AsyncIterator[RegionProcesses]:
    with region_processes(stack, database_url, tmp_path, REGION) as processes:
        yield processes


async def until_read(region: RegionProcesses, number: int) -> None:
    """Wait until so many are counted."""
    async with asyncio.timeout(SECONDS):
        while await read(region.database_url) < number:
            alive = region.running.get("oversight")
            assert alive is None or alive.poll() is None, (region.folder / "oversight.log").read_text("utf-8")[-2000:]
            await asyncio.sleep(0.05)


def read_again(region: RegionProcesses) -> int:
    """How many records Faust handed out that were counted before."""
    lines = (region.folder / "oversight.log").read_text("utf-8").splitlines()
    events = [json.loads(line) for line in lines if line.startswith("{")]
    return sum(event["records"] for event in events if event["event"] == "records_again")


async def until_committed(stack: Stack, load: Load, number: int) -> None:
    """Wait until the group stands behind so many, so that a kill leaves no more than a round to be read again."""
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka_bootstrap)
    await admin.start()
    async with asyncio.timeout(SECONDS):
        while await committed(admin, load) < number:
            await asyncio.sleep(0.05)
    await admin.close()


async def committed(admin: AIOKafkaAdminClient, load: Load) -> int:
    """Where the group stands, all partitions together; markers are counted too."""
    offsets = await admin.list_consumer_group_offsets(f"{REGION}-oversight")
    return sum(where.offset for tp, where in offsets.items() if tp.topic == load.topic)


async def test_a_kill_loses_and_doubles_no_count(region: RegionProcesses, stack: Stack) -> None:
    load = Load(REGION, random.Random(1), datetime.now(UTC))  # noqa: S311 - made-up load
    broker = KafkaBroker(stack.kafka_bootstrap, client_id="load")
    producer = broker.transactional_producer(f"load-{secrets.token_hex(4)}")
    await producer.start()
    region.spawn("oversight", "services.oversight", "worker")
    for _ in range(KILLS):
        before = load.sent
        await load.publish(producer, BATCHES, SIZE)
        await load.abort(stack.kafka_bootstrap, 3)
        # somewhere in the middle of it, and not at the end of a batch
        await until_read(region, before + SIZE * BATCHES // 3)
        await until_committed(stack, load, before)
        await asyncio.to_thread(region.kill, "oversight")
        region.spawn("oversight", "services.oversight", "worker")
    await load.publish(producer, BATCHES, SIZE)
    await until_read(region, load.sent)
    await asyncio.to_thread(region.kill, "oversight", number=15)
    found, again = await counted(region.database_url), read_again(region)
    lost, doubled = load.truth - found, found - load.truth
    print(  # noqa: T201 - the figures of docs/oversight.md
        f"\n{load.sent} records, {KILLS} kills: {lost.total()} lost, {doubled.total()} counted twice;"
        f" {again} read again ({again / load.sent:.2%})"
    )
    assert (lost, doubled) == ({}, {})
    # what Faust reads again after a kill came since its last commit: here a round, and some that were under way
    assert again <= KILLS * (BATCHES * SIZE + BATCH_RECORDS)
    # lag tools see no lag but the markers behind the last records, although each transaction leaves a gap
    await until_committed(stack, load, load.sent)
    await producer.stop()
    await broker.close()
