"""`python -m bench.history`: what the history of findings costs the audit worker, on PostgreSQL, in pairs.

The same batches of declarations, each person's first and then a second, are applied with and without history, turn by
turn in one run, each to tables of its own. The broker is left out: it costs both the same.
"""

import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
from rich.console import Console

from bench.contenders import Clock, servers
from chassis.postgres.pool import Pool, open_pool
from deploy.local.stack import embedded_stack, remove_data
from healthcode.events import DeclarationAccepted
from healthcode.values import Attestation
from services.audit.domain import PolicySet, load_policy
from services.audit.handlers.review import Judge, review_events
from services.audit.ports.review import Outcome
from services.audit.store.review import PostgresReviewStore

PAIRS: Final = 12
BATCHES: Final = 20
BATCH: Final = 1000
PACK: Final = Path("regions/330000/policy/2020-02-11.yaml")
NOW: Final = datetime(2020, 2, 11, 4, tzinfo=UTC)
SCRIPTS: Final = sorted(Path("chassis/migrations").glob("*.sql")) + sorted(
    Path("services/audit/migrations").glob("*.sql")
)


class Forgetful(PostgresReviewStore):
    """The store without history."""

    async def write(self, outcomes: Sequence[Outcome], reference: int, now: datetime) -> None:
        """Write all but the history."""
        await super().write([msgspec.structs.replace(each, kept=None) for each in outcomes], reference, now)


def batches(pair: int, day: int) -> Iterator[list[DeclarationAccepted]]:
    """So many people, each declaring once."""
    for number in range(BATCHES):
        yield [
            DeclarationAccepted(
                id=f"{pair:04x}{day:04x}{number * BATCH + each:024x}",
                subject=f"{pair:06}{number * BATCH + each:020}",
                at=NOW + timedelta(days=day),
                attestation=Attestation.SELF,
                residence="330106",
                temperature=36.5,
                symptoms=(),
                stays=(),
            )
            for each in range(BATCH)
        ]


class Turn(NamedTuple):
    """Seconds that a turn took, by the clock, of this process and of PostgreSQL."""

    took: float
    worker: float
    postgres: float


async def timed(pool: Pool, store: type[PostgresReviewStore], judge: Judge, pair: int, clock: Clock) -> Turn:
    """A turn: each person's first declaration, and a second one."""
    begun = time.perf_counter(), time.process_time(), clock.read()["postgres"]
    for day in (0, 1):
        for events in batches(pair, day):
            async with pool.acquire() as connection, connection.transaction():
                await review_events(store(connection, "330000"), judge, events, NOW + timedelta(days=day))
    ended = time.perf_counter(), time.process_time(), clock.read()["postgres"]
    return Turn(*(after - before for before, after in zip(begun, ended, strict=True)))


async def tables(url: str, schema: str) -> Pool:
    """A schema with the audit's tables."""
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE SCHEMA {schema}; SET search_path = {schema}")
    for script in SCRIPTS:
        await connection.execute(script.read_text("utf-8").partition("-- migrate:down")[0])
    await connection.close()
    return await open_pool(url, schema)


async def main() -> None:
    """Print the median of the pairs' ratios, and the bytes on disk."""
    console, folder = Console(width=118), Path(tempfile.mkdtemp(prefix="healthcode-bench-", dir="/var/tmp"))
    judge = Judge(PolicySet([load_policy(PACK.read_text("utf-8"), PACK.name)]), ZoneInfo("Asia/Shanghai"), lambda: "")
    try:
        async with embedded_stack(folder, progress=lambda _: None) as stack:
            pools = {
                store: await tables(stack.database_url, store.__name__.lower())
                for store in (Forgetful, PostgresReviewStore)
            }
            clock = Clock(servers(stack))
            await timed(pools[Forgetful], Forgetful, judge, PAIRS, clock)  # until all is warm
            pairs = []
            for pair in range(PAIRS):
                order = (Forgetful, PostgresReviewStore) if pair % 2 else (PostgresReviewStore, Forgetful)
                pairs.append({store: await timed(pools[store], store, judge, pair, clock) for store in order})
            show(console, pairs)
            await sizes(console, pools[PostgresReviewStore])
            for pool in pools.values():
                await pool.close()
    finally:
        remove_data(folder, lambda _: None)
        shutil.rmtree(folder, ignore_errors=True)


def show(console: Console, pairs: Sequence[dict[type[PostgresReviewStore], Turn]]) -> None:
    """Microseconds a review of both, the median of the pairs, and of their ratios."""
    count = 2 * BATCHES * BATCH
    for number, name in enumerate(Turn._fields):
        without, having = (
            statistics.median(each[store][number] for each in pairs) * 1e6 / count
            for store in (Forgetful, PostgresReviewStore)
        )
        ratios = sorted(each[PostgresReviewStore][number] / each[Forgetful][number] for each in pairs)
        spread = f"{statistics.median(ratios):.3f} ({ratios[0]:.3f} to {ratios[-1]:.3f})"
        console.print(f"{name}: {without:.1f} µs a review without, {having:.1f} with history; ratio {spread}")


async def sizes(console: Console, pool: Pool) -> None:
    """Bytes of a finding on record, and of a dossier."""
    for table in ("finding", "dossier"):
        rows, size, index = await pool.fetchrow(
            f"SELECT count(*), pg_table_size('{table}'), pg_indexes_size('{table}') FROM {table}"  # noqa: S608 - ours
        ) or (1, 0, 0)
        console.print(f"{table}: {rows} rows, {size / rows:.0f} bytes a row, {index / rows:.0f} of index")


if __name__ == "__main__":
    asyncio.run(main())
