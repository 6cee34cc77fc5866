"""The relay's loop: a window is stored before it is published, and published together with its number.

So a successor knows whether the last window is out, and a paused owner can neither store nor publish another.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import msgspec
import structlog

from chassis import metrics, outbox, trace
from chassis.kafka.model import Outgoing, PublishFailed
from chassis.kafka.ports import Broker, TransactionalProducer
from chassis.points import Point, Points
from chassis.postgres.pool import Connection, Pool
from chassis.pulse import Pulse
from chassis.relay.window import Lane, RelaySpec, Window

IDLE_SECONDS: Final = 0.5
WAITING_SECONDS: Final = 0.003
SIGN_OF_LIFE_SECONDS: Final = 1.0
PUBLISH_TRIES: Final = 20
MARKERS_READ: Final = 50
MARKERS_MORE: Final = 40  # times as many, each time that was not enough
CLOCK_SKEW: Final = timedelta(hours=1)
BACKLOG: Final = (metrics.OUTBOX_ROWS, metrics.OUTBOX_OLDEST_SECONDS, metrics.RELAY_HORIZON_AGE_SECONDS)

log = structlog.get_logger()


class Marker(msgspec.Struct, frozen=True, order=True):
    """The number of a published window, on the relay topic beside what it published."""

    incarnation: int
    window: int


class Relay:
    """Publishes one lane until it is stopped or fenced."""

    def __init__(self, spec: RelaySpec, *, broker: Broker, pool: Pool, points: Points | None = None) -> None:
        """`pool` gives connections whose search path is the schema."""
        self._spec = spec
        self._broker = broker
        self._pool = pool
        self._points = points
        self._scope = f"{spec.schema}.relay.{spec.lane}"
        self._lane = Lane(pool, spec)
        self._wake = asyncio.Event()
        self._deaf = False
        self.pulse = Pulse()
        self._log = log.bind(relay=spec.name)

    async def run(self, stop: asyncio.Event) -> None:
        """Wait for the lane, take it over, and publish until `stop` is set.

        Raises Fenced when a newer relay took the lane, and what the broker or the database say when they are away.
        """
        owner = metrics.RELAY_OWNER.labels(self._spec.name)
        while not await self._lane.take_over():
            self.pulse.beat()
            owner.set(0)
            self._show_nothing()
            if await _set_within(stop, IDLE_SECONDS):
                return
        await self._reach(Point.LANE_TAKEN)
        owner.set(1)
        await self._report()
        producer = self._broker.transactional_producer(self._spec.name)
        try:
            async with self._signs_of_life() as life:
                await producer.start()
                await self._settle_pending(producer)
                while not stop.is_set():
                    async with self._pool.acquire() as listener:
                        await self._listen(listener, stop, producer, life)
            await self._lane.let_go()
        finally:
            self.pulse.end()
            owner.set(0)
            await producer.stop()
            self._log.info("relay_stopped")

    async def _reach(self, point: Point) -> None:
        if self._points is not None:
            await self._points.reach(self._scope, point)

    @asynccontextmanager
    async def _signs_of_life(self) -> AsyncIterator["asyncio.Task[None]"]:
        """In the database, beside the work.

        A publication may take longer than the lease; whoever took over meanwhile would only begin it anew.
        """
        life = asyncio.create_task(self._give_signs_of_life())
        try:
            yield life
        finally:
            life.cancel()
            await asyncio.wait([life])
            if not life.cancelled():
                life.exception()  # what it ended with is known, or does not matter any more

    async def _give_signs_of_life(self) -> None:
        while True:
            await asyncio.sleep(SIGN_OF_LIFE_SECONDS)
            await self._lane.alive()
            await self._report()

    async def _listen(
        self, listener: Connection, stop: asyncio.Event, producer: TransactionalProducer, life: "asyncio.Task[None]"
    ) -> None:
        """Publish until `stop` is set, or this connection ends."""
        channel = outbox.channel(self._spec.schema, self._spec.lane)
        self._deaf = False
        await listener.add_listener(channel, self._on_notify)
        listener.add_termination_listener(self._on_end)
        self._log.info("relay_started")
        try:
            while not (stop.is_set() or self._deaf):
                if life.done():
                    life.result()
                await self._publish_next(producer)
        finally:
            if not self._deaf:
                listener.remove_termination_listener(self._on_end)
                await listener.remove_listener(channel, self._on_notify)

    def _on_notify(self, *_: object) -> None:
        self._wake.set()

    def _on_end(self, *_: object) -> None:
        """The listening connection has ended; the pool takes it back at once, so it may not be touched any more."""
        self._deaf = True
        self._wake.set()

    async def _publish_next(self, producer: TransactionalProducer) -> None:
        """One window; when there is none, wait for news."""
        self._wake.clear()
        self.pulse.beat()
        window = await self._lane.next_window()
        if window is not None:
            await self._publish(producer, window)
            return
        waiting = await self._lane.is_waiting()
        await _set_within(self._wake, WAITING_SECONDS if waiting else IDLE_SECONDS)

    async def _report(self) -> None:
        backlog = await self._lane.backlog()
        metrics.OUTBOX_ROWS.labels(self._spec.name).set(backlog["rows"])
        metrics.OUTBOX_OLDEST_SECONDS.labels(self._spec.name).set(backlog["oldest"])
        metrics.RELAY_HORIZON_AGE_SECONDS.labels(self._spec.name).set(backlog["horizon"])

    def _show_nothing(self) -> None:
        """While another one owns the lane, what it looked like here is out of date."""
        for gauge in BACKLOG:
            gauge.remove(self._spec.name)

    async def _settle_pending(self, producer: TransactionalProducer) -> None:
        """Finish what the last owner began: publish its window unless its number is out."""
        window = await self._lane.pending()
        if window is None:
            return
        if not window.rows or await self._is_out(window):
            await self._lane.finish(window)
        else:
            await self._publish(producer, window)

    async def _is_out(self, window: Window) -> bool:
        """Whether a `read_committed` reader sees this window's number.

        Other relays write to that topic too, so it is read back to where ours would be: behind the window's rows.
        """
        mine = self._spec.name.encode()
        before = (min(row["created_at"] for row in window.rows) - CLOCK_SKEW).timestamp() * 1000
        depth = MARKERS_READ
        while True:
            records = await self._broker.last_records(self._spec.topic, depth)
            found = [r for r in records if r.key == mine]
            if found:
                last = msgspec.json.decode(max(found, key=lambda r: r.offset).value or b"", type=Marker)
                return last.incarnation == self._lane.incarnation and last.window >= window.number
            if len(records) < depth or min(r.timestamp for r in records) < before:
                return False
            depth *= MARKERS_MORE

    async def _publish(self, producer: TransactionalProducer, window: Window) -> None:
        await self._reach(Point.WINDOW_STORED)
        started = time.perf_counter()
        messages, spans = [], []
        for row in window.rows:
            topics = outbox.topics_of(row["topic"])
            headers, span = trace.publishing(topics[0], outbox.decode_headers(row["headers"]), row["created_at"])
            messages += [Outgoing(topic, row["key"] or None, row["value"], headers) for topic in topics]
            spans.append(span)
        marker = Marker(self._lane.incarnation, window.number)
        messages.append(Outgoing(self._spec.topic, self._spec.name.encode(), msgspec.json.encode(marker)))
        await self._until_out(producer, messages, window)
        trace.published(spans)
        await self._reach(Point.WINDOW_PUBLISHED)
        await self._lane.finish(window)
        await self._reach(Point.WINDOW_FINISHED)
        metrics.EVENTS_PUBLISHED.labels(self._spec.name).inc(len(window.rows))
        metrics.RELAY_WINDOW_SECONDS.labels(self._spec.name).observe(time.perf_counter() - started)

    async def _until_out(self, producer: TransactionalProducer, messages: list[Outgoing], window: Window) -> None:
        """Publish; a failure of unknown outcome is settled by the window's number before another try.

        Starting the producer again fences every other holder of its name, so ownership is looked at after that and
        before anything is sent: a successor's epoch stands in the database before it starts its own producer.
        """
        for tries in range(1, PUBLISH_TRIES + 1):
            try:
                await producer.publish(messages)
            except PublishFailed as failure:
                if tries == PUBLISH_TRIES:
                    raise
                self.pulse.beat("cannot publish")
                self._log.warning("publish_failed", error=str(failure), tries=tries)
                await asyncio.sleep(min(0.1 * tries, 1.0))
                await producer.start()
                await self._lane.alive()
                if await self._is_out(window):
                    return
            else:
                return


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
