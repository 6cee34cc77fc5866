"""`make bench-reissue CREDENTIALS=100000`: a key is revoked, and all that it signed is made anew, killed half-way.

No pace is kept, so that it shows how fast it could be; the timer's pace is HC_ISSUER_REISSUE_PER_SECOND. At the end all
are counted: each made anew once, and none left.
"""

import argparse
import asyncio
import multiprocessing
import secrets
import shutil
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import asyncpg
import msgspec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from rich.console import Console
from rich.table import Table

from bench.events import subject
from bench.region import BenchError
from chassis.migrate import migrate
from chassis.postgres.pool import open_pool
from deploy.local.errors import StackError
from deploy.local.stack import embedded_stack, remove_data
from healthcode.credential import Es256Key, Verdict, verify
from healthcode.credential.trust import TrustEntry, TrustList
from healthcode.events import CodeChanged
from healthcode.values import Color, EvidenceClass
from services.issuer.bootstrap import BLUEPRINT
from services.issuer.domain import StatusPlace
from services.issuer.handlers.credential import Signer
from services.issuer.handlers.reissue import Press, reissue
from services.issuer.store.reissue import PostgresReissues

REGION: Final = "430000"
OLD: Final = b"old-key!"
SET: Final = 500
"""As the timer makes them at its default pace."""
DEVICES: Final = 512
BITS: Final = 1 << 20
CHUNK: Final = 20_000
DAY: Final = timedelta(days=1)
POINT: Final = (Encoding.X962, PublicFormat.UncompressedPoint)
CODE: Final = ("subject", "expires_at", "event")
CREDENTIAL: Final = (
    "cti", "subject", "list_id", "status_index", "issued_at", "expires_at", "kid", "holder_key",
)  # fmt: skip
LEFT: Final = """
SELECT count(*) FILTER (WHERE kid = $1 AND revoked_at IS NULL), count(*) FILTER (WHERE kid <> $1),
    count(DISTINCT replaced_by), (SELECT count(*) FROM replacement) FROM credential
"""

console = Console(width=None if sys.stdout.isatty() else 118)


async def fill(database_url: str, count: int, now: datetime) -> None:
    """People with a code, and a credential of each by the key that is to be revoked."""
    await migrate(database_url, "issuer", Path("chassis/migrations"), BLUEPRINT.migrations)
    points = [Es256Key.generate().public_key.public_bytes(*POINT) for _ in range(DEVICES)]
    connection = await asyncpg.connect(database_url, server_settings={"search_path": "issuer"})
    old = f"{now - DAY:%Y%m%d}-0"
    for start in range(0, count, CHUNK):
        numbers = range(start, min(start + CHUNK, count))
        codes = [(subject(n), now + 30 * DAY, msgspec.json.encode(code(subject(n), now))) for n in numbers]
        await connection.copy_records_to_table("code", records=codes, columns=CODE)
        ends = (now - timedelta(hours=1), now + timedelta(hours=23))
        rows = [(secrets.token_bytes(16), subject(n), old, n, *ends, OLD, points[n % DEVICES]) for n in numbers]
        await connection.copy_records_to_table("credential", records=rows, columns=CREDENTIAL)
    await connection.execute("VACUUM ANALYZE credential")
    await connection.close()


def code(whose: str, now: datetime) -> CodeChanged:
    """A green code."""
    return CodeChanged(
        id=secrets.token_hex(16),
        subject=whose,
        incarnation=1,
        version=1,
        previous=Color.PENDING,
        color=Color.GREEN,
        act="may_enter",
        since=now,
        policy="bench",
        policy_version="1",
        finding="f",
        cause="finding",
        evidence=EvidenceClass.SELF_REPORTED,
        changed_at=now,
    )


async def work(database_url: str, pem: bytes, now: datetime) -> list[float]:
    """Make anew until nothing is left; seconds of each set."""
    pool = await open_pool(database_url, "issuer")
    key, store = Es256Key.from_pem(pem), PostgresReissues(pool)
    press = Press(Signer(REGION, lambda _: key, DAY), _place, lambda: secrets.token_bytes(16))
    await store.start([OLD], now)
    seconds = []
    while True:
        started = time.perf_counter()
        async with store.begin() as book:
            run = await reissue(book, press, OLD, now, SET)
        if run is None:
            break
        seconds.append(time.perf_counter() - started)
    await pool.close()
    return seconds


def _place(now: datetime) -> StatusPlace:
    return StatusPlace(f"{now:%Y%m%d}-{secrets.randbelow(8)}", secrets.randbelow(BITS))


def child(database_url: str, pem: bytes, now: datetime) -> None:
    """The process that is killed."""
    asyncio.run(work(database_url, pem, now))


async def measure(database_url: str, count: int) -> None:
    """Fill, kill half-way, go on, count, print."""
    now = datetime.now(UTC).replace(microsecond=0)
    await fill(database_url, count, now)
    console.log(f"{count} credentials by the key that is revoked")
    key = Es256Key.generate()
    victim = multiprocessing.get_context("spawn").Process(target=child, args=(database_url, key.to_pem(), now))
    victim.start()
    pool = await open_pool(database_url, "issuer", size=2)
    while (await pool.fetchval("SELECT max(replaced) FROM reissue") or 0) < count // 2:  # noqa: ASYNC110 - of another process
        await asyncio.sleep(0.01)
    victim.kill()
    victim.join()
    half = int(await pool.fetchval("SELECT replaced FROM reissue"))
    console.log(f"killed at {half}")
    started = time.perf_counter()
    sets = await work(database_url, key.to_pem(), now)
    seconds = time.perf_counter() - started
    left, *made = tuple(await pool.fetchrow(LEFT, OLD) or ())
    text = await pool.fetchval("SELECT credential FROM replacement LIMIT 1")
    await pool.close()
    if left or made != [count] * 3:
        raise BenchError(f"{left} were left, and of {count} there came {made}")
    entry = TrustEntry(
        kid=key.kid,
        public_key=key.public_key,
        region=REGION,
        not_before=now - DAY,
        not_after=now + DAY,
    )
    if verify(text, TrustList([entry]), now).verdict is not Verdict.VALID:
        raise BenchError("what was made anew does not verify")
    show(count, half, (count - half) / seconds, sorted(sets))


def show(count: int, half: int, rate: float, sets: list[float]) -> None:
    """What came of it."""
    table = Table("what", "number", title="a key revoked, all made anew")
    table.add_row("credentials, each made anew once", f"{count:,}")
    table.add_row("made when the process was killed", f"{half:,}")
    table.add_row("a second, after that, one process", f"{rate:,.0f}")
    table.add_row(
        f"a set of {SET}, median and 99 %", f"{_ms(statistics.median(sets))}, {_ms(sets[len(sets) * 99 // 100])}"
    )
    console.print(table)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


async def run(count: int, data: Path) -> None:
    """On a database of its own, or that of DATABASE_URL."""
    async with embedded_stack(data, progress=console.log) as stack:
        await measure(stack.database_url, count)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.reissue", description=__doc__)
    parser.add_argument(
        "--credentials", type=int, default=100_000, help="how many (default 100,000; 1,000,000 at most)"
    )
    given = parser.parse_args()
    data = Path(tempfile.mkdtemp(prefix="healthcode-reissue-", dir="/var/tmp" if Path("/var/tmp").is_dir() else None))  # noqa: S108 - a folder of its own, made here
    try:
        asyncio.run(run(given.credentials, data))
    except (BenchError, StackError) as fault:
        sys.exit(str(fault))
    finally:
        remove_data(data, lambda _: None)
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    main()
