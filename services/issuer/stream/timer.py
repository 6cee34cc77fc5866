"""What time does: codes whose time has run out expire, and credentials that have are forgotten."""

from datetime import timedelta
from typing import Final

import structlog

from chassis.clock import Clock
from chassis.loop import Step
from services.issuer.handlers.code import Ids, expire_due
from services.issuer.ports import Credentials, Ledgers, LookupLog
from services.issuer.ports.client import Grants
from services.issuer.ports.place import Passes

BATCH: Final = 500
# A verifier whose clock is behind may still ask for a credential that has just expired.
KEEP: Final = timedelta(hours=24)
# A proof is good for a minute, and clocks differ by another.
KEEP_PROOFS: Final = timedelta(minutes=10)
KEEP_DAYS: Final = timedelta(days=62)

log = structlog.get_logger()


def expiring(ledgers: Ledgers, clock: Clock, ids: Ids) -> Step:
    """A step that lets codes expire."""

    async def expire() -> bool:
        async with ledgers.begin() as ledger:
            expired = await expire_due(ledger, clock.now(), ids, BATCH)
        if expired:
            log.info("codes_expired", codes=expired)
        return expired == BATCH

    return expire


def forgetting(credentials: Credentials, clock: Clock) -> Step:
    """A step that forgets credentials a day after their end."""

    async def forget() -> bool:
        forgotten = await credentials.purge(clock.now() - KEEP, BATCH)
        if forgotten:
            log.info("credentials_forgotten", credentials=forgotten)
        return forgotten == BATCH

    return forget


def forgetting_lookups(lookups: LookupLog, clock: Clock, kept: timedelta) -> Step:
    """A step that forgets who looked whom up, when the people have had that long to see it."""

    async def forget() -> bool:
        forgotten = await lookups.forget(clock.now() - kept, BATCH)
        if forgotten:
            log.info("lookups_forgotten", lookups=forgotten)
        return forgotten == BATCH

    return forget


def forgetting_days(grants: Grants, clock: Clock) -> Step:
    """A step that forgets how much clients asked, two months later."""

    async def forget() -> bool:
        await grants.forget((clock.now() - KEEP_DAYS).date())
        return False

    return forget


def forgetting_passes(passes: Passes, clock: Clock, kept: timedelta) -> Step:
    """A step that forgets who was let in where, and which proofs were shown."""

    async def forget() -> bool:
        now = clock.now()
        forgotten = await passes.forget(now - kept, now - KEEP_PROOFS, BATCH)
        if forgotten:
            log.info("passes_forgotten", passes=forgotten)
        return forgotten == BATCH

    return forget
