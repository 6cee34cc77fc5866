"""Fixtures of delivery: a broker of either kind, and a schema with the tables of delivery and one for what was done."""

from collections.abc import AsyncIterator

import pytest

from chassis.kafka.ports import Broker
from chassis.postgres.pool import Pool
from tests.support.brokers import either_broker
from tests.support.schema import delivery_pool
from tests.support.streaming import DONE


@pytest.fixture(params=["twin", "real"])
def broker_address(request: pytest.FixtureRequest) -> str | None:
    """None for the twin. Not asked for within an event loop: starting the servers runs one of its own."""
    address: str | None = request.getfixturevalue("kafka_bootstrap") if request.param == "real" else None
    return address


@pytest.fixture
async def broker(broker_address: str | None) -> AsyncIterator[Broker]:
    """The twin, and the real broker."""
    async with either_broker(broker_address) as broker:
        yield broker


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """The schema `svc` on the real database."""
    pool = await delivery_pool(database_url, "svc", DONE)
    yield pool
    await pool.close()
