import asyncio
import contextlib
from typing import Any

import pytest
from aiokafka.record import default_records

from chassis.kafka.model import BrokerError
from chassis.kafka.real import KafkaBroker
from chassis.kafka.real_consumer import Fetching


async def test_without_the_c_extension_nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(default_records, "DefaultRecordBatchBuilder", default_records._DefaultRecordBatchBuilderPy)
    with pytest.raises(BrokerError, match="C extension"):
        KafkaBroker("127.0.0.1:1", client_id="x")


async def test_a_broker_that_is_away_is_said_to_be(caplog: pytest.LogCaptureFixture) -> None:
    broker = KafkaBroker("127.0.0.1:1", client_id="x")
    with pytest.raises(BrokerError, match="no broker answers"):
        await broker.partitions("t")
    with pytest.raises(BrokerError, match="could not start"):
        await broker.transactional_producer("t").start()
    await broker.close()


class Failed:
    """What is stopped while one of its own tasks waits before another try: it cancels that, and waits for it."""

    def __init__(self) -> None:
        self._client = self
        self._retry: asyncio.Task[None] | None = None
        self.closed = False

    async def stop(self) -> None:
        self._retry = asyncio.create_task(asyncio.sleep(60))
        await asyncio.sleep(0)
        self._retry.cancel()
        await self._retry

    async def close(self) -> None:
        self.closed = True


async def test_a_consumer_that_is_stopped_while_the_broker_is_away_cancels_nobody_else() -> None:
    inner: Any = Failed()
    await Fetching(inner).stop()
    assert inner.closed


async def test_who_stops_a_consumer_can_be_cancelled() -> None:
    class Slow(Failed):
        async def stop(self) -> None:
            await asyncio.sleep(60)

    inner: Any = Slow()
    stopping = asyncio.create_task(Fetching(inner).stop())
    await asyncio.sleep(0)
    stopping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await stopping
    assert stopping.cancelled()
