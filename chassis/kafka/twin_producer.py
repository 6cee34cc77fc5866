"""The twin's producers: one transaction at a time, fenced by epoch."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from chassis.kafka.model import MAX_BATCH_BYTES, Fenced, Outgoing, PublishFailed, TopicPartition
from chassis.kafka.partitioner import partition_for
from chassis.kafka.twin_log import Log, Transaction

if TYPE_CHECKING:
    from chassis.kafka.twin import TwinBroker


class _Writer:
    """Finds the log of a record. Keyless records of one call share a partition, those of the next go one further."""

    def __init__(self, broker: "TwinBroker") -> None:
        self._broker = broker
        self._turn = 0

    def write(self, records: Sequence[Outgoing], txn: Transaction | None) -> None:
        targets = [self._target(record) for record in records]
        self._turn += 1
        for record, log in zip(records, targets, strict=True):
            log.append(record.key, record.value, tuple(record.headers), txn)
        self._broker.changed()

    def _target(self, record: Outgoing) -> Log:
        count = self._broker.count(record.topic)
        if len(record.key or b"") + len(record.value or b"") > MAX_BATCH_BYTES:
            raise PublishFailed(f"a record for {record.topic} is larger than {MAX_BATCH_BYTES} bytes")
        if record.partition is not None:
            partition = record.partition
        else:
            partition = self._turn % count if record.key is None else partition_for(record.key, count)
        return self._broker.log(TopicPartition(record.topic, partition))


class TwinProducer:
    """Writes at once."""

    def __init__(self, broker: "TwinBroker") -> None:
        self._writer = _Writer(broker)

    async def send_all(self, records: Sequence[Outgoing]) -> None:
        """See ports.Producer."""
        self._writer.write(records, None)

    async def stop(self) -> None:
        """See ports.Producer."""


class TwinTransactionalProducer:
    """Holds a transactional id. `begin`, `commit` and `abort` are there to stop a holder half-way in a simulation."""

    def __init__(self, broker: "TwinBroker", transactional_id: str) -> None:
        self._broker = broker
        self._id = transactional_id
        self._writer = _Writer(broker)
        self._epoch = -1
        self._txn: Transaction | None = None

    async def start(self) -> None:
        """See ports.TransactionalProducer."""
        self._epoch = self._broker.epochs.get(self._id, -1) + 1
        self._broker.epochs[self._id] = self._epoch
        left_open = self._broker.open_transactions.pop(self._id, None)
        if left_open is not None:
            left_open.end("aborted")
            self._broker.changed()
        self._txn = None

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """See ports.TransactionalProducer. Gives way once before the commit, as every holder may be paused there."""
        if records:
            self.begin(records)
            await asyncio.sleep(0)
            self.commit()

    def begin(self, records: Sequence[Outgoing]) -> None:
        """Write the records and leave the transaction open."""
        if self._epoch < 0:
            raise PublishFailed(f"the producer {self._id} is not started")
        self._check()
        self._txn = self._broker.open_transactions[self._id] = Transaction()
        try:
            self._writer.write(records, self._txn)
        except BaseException:
            self.abort()
            raise

    def commit(self) -> None:
        """Make the open transaction visible. Raises Fenced."""
        self._check()
        self._end("committed")

    def abort(self) -> None:
        """Make the open transaction invisible for ever. Raises Fenced."""
        self._check()
        self._end("aborted")

    def _end(self, state: Literal["committed", "aborted"]) -> None:
        if self._txn is not None:
            self._broker.open_transactions.pop(self._id).end(state)
            self._txn = None
            self._broker.changed()

    def _check(self) -> None:
        if self._epoch != self._broker.epochs.get(self._id):
            raise Fenced(f"another holder of {self._id} has started")

    async def stop(self) -> None:
        """See ports.TransactionalProducer: what is open is aborted, if it is still ours."""
        if self._epoch == self._broker.epochs.get(self._id):
            self._end("aborted")
        self._epoch = -1
