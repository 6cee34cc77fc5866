"""The timer: codes whose time has run out expire, and credentials that have are forgotten."""

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from chassis.clock import Clock
from services.issuer.handlers.code import Ids, expire_due
from services.issuer.ports import Credentials, Ledgers

BATCH: Final = 500
# A verifier whose clock is behind may still ask for a credential that has just expired.
KEEP: Final = timedelta(hours=24)

log = structlog.get_logger()


class Timer:
    """Looks every `seconds` for what is due."""

    def __init__(self, ledgers: Ledgers, credentials: Credentials, clock: Clock, ids: Ids, seconds: float) -> None:
        """`seconds`: of real time, whatever the clock says."""
        self._ledgers = ledgers
        self._credentials = credentials
        self._clock = clock
        self._ids = ids
        self._seconds = seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; the batch in hand is finished."""
        while not stop.is_set():
            if not await self.tick():
                await self._pause(stop)

    async def tick(self) -> bool:
        """One batch of each kind; tells whether there may be more."""
        now = self._clock.now()
        async with self._ledgers.begin() as ledger:
            expired = await expire_due(ledger, now, self._ids, BATCH)
        purged = await self._credentials.purge(now - KEEP, BATCH)
        if expired or purged:
            log.info("expired", codes=expired, credentials=purged)
        return BATCH in (expired, purged)

    async def _pause(self, stop: asyncio.Event) -> None:
        try:
            await asyncio.wait_for(stop.wait(), self._seconds)
        except TimeoutError:
            return
