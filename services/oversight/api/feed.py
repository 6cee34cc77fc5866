"""The event stream's source: what is new to each listener, and counts that all of them share."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any, Final

import msgspec
import structlog

from chassis.clock import Clock
from chassis.postgres.errors import CONFLICTS, OUTAGES
from services.oversight.api.models import alarm_out
from services.oversight.domain.count import Dimension, Kind
from services.oversight.domain.window import bucket_of
from services.oversight.ports import Query, Views

LOOK_SECONDS: Final = 1.0
ALIVE_SECONDS: Final = 15.0
LAST: Final = timedelta(days=1)
MOST_RULES: Final = 200
MOST_NEWS: Final = 200

log = structlog.get_logger()


class Feed:
    """Looks once a second while anybody listens. As a component it ends the streams when the process stops."""

    def __init__(self, views: Views, clock: Clock, wall: Callable[[], float] = time.time) -> None:
        """`wall`: real time in seconds since 1970, by which tokens end."""
        self._views = views
        self._clock = clock
        self._wall = wall
        self._ended = asyncio.Event()
        self._turn = asyncio.Lock()
        self._counts: dict[str, Any] = {}
        self._counted_at = -LOOK_SECONDS

    async def run(self, stop: asyncio.Event) -> None:
        """Let everybody listen until `stop`."""
        self._ended.clear()
        await stop.wait()
        self._ended.set()

    async def listen(self, after: int | None, expires_at: int) -> AsyncIterator[bytes]:
        """Server-sent events: `alarm` for each that changed behind `after` (None: each that is open), and `counts`.

        Ends when the process stops and when the caller's token does (`expires_at`, seconds since 1970).
        """
        told: dict[str, Any] = {}
        spoke = time.monotonic()
        open_only, position = after is None, after or 0
        while not self._ended.is_set() and self._wall() < expires_at:
            try:
                news = await self._views.news(position, MOST_NEWS, open_only=open_only)
                counts = await self._look()
            except (*OUTAGES, *CONFLICTS) as failure:
                log.warning("feed_waits", error=type(failure).__name__)
                news, counts = [], told
            for position, alarm in news:
                yield _message("alarm", alarm_out(alarm.event).model_dump(mode="json"), position)
            open_only = open_only and len(news) == MOST_NEWS
            if counts != told:
                told = counts
                yield _message("counts", counts)
            elif not news and time.monotonic() - spoke > ALIVE_SECONDS:
                yield b": alive\n\n"
            elif not news:
                await self._pause()
                continue
            spoke = time.monotonic()

    async def _look(self) -> dict[str, Any]:
        """The changes of the last day by rule and color, at most a second old."""
        async with self._turn:
            if time.monotonic() - self._counted_at >= LOOK_SECONDS:
                self._counts = await self._fresh_counts()
                self._counted_at = time.monotonic()
            return self._counts

    async def _fresh_counts(self) -> dict[str, Any]:
        until = self._clock.now()
        since = bucket_of(until - LAST)
        query = Query(
            kind=Kind.CHANGED,
            since=since,
            until=until,
            size=2 * LAST,
            origin=since,
            by_color=True,
            dimension=Dimension.RULE,
            limit=MOST_RULES,
        )
        rows = await self._views.counts(query)
        latest = await self._views.latest()
        items = sorted(((row.n, row.value, row.color) for row in rows), reverse=True)
        return {
            "kind": query.kind.value,
            "since": since.isoformat(),
            "items": [{"rule": rule, "color": color, "count": count} for count, rule, color in items],
            "as_of": latest and latest.isoformat(),
        }

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._ended.wait(), LOOK_SECONDS)
        except TimeoutError:
            return


def _message(kind: str, data: dict[str, Any], ident: int | None = None) -> bytes:
    head = f"event: {kind}\n" + ("" if ident is None else f"id: {ident}\n")
    return head.encode() + b"data: " + msgspec.json.encode(data) + b"\n\n"
