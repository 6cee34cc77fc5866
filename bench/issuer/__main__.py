"""`make bench-issuer PEOPLE=20000`: what codes, credentials, scans and views cost, and what they cannot do without."""

import argparse
import asyncio
import shutil
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from bench.events import subject
from bench.identity import Callers, callers
from bench.issuer.chromium import scanned
from bench.issuer.crypto import Cost, costs
from bench.issuer.stored import REGION, Rate, codes, credentials
from bench.issuer.view import Served, etag_of, served, until_ready
from bench.region import BenchError, region_on
from bench.settings import settings
from bench.targets import verdict
from chassis.postgres.pool import open_pool
from deploy.local.errors import StackError
from deploy.local.stack import embedded_stack, remove_data
from healthcode.credential import Es256Key
from services.issuer.domain import Lifetime

PEOPLE: Final = 20_000
MILLION: Final = 1_000_000
VIEW: Final = 0.6
"""Of an empty route's rate (issue of the issuer, design section 12)."""
console = Console(width=None if sys.stdout.isatty() else 118)


async def run(people: int, data: Path) -> None:
    """Measure and print."""
    async with AsyncExitStack() as opened:
        stack = await opened.enter_async_context(embedded_stack(data, progress=console.log))
        who = await opened.enter_async_context(callers(REGION))
        region = await opened.enter_async_context(region_on(stack, data, REGION, who.settings))
        _show_settings(await settings(stack), people)
        console.log("signing and checking in Python")
        _show_costs(costs())
        console.log("a scan in Chromium")
        _show_browser(await asyncio.to_thread(scanned))
        pool = await open_pool(region.database_url, "issuer", size=12)
        opened.push_async_callback(pool.close)
        console.log(f"a code and a credential for each of {people:,}")
        made = await codes(pool, people, Lifetime(30, ZoneInfo("Asia/Shanghai")))
        _show_rates([made, await credentials(pool, people, Es256Key.generate())])
        console.log("views")
        region.start("issuer", "api")
        await until_ready(who.url)
        _show_views(await _views(who, region.processes["issuer.api"].pid, people))


async def _views(who: Callers, pid: int, people: int) -> list[Served]:
    token = who.identity.token("gate", roles=["checkpoint"], region=REGION)
    asked = {"authorization": f"Bearer {token}"}
    paths = [f"/v1/codes/{subject(number)}" for number in range(min(people, 5000))]
    known = await etag_of(who.url, paths[0], asked)
    return [
        await served("an empty route", who.url, pid, ["/health/live"], {}),
        await served("a code: row, token, body", who.url, pid, paths, asked),
        await served("a code that is as it was: 304", who.url, pid, paths[:1], asked | {"if-none-match": known}),
    ]


def _show_settings(found: dict[str, str], people: int) -> None:
    table = Table("setting", "value", title=f"{people:,} people")
    for name, value in found.items():
        table.add_row(name, value)
    console.print(table)


def _show_costs(found: list[Cost]) -> None:
    table = Table("in Python, one core", "µs", "a second", "bare ECDSA µs", "times the bare")
    for each in found:
        row = (f"{each.micros:.0f}", f"{1e6 / each.micros:,.0f}", f"{each.bare:.0f}", f"{each.micros / each.bare:.1f}")
        table.add_row(each.name, *row)
    console.print(table)


def _show_browser(found: dict[str, Any] | None) -> None:
    if found is None:
        console.print("no Chromium here, or web/verify is not installed: not measured")
        return
    table = Table("in Chromium", "ms", "a second", "bare WebCrypto ms", "times the bare")
    scan, bare = found["scan"], found["bare"]
    table.add_row("a whole scan", f"{scan:.2f}", f"{1e3 / scan:,.0f}", f"{bare:.3f}", f"{scan / bare:.1f}")
    console.print(table)


def _show_rates(found: list[Rate]) -> None:
    table = Table("through the store", "people", "a second", "µs of Python each", "a million takes")
    for each in found:
        rate = each.count / each.seconds
        row = (
            f"{each.count:,}",
            f"{rate:,.0f}",
            f"{each.cpu / each.count * 1e6:.0f}",
            f"{MILLION / rate / 60:.1f} min",
        )
        table.add_row(each.name, *row)
    console.print(table)


def _show_views(found: list[Served]) -> None:
    table = Table("one server process", "requests/s", "of the empty route", "target", "its µs of CPU each")
    empty = found[0].rate
    for each in found:
        part = each.rate / empty
        target = "" if each is found[0] else verdict(part, VIEW)
        table.add_row(each.name, f"{each.rate:,.0f}", f"{part:.2f}", target, f"{each.micros:.0f}")
    console.print(table)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.issuer", description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE, help=f"who get a code and a credential ({PEOPLE:,})")
    given = parser.parse_args()
    data = Path(tempfile.mkdtemp(prefix="healthcode-bench-", dir="/var/tmp"))
    try:
        asyncio.run(run(given.people, data))
    except (BenchError, StackError) as fault:
        sys.exit(str(fault))
    finally:
        remove_data(data, lambda _: None)
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    main()
