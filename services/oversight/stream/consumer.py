"""Faust's consumer with the things mended that this stack needs; docs/decisions/0012 says what was measured."""

from collections.abc import Mapping, MutableMapping

import aiokafka
import faust
from faust.transport.drivers import aiokafka as driver
from faust.types import TP


class CommittedThread(driver.AIOKafkaConsumerThread):
    """Reads what is committed: outside of its own transactions Faust would read what was aborted too."""

    def _create_worker_consumer(self, transport: driver.Transport) -> aiokafka.AIOKafkaConsumer:
        self.consumer.in_transaction = True
        try:
            return super()._create_worker_consumer(transport)
        finally:
            self.consumer.in_transaction = False

    async def commit(self, offsets: Mapping[TP, int]) -> bool:
        """Commit, unless the thread has ended: after a crash it has, and what stops the app would stumble over it."""
        return not self.thread_loop.is_closed() and bool(await super().commit(offsets))


class StoredConsumer(driver.Consumer):
    """Commits the positions that are stored with the counts.

    Faust works them out from acknowledgements, and takes one gap of a log a commit. A topic that is written in
    transactions has a gap behind each: its commits then fall behind for ever.
    """

    stored: MutableMapping[TP, int]

    def _new_consumer_thread(self) -> CommittedThread:
        self.stored = {}
        return CommittedThread(self, loop=self.loop, beacon=self.beacon)

    def _new_offset(self, tp: TP) -> int | None:
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        self._gap[tp].clear()
        return self.stored.get(tp)


class Transport(driver.Transport):
    """The driver with that consumer."""

    Consumer = StoredConsumer


def transport_of(app: faust.App) -> Transport:
    """The transport of an app."""
    return Transport(app.conf.broker, app, loop=app.loop)
