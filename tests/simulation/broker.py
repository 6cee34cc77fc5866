"""The broker as one process has it: the twin behind a network that may be slow or cut, and sessions that run out."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeVar

from chassis.kafka.model import BrokerError, Outgoing, PublishFailed, Record, TopicPartition, TopicSpec
from chassis.kafka.ports import SESSION_TIMEOUT_MS, Batch, Positions, Reader, Start
from chassis.kafka.real_producer import TRANSACTION_TIMEOUT_MS
from chassis.kafka.twin import Milliseconds, TwinBroker
from chassis.kafka.twin_group import TwinConsumer
from chassis.kafka.twin_producer import TwinTransactionalProducer
from tests.simulation.loop import Process
from tests.simulation.weather import Weather

T = TypeVar("T")

HEARTBEAT_SECONDS: Final = 1.0
MILLISECONDS: Final = 1000
PATIENT: Final = 5  # a poll that finds nothing waits so many times as long, or most steps would be polls


class QuickBroker(TwinBroker):
    """A twin whose readers wait for less: no task and no timeout for each."""

    def __init__(self, clock: Milliseconds) -> None:
        super().__init__(clock=clock)
        self._waiting: list[asyncio.Future[bool]] = []

    def changed(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(True)

    async def changes_until(self, deadline: float) -> bool:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()
        self._waiting.append(future)
        timer = loop.call_at(deadline, lambda: None if future.done() else future.set_result(False))
        try:
            return await future
        finally:
            timer.cancel()


class Link:
    """The way from a region to one broker, of the region's own or of the nation."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_up = True


class Cluster:
    """A broker with its sessions. `committed` hears of topics that have new records."""

    def __init__(self, name: str, twin: TwinBroker, committed: Callable[[TwinBroker, Iterable[str]], None]) -> None:
        self.name = name
        self.twin = twin
        self.committed = committed
        self._alive: dict[TwinConsumer, tuple[Process, Link, float]] = {}

    def watch(self, member: TwinConsumer, process: Process, link: Link) -> None:
        """Expect a member's heartbeats."""
        self._alive[member] = process, link, asyncio.get_running_loop().time()

    def forget(self, member: TwinConsumer) -> None:
        """It has left."""
        self._alive.pop(member, None)

    async def keep_sessions(self) -> None:
        """End sessions of members that gave no sign of life for too long, for as long as the simulation runs."""
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            now = asyncio.get_running_loop().time()
            for member, (process, link, seen) in list(self._alive.items()):
                if not process.dead and not process.paused and link.is_up:
                    self._alive[member] = process, link, now
                elif now - seen > SESSION_TIMEOUT_MS / MILLISECONDS and process.dead:
                    self.twin.crash(member)
                    del self._alive[member]
                elif now - seen > SESSION_TIMEOUT_MS / MILLISECONDS:
                    self.twin.expire(member)


class SimBroker:
    """Implements chassis.kafka.ports.Broker for one process."""

    def __init__(self, cluster: Cluster, link: Link, process: Process, weather: Weather) -> None:
        self.cluster = cluster
        self.link = link
        self.process = process
        self.weather = weather

    async def ask(self, at_broker: Callable[[], T], failure: type[BrokerError] = BrokerError) -> T:
        """Have the broker do something; it does so whether or not the client lives to hear of it."""
        self.process.check()
        if not self.link.is_up:
            await asyncio.sleep(self.weather.patience())
            raise failure("the broker is away")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def arrive() -> None:
            if not self.link.is_up:
                answer(lambda: future.set_exception(failure("the request was lost")), self.weather.patience())
                return
            try:
                result = at_broker()
            except BrokerError as error:
                answer(partial(future.set_exception, error), self.weather.way())
                return
            if self._is_reachable():
                answer(lambda: future.set_result(result), self.weather.way())
            else:
                answer(lambda: future.set_exception(failure("the answer was lost")), self.weather.patience())

        def answer(tell: Callable[[], None], seconds: float) -> None:
            loop.call_later(seconds, lambda: None if future.done() else tell(), context=self.weather.context)

        loop.call_later(self.weather.way(), arrive, context=self.weather.context)
        found = await future
        self.process.check()
        return found

    def _is_reachable(self) -> bool:
        return self.link.is_up

    async def consumer(
        self, topics: Sequence[str], group: str, positions: Positions, *, session_timeout_ms: int = SESSION_TIMEOUT_MS
    ) -> "SimConsumer":
        del session_timeout_ms

        def join() -> TwinConsumer:
            member = at_once(self.cluster.twin.consumer(topics, group, positions))
            self.cluster.watch(member, self.process, self.link)
            return member

        return SimConsumer(self, await self.ask(join))

    async def reader(self, topics: Sequence[str], *, start: Start = "beginning") -> Reader:
        return await self.ask(lambda: at_once(self.cluster.twin.reader(topics, start=start)))

    def transactional_producer(self, transactional_id: str) -> "SimTransactionalProducer":
        return SimTransactionalProducer(self, self.cluster.twin.transactional_producer(transactional_id))

    async def producer(self) -> "SimProducer":
        self.process.check()
        return SimProducer(self)

    async def create_topics(self, topics: Sequence[TopicSpec]) -> None:
        await self.ask(lambda: at_once(self.cluster.twin.create_topics(topics)))

    async def partitions(self, topic: str) -> int:
        return self.cluster.twin.count(topic)

    async def last_records(self, topic: str, n: int) -> list[Record]:
        await self.ask(lambda: None)
        return await self.cluster.twin.last_records(topic, n)

    async def bounds(self, topic: str) -> dict[TopicPartition, tuple[int, int]]:
        await self.ask(lambda: None)
        return await self.cluster.twin.bounds(topic)

    async def part(self, tp: TopicPartition, start: int, most: int) -> tuple[list[Record], int]:
        await self.ask(lambda: None)
        return await self.cluster.twin.part(tp, start, most)

    async def close(self) -> None: ...


