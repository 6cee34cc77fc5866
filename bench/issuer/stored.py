"""Codes and credentials through the store: a finding for each person in batches, then a credential for each."""

import asyncio
import itertools
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bench.events import subject
from chassis.clock import SystemClock
from chassis.postgres.pool import Pool
from healthcode.credential import Es256Key
from healthcode.events import FindingConcluded
from healthcode.values import Color, EvidenceClass
from services.issuer.domain import Lifetime, StatusPlace, place_at
from services.issuer.handlers.code import take_findings
from services.issuer.handlers.credential import Signer, issue
from services.issuer.store.credentials import PostgresCredentials
from services.issuer.store.ledger import PostgresLedgers

REGION: Final = "330000"
BATCH: Final = 1000
AT_ONCE: Final = 12
LISTS: Final = 8


@dataclass(frozen=True)
class Rate:
    """So many in so many seconds by the clock and by this process's own processor time."""

    name: str
    count: int
    seconds: float
    cpu: float


async def codes(pool: Pool, people: int, lifetime: Lifetime) -> Rate:
    """A finding for each: a new code with its history and its two events, a thousand in a transaction."""
    ledgers, now, ids = PostgresLedgers(pool, REGION), datetime.now(UTC), itertools.count()
    begun, spent = time.perf_counter(), time.process_time()
    for start in range(0, people, BATCH):
        findings = [_finding(number, now) for number in range(start, min(start + BATCH, people))]
        async with ledgers.begin() as ledger:
            await take_findings(ledger, findings, lifetime, now, lambda: f"{next(ids):032x}")
    return Rate("findings → codes", people, time.perf_counter() - begun, time.process_time() - spent)


async def credentials(pool: Pool, people: int, key: Es256Key) -> Rate:
    """A credential for each, so many at a time as an issuer has connections."""
    book, clock = PostgresCredentials(pool), SystemClock()
    signer = Signer(REGION, lambda _: key, timedelta(hours=24))
    left = iter(range(people))

    def places(now: datetime) -> StatusPlace:
        return place_at(now, LISTS, secrets.randbelow)

    async def one_after_another() -> None:
        for number in left:
            await issue(book, signer, places, lambda: secrets.token_bytes(16), subject(number), clock.now())

    begun, spent = time.perf_counter(), time.process_time()
    await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    return Rate("credentials for all", people, time.perf_counter() - begun, time.process_time() - spent)


def _finding(number: int, now: datetime) -> FindingConcluded:
    return FindingConcluded(
        id=f"{number:032x}",
        subject=subject(number),
        incarnation=1,
        sequence=1,
        color=Color.GREEN,
        act="may_enter",
        hits=(),
        reviewed_at=now,
        policy="hangzhou",
        policy_version="2020-02-11",
        reference=1,
        evidence=EvidenceClass.SELF_REPORTED,
    )
