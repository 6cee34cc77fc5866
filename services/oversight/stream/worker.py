"""The worker: a Faust app under watch. What happens to it happens to oversight alone."""

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Final

import faust
import structlog
from faust.types import TP

from chassis import metrics
from chassis.kafka.model import Record
from chassis.postgres.errors import CONFLICTS, OUTAGES
from chassis.pulse import Pulse
from chassis.run import unless
from services.oversight.ports import Place
from services.oversight.stream.app import Setup, Work, make_app
from services.oversight.stream.consumer import StoredConsumer
from services.oversight.stream.counting import Counting

WATCH_SECONDS: Final = 0.25
STOP_SECONDS: Final = 5.0
LONGEST_PAUSE: Final = 30.0
HEALTHY_SECONDS: Final = 60.0
FORGET_SECONDS: Final = 600.0

RESTARTS = metrics.counter("hc_oversight_restarts_total", "Times that the Faust app ended by itself")
LAG = metrics.gauge("hc_oversight_lag_records", "Records behind the end of all partitions, markers counted")

log = structlog.get_logger()


class FaustCrashedError(RuntimeError):
    """The Faust app ended by itself."""


class FaustWorker:
    """Runs the app, and another one after it has crashed, for as long as it takes.

    It raises nothing: in a process that runs all services none of the others is to end with it.
    """

    def __init__(self, setup: Setup, counting: Counting) -> None:
        """`setup`: of each app in turn."""
        self._setup = setup
        self._counting = counting
        self._app: faust.App | None = None
        self._idle = False
        self._forgot_at = 0.0
        self.pulse = Pulse()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; the batch in hand is finished."""
        _quiet_faust()
        failures = 0
        while not stop.is_set():
            started = time.monotonic()
            try:
                await self._run_app(stop)
            except Exception:
                self.pulse.beat("Faust has ended by itself and is started again")
                RESTARTS.inc()
                failures = 1 if time.monotonic() - started > HEALTHY_SECONDS else failures + 1
                log.exception("faust_crashed", failures=failures)
                await _pause(stop, min(2.0**failures, LONGEST_PAUSE))
        self.pulse.end()

    async def _run_app(self, stop: asyncio.Event) -> None:
        self._app = app = make_app(self._setup, Work(self._take, self._tick))
        try:
            await unless(stop, app.start())
            log.info("faust_started", topics=list(self._setup.topics))
            while not stop.is_set():
                if app.crashed:
                    raise FaustCrashedError(type(app.crash_reason).__name__)
                self.pulse.beat()
                await _pause(stop, WATCH_SECONDS)
        finally:
            self._app = None
            await _end(app)

    async def _take(self, records: Sequence[Record]) -> None:
        """Count a batch and tell Faust's consumer what it may commit."""
        self._idle = False
        consumer = _consumer(self._app)
        tps = {TP(record.topic, record.partition) for record in records}
        ends = {Place(*tp): end for tp in tps if (end := consumer.highwater(tp))}
        try:
            positions = await self._counting.take(records, ends)
        except Exception as fault:
            # an agent that raises acknowledges what it has not done: end the app, and read the batch again
            await consumer.app.crash(fault)
            raise
        consumer.stored.update({TP(*place): offset for place, offset in positions.items()})

    async def _tick(self) -> None:
        """Look at the clock, if nothing has come since the last tick and nothing waits at the broker."""
        try:
            behind = await self._behind()
            was_idle, self._idle = self._idle, behind == 0
            if was_idle and self._idle:
                await self._counting.look()
            if time.monotonic() - self._forgot_at > FORGET_SECONDS:
                await self._counting.forget()
                self._forgot_at = time.monotonic()
        except (*OUTAGES, *CONFLICTS) as failure:
            log.warning("tick_waits", error=type(failure).__name__)
        except Exception:
            log.exception("tick_failed")

    async def _behind(self) -> int | None:
        """Offsets between here and the ends of the logs; None while nobody knows."""
        consumer = _consumer(self._app)
        behind = 0
        for tp in consumer.assignment():
            position, end = await consumer.position(tp), consumer.highwater(tp)
            if position is None or end is None:
                return None
            behind += max(0, end - position)
        LAG.set(behind)
        return behind if consumer.assignment() else None


def _consumer(app: faust.App | None) -> StoredConsumer:
    if app is None or not isinstance(app.consumer, StoredConsumer):
        raise FaustCrashedError("no consumer")
    return app.consumer


async def _end(app: faust.App) -> None:
    """Stop an app; one that hangs is left behind, and what it stumbles over hides no other fault."""
    stopping = asyncio.ensure_future(app.stop())
    done, _ = await asyncio.wait({stopping}, timeout=STOP_SECONDS)
    if not done:
        log.error("faust_hangs", seconds=STOP_SECONDS)
    elif fault := stopping.exception():
        log.error("faust_ended_badly", error=type(fault).__name__)


def _quiet_faust() -> None:
    """Its loggers quote what they stumble over; what happens to the app is logged here, without values."""
    for name in ("faust", "mode", StoredConsumer.__module__):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