def at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine of the twin's that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value  # type: ignore[no-any-return]
    raise RuntimeError("the twin was to answer at once")


class SimConsumer:
    """Implements Consumer."""

    def __init__(self, broker: SimBroker, twin: TwinConsumer) -> None:
        self._broker = broker
        self._twin = twin
        self.assignment, self.position, self.seek, self.joined = (
            twin.assignment,
            twin.position,
            twin.seek,
            twin.joined,
        )
        self.pause, self.resume, self.paused, self.lag = twin.pause, twin.resume, twin.paused, twin.lag
        self.beginning_offsets, self.end_offsets = twin.beginning_offsets, twin.end_offsets

    async def getmany(
        self,
        max_records: int,
        timeout: float,  # noqa: ASYNC109 - see ports
        topics: Collection[str] | None = None,
    ) -> Batch:
        process, link = self._broker.process, self._broker.link
        process.check()
        if not link.is_up:
            await asyncio.sleep(timeout)
            return {}
        batch = await self._twin.getmany(min(max_records, self._broker.weather.handful()), timeout * PATIENT, topics)
        process.check()
        if batch:
            await asyncio.sleep(self._broker.weather.way())
        return batch

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        self._broker.process.check()
        if self._broker.link.is_up:
            await self._twin.commit(offsets)

    async def rejoin(self) -> None:
        self._broker.process.check()
        await self._twin.rejoin()

    async def stop(self) -> None:
        self._broker.process.check()
        await self._twin.stop()
        self._broker.cluster.forget(self._twin)


class SimTransactionalProducer:
    """Implements TransactionalProducer: a transaction stays open at the broker while its holder sleeps or is gone."""

    def __init__(self, broker: SimBroker, twin: TwinTransactionalProducer) -> None:
        self._broker = broker
        self._twin = twin

    async def start(self) -> None:
        await self._broker.ask(lambda: at_once(self._twin.start()), PublishFailed)

    async def publish(self, records: Sequence[Outgoing]) -> None:
        if not records:
            return
        await self._broker.ask(lambda: self._begin(records), PublishFailed)
        self._broker.weather.chance("publish.request_lost", PublishFailed)
        await self._broker.ask(lambda: self._commit(records), PublishFailed)
        self._broker.weather.chance("publish.answer_lost", PublishFailed)

    def _begin(self, records: Sequence[Outgoing]) -> None:
        self._twin.begin(records)
        begun = self._twin._txn
        loop = asyncio.get_running_loop()

        def give_up() -> None:
            if begun is not None and begun.state == "open":
                at_once(self._broker.cluster.twin.transactional_producer(self._twin._id).start())

        seconds = TRANSACTION_TIMEOUT_MS / MILLISECONDS
        loop.call_later(seconds, give_up, context=self._broker.weather.context)

    def _commit(self, records: Sequence[Outgoing]) -> None:
        self._twin.commit()
        self._broker.cluster.committed(self._broker.cluster.twin, dict.fromkeys(record.topic for record in records))

    async def stop(self) -> None:
        self._broker.process.check()
        if self._broker.link.is_up:
            await self._twin.stop()


class SimProducer:
    """Implements Producer; who is not sure that it is out sends again, and so sends twice."""

    def __init__(self, broker: SimBroker) -> None:
        self._broker = broker

    async def send_all(self, records: Sequence[Outgoing]) -> None:
        twin = self._broker.cluster.twin

        def write() -> None:
            at_once(at_once(twin.producer()).send_all(records))
            self._broker.cluster.committed(twin, dict.fromkeys(record.topic for record in records))

        await self._broker.ask(write, PublishFailed)
        self._broker.weather.chance("send.answer_lost", PublishFailed)

    async def stop(self) -> None: ...
