"""`make bench-storm PEOPLE=20000`: live traffic alone, beside a storm that is killed half-way, and beside an import.

All people declare by way of Kafka first and were in one place. Then that place becomes one of high risk and everybody
turns yellow; its level is withdrawn and everybody turns green again, and half-way the worker and the timer are killed.
Others go on declaring over HTTP. At the end the changes are counted: nobody twice, nobody missed.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import asyncpg
import uvloop
from rich.console import Console
from rich.table import Table

from bench.events import subject
from bench.identity import callers
from bench.live import Traffic, percentile
from bench.region import Bench, BenchError, load, region_on
from bench.soak import ready
from bench.stormed import BENCH, PLACE, entry, everybody
from bench.targets import BESIDE, RECOLORS, verdict
from chassis.kafka.real import KafkaBroker
from chassis.postgres.pool import Pool, open_pool
from deploy.local.errors import StackError
from deploy.local.stack import Stack, embedded_stack, remove_data
from healthcode.values import Level
from services.audit.handlers.area import record_areas, withdraw_area
from services.audit.handlers.listing import record_listings
from services.audit.ports.entry import AreaLevel, Listing
from services.audit.store.entry import AREAS, LISTINGS, PostgresAreaStore, PostgresEntryStore

REGION: Final = "440000"
PROCESSES: Final = {"audit": ("worker", "relay", "timer"), "issuer": ("worker", "relay")}
ALONE_SECONDS: Final = 15.0
LIMIT_SECONDS: Final = 1800.0
IMPORTED: Final = 1000
"""Entries in one transaction, as a bulk request enters them."""

CODES: Final = "SELECT count(*) FROM issuer.code"
TURNED: Final = """
SELECT count(*) AS changes, count(DISTINCT subject) AS people FROM issuer.code_history JOIN everybody USING (subject)
WHERE convert_from(event, 'UTF8')::jsonb ->> 'previous' = $1 AND convert_from(event, 'UTF8')::jsonb ->> 'color' = $2
"""
LEVEL: Final = "high"
STORM: Final = (
    "SELECT swept, state, count(*) OVER () AS number FROM audit.storm WHERE area = $1 ORDER BY id DESC LIMIT 1"
)
STEPS: Final = (("green", "yellow"), ("yellow", "green"))

console = Console(width=None if sys.stdout.isatty() else 118)
Delays = tuple[float, float]


@dataclass
class Field:
    """What is measured on."""

    region: Bench
    traffic: Traffic
    admin: asyncpg.Connection
    audit: Pool
    people: int

    async def during(self, work: Callable[[], Awaitable[None]]) -> tuple[float, Delays]:
        """Seconds that some work takes, and how long those who declare meanwhile wait: p50 and p99 in ms."""
        self.traffic.visible = []
        begun = time.monotonic()
        await work()
        seconds, seen = time.monotonic() - begun, self.traffic.visible
        return seconds, (percentile(seen, 0.5) * 1000, percentile(seen, 0.99) * 1000)

    async def until(self, what: str, done: Callable[[], Awaitable[bool]], every: float = 0.5) -> None:
        """Wait, while all processes live; looks every so many seconds. Raises BenchError."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while not await done():
            if time.monotonic() > deadline:
                raise BenchError(f"waited {LIMIT_SECONDS:.0f} s in vain: {what}")
            self.region.check()
            await asyncio.sleep(every)


async def run(people: int, rate: float, data: Path) -> None:
    """Measure and print."""
    async with AsyncExitStack() as opened:
        stack = await opened.enter_async_context(embedded_stack(data, progress=console.log))
        who = await opened.enter_async_context(callers(REGION))
        region = await opened.enter_async_context(region_on(stack, data, REGION, who.settings))
        broker = KafkaBroker(stack.kafka_bootstrap, client_id="bench")
        opened.push_async_callback(broker.close)
        field = await _field(opened, stack, region, Traffic(who, rate, 20_000, 1), people)
        await _populate(field, broker, who.url)
        stop, listening = asyncio.Event(), asyncio.Event()
        watching = asyncio.create_task(field.traffic.watch(broker, f"hc.{REGION}.codes.v1", listening))
        await listening.wait()
        sending = asyncio.create_task(field.traffic.run(stop))
        try:
            await _measured(field, rate)
        finally:
            stop.set()
            await sending
            watching.cancel()
            await asyncio.wait([watching])


async def _field(opened: AsyncExitStack, stack: Stack, region: Bench, traffic: Traffic, people: int) -> Field:
    admin = await asyncpg.connect(region.database_url)
    opened.push_async_callback(admin.close)
    audit = await open_pool(region.database_url, "audit", size=2)
    opened.push_async_callback(audit.close)
    del stack
    return Field(region, traffic, admin, audit, people)


async def _populate(field: Field, broker: KafkaBroker, url: str) -> None:
    """Everybody has a code, by the way that declarations take."""
    field.region.start("declaration", "all")
    for service, roles in PROCESSES.items():
        for role in roles:
            field.region.start(service, role)
    await ready(field.region, url)
    begun = time.monotonic()
    await load(broker, REGION, everybody(field.people, datetime.now(UTC)))

    async def all_have_codes() -> bool:
        return bool(await field.admin.fetchval(CODES) >= field.people)

    await field.until("everybody has a code", all_have_codes)
    await field.admin.execute('CREATE TEMP TABLE everybody (subject text COLLATE "C" PRIMARY KEY)')
    names = ((subject(number),) for number in range(field.people))
    await field.admin.copy_records_to_table("everybody", records=names)
    seconds = time.monotonic() - begun
    console.log(f"{field.people:,} people have codes after {seconds:.0f} s ({field.people / seconds:,.0f} a second)")


