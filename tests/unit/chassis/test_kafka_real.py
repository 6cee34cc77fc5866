import pytest
from aiokafka.record import default_records

from chassis.kafka.model import BrokerError
from chassis.kafka.real import KafkaBroker


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
