"""A connector at work: round after round, a sweep now and then, never faster than it may be."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import structlog

from chassis import metrics
from chassis.clock import Clock
from services.connector.domain import Row
from services.connector.handlers.page import Desk
from services.connector.handlers.pull import pull_page
from services.connector.handlers.sweep import sweep_is_due, sweep_page
from services.connector.ports import Away, Source, State, Superseded, Unusable

ROWS = metrics.counter("hc_connector_rows_total", "Rows read from a foreign list", "connector")
HELD = metrics.gauge("hc_connector_held", "1 while a connector waits for an officer", "connector")
TROUBLE = metrics.gauge("hc_connector_trouble", "1 while a source is away or cannot be read", "connector")
FRESH = metrics.gauge("hc_connector_pulled_timestamp_seconds", "When all changes were taken last", "connector")

log = structlog.get_logger()


class Idle:
    """A component that does nothing: a region that runs connectors has defined none."""

    def __init__(self, folder: Path) -> None:
        """`folder`: where a definition would be."""
        self._folder = folder

    async def run(self, stop: asyncio.Event) -> None:
        """Say so once, and wait for the end."""
        log.warning("no_connectors", folder=str(self._folder), detail="put a definition there; docs/connectors.md")
        await stop.wait()


class Puller:
    """A component that follows one foreign list until it is stopped."""

    def __init__(self, desk: Desk, open_source: Callable[[], Source], clock: Clock, longest_pause: float) -> None:
        """`longest_pause`: seconds between two tries of a source that is away."""
        self._desk = desk
        self._open = open_source
        self._clock = clock
        self._longest = longest_pause
        self._name = desk.definition.connector
        self._round_at = 0.0
        self._log = log.bind(connector=self._name)

    async def run(self, stop: asyncio.Event) -> None:
        """Follow the list; a source that is away or unusable is tried again, with growing pauses."""
        source, failures = self._open(), 0
        try:
            while not stop.is_set():
                try:
                    await self._follow(source, stop)
                except (Away, Unusable) as trouble:
                    failures += 1
                    TROUBLE.labels(self._name).set(1)
                    self._log.warning(
                        "source_trouble", kind=type(trouble).__name__, detail=str(trouble), tries=failures
                    )
                    await _pause(stop, min(2.0 ** min(failures, 10), self._longest))
                except Superseded:
                    self._log.warning("connector_superseded")
                    await _pause(stop, self._desk.definition.pull_seconds)
                else:
                    failures = 0
        finally:
            await source.close()

    async def _follow(self, source: Source, stop: asyncio.Event) -> None:
        state = await self._desk.book.claim(self._name)
        while not stop.is_set():
            HELD.labels(self._name).set(state.held is not None)
            if state.held is not None:
                await _pause(stop, self._desk.definition.pull_seconds)
                state = await self._still_mine(state)
                continue
            if time.monotonic() >= self._round_at:
                state = await self._round(source, state, stop)
            elif sweep_is_due(self._desk.definition, state, self._clock.now()):
                state, count = await sweep_page(self._desk, source, state, self._clock.now())
                await self._paced(count, stop)
            else:
                await _pause(stop, self._round_at - time.monotonic())
            TROUBLE.labels(self._name).set(0)

    async def _still_mine(self, state: State) -> State:
        found = await self._desk.book.state(self._name)
        if found.epoch != state.epoch:
            raise Superseded(self._name)
        return found

    async def _round(self, source: Source, state: State, stop: asyncio.Event) -> State:
        """All that changed since the last round."""
        after: Row | None = None
        while not stop.is_set() and state.held is None:
            state, rows = await pull_page(self._desk, source, state, after, self._clock.now())
            await self._paced(len(rows), stop)
            if len(rows) < self._desk.definition.page:
                FRESH.labels(self._name).set(time.time())
                break
            after = rows[-1]
        self._round_at = time.monotonic() + self._desk.definition.pull_seconds
        return state

    async def _paced(self, rows: int, stop: asyncio.Event) -> None:
        ROWS.labels(self._name).inc(rows)
        await _pause(stop, rows / self._desk.definition.rate)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), max(0.0, seconds))
    except TimeoutError:
        return