async def _measured(field: Field, rate: float) -> None:
    _, alone = await field.during(partial(asyncio.sleep, ALONE_SECONDS))
    rows = [("alone", "", *alone)]
    for name, storm in (("a storm", _rise), ("one killed half-way", _fall)):
        whole, beside = await field.during(partial(storm, field))
        reached = field.people / whole
        rows.append(
            (f"{name}, {field.people:,} people", f"{reached:,.0f} recolors/s, {verdict(reached, RECOLORS)}", *beside)
        )
    await _books(field)
    entries = max(IMPORTED, field.people // 10)
    whole, beside = await field.during(partial(_import, field, entries))
    rows.append((f"an import of {entries:,} entries", f"{entries / whole:,.0f} entries/s", *beside))
    table = Table(
        "live traffic", "beside", "visible p50", "p99", "p99 of alone", title=f"{rate:g} declarations a second"
    )
    for name, speed, middle, late in rows:
        times = late / alone[1]
        table.add_row(
            name, speed, f"{middle:.0f} ms", f"{late:.0f} ms", f"{times:.1f}×, {verdict(times, BESIDE, at_most=True)}"
        )
    console.print(table)


async def _rise(field: Field) -> None:
    """The place is one of high risk; until nobody is left to look at and all codes are out."""
    now = datetime.now(UTC)
    level = AreaLevel(
        entry=LEVEL, revision=1, source=BENCH, evidence=BENCH, recorded_at=now, recorded_by=BENCH, area=PLACE,
        level=Level.HIGH, valid_from=now - timedelta(days=30),
    )  # fmt: skip
    async with field.audit.acquire() as connection, connection.transaction():
        await record_areas(PostgresAreaStore(connection, AREAS, REGION, now), [level], now)
    await field.until("the storm's end", partial(_over, field, 1))


async def _fall(field: Field) -> None:
    """It is none any more; half-way who works on it is killed."""
    now = datetime.now(UTC)
    async with field.audit.acquire() as connection, connection.transaction():
        await withdraw_area(PostgresAreaStore(connection, AREAS, REGION, now), LEVEL, BENCH, now, BENCH)
    await field.until("half the storm", partial(_swept, field, field.people // 2), 0.05)
    _kill(field.region, "audit.worker", "audit.timer")
    await field.until("the storm's end", partial(_over, field, 2))


async def _swept(field: Field, number: int) -> bool:
    row = await field.admin.fetchrow(STORM, PLACE)
    return row is not None and (row["swept"] >= number or row["state"] in {"settling", "done"})


async def _over(field: Field, number: int) -> bool:
    """Whether so many storms are done, and everybody's code has followed."""
    row = await field.admin.fetchrow(STORM, PLACE)
    if row is None or row["state"] != "done" or row["number"] < number:
        return False
    return (await _turned(field, number - 1))[0] >= field.people


async def _turned(field: Field, step: int) -> tuple[int, int]:
    """How many people took a step, and in how many changes."""
    row = await field.admin.fetchrow(TURNED, *STEPS[step])
    return (row["people"], row["changes"]) if row is not None else (0, 0)


def _kill(region: Bench, *names: str) -> None:
    """Without warning, and another one at once."""
    for name in names:
        process = region.processes.pop(name)
        process.kill()
        process.wait()
        region.start(*name.split("."))
    console.log(f"killed and started again: {', '.join(names)}")


async def _import(field: Field, entries: int) -> None:
    """As a bulk request enters them, a thousand to a transaction."""
    for start in range(0, entries, IMPORTED):
        now = datetime.now(UTC)
        drafts = [entry(number, now) for number in range(start, start + IMPORTED)]
        async with field.audit.acquire() as connection, connection.transaction():
            store: PostgresEntryStore[Listing] = PostgresEntryStore(connection, LISTINGS, REGION, now)
            await record_listings(store, drafts, now)


async def _books(field: Field) -> None:
    """Each of the people turned yellow once, and green again once."""
    for step, (before, after) in enumerate(STEPS):
        people, changes = await _turned(field, step)
        lost, doubled = field.people - people, changes - people
        console.print(f"{before} → {after}: {people:,} people; {lost} lost, {doubled} doubled")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.storm", description=__doc__)
    parser.add_argument("--people", type=int, default=20_000, help="over whom the storm goes (default 20,000)")
    parser.add_argument("--rate", type=float, default=50, help="declarations a second meanwhile (default 50)")
    given = parser.parse_args()
    data = Path(tempfile.mkdtemp(prefix="healthcode-storm-", dir="/var/tmp" if Path("/var/tmp").is_dir() else None))  # noqa: S108 - a folder of its own, made here
    try:
        uvloop.run(run(given.people, given.rate, data))
    except (BenchError, StackError) as fault:
        sys.exit(str(fault))
    finally:
        remove_data(data, lambda _: None)
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    main()
