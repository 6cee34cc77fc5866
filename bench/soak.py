"""`make soak MINUTES=60`: steady load on a region of its own, and what it does to memory, lag, outboxes and delays.

Starts a broker and a database of its own, or uses those of KAFKA_BOOTSTRAP and DATABASE_URL. Every few seconds a line
goes to a CSV; at the end, or at Ctrl-C, the picture is drawn and the section of docs/reliability.md written.
"""

import argparse
import asyncio
import contextlib
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvloop
from rich.console import Console

from bench.identity import callers
from bench.live import ACCEPTED, Traffic
from bench.region import Bench, BenchError, region_on
from bench.report import Load, write
from bench.samples import Sampler, Samples, append
from chassis.kafka.real import KafkaBroker
from demo.http import Client
from deploy.local.errors import StackError
from deploy.local.stack import Stack, embedded_stack, remove_data

REGION: Final = "510000"
SERVICES: Final = ("declaration", "audit", "issuer")
SEED: Final = 20200211
READY_SECONDS: Final = 120.0
SETTLE_SECONDS: Final = 60.0
SAY_SECONDS: Final = 60.0
OK: Final = 200

console = Console(width=None if sys.stdout.isatty() else 118)


@dataclass(frozen=True)
class Plan:
    """How long, how much, and where to. `every`: seconds between samples."""

    minutes: float
    load: Load
    every: float
    csv: Path
    picture: Path
    page: Path


async def soak(plan: Plan, data: Path) -> int:
    """Run it and write what came of it; gives how many accepted declarations never came out."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with embedded_stack(data, progress=console.log) as stack, _under_load(stack, data, plan.load) as parts:
        region, traffic, broker = parts
        sampler = Sampler(stack, region, traffic)
        await sampler.start(broker)
        ready = asyncio.Event()
        watch = asyncio.create_task(traffic.watch(broker, f"hc.{REGION}.codes.v1", ready))
        await ready.wait()
        console.log(f"{plan.load.rate:g} declarations a second, {plan.minutes:g} minutes; samples go to {plan.csv}")
        try:
            samples = await _sampled(plan, sampler, region, traffic, stop)
            await _all_visible(traffic)
        finally:
            watch.cancel()
            await asyncio.wait([watch])
    write(plan.page, plan.picture, samples, plan.load, len(traffic.waiting))
    console.log(f"drawn: {plan.picture}; written: {plan.page}")
    return len(traffic.waiting)


@asynccontextmanager
async def _under_load(stack: Stack, data: Path, load: Load) -> AsyncIterator[tuple[Bench, Traffic, KafkaBroker]]:
    """Three services, each with all its roles in one process, and who declares."""
    async with AsyncExitStack() as opened:
        people = await opened.enter_async_context(callers(REGION))
        region = await opened.enter_async_context(region_on(stack, data, REGION, people.settings))
        broker = KafkaBroker(stack.kafka_bootstrap, client_id="soak")
        opened.push_async_callback(broker.close)
        for service in SERVICES:
            region.start(service, "all", more={} if service == "declaration" else {"HC_HTTP_PORT": "0"})
        await ready(region, people.url)
        yield region, Traffic(people, load.rate, load.people, SEED), broker


async def ready(region: Bench, url: str) -> None:
    """Wait until the region's API answers that it is ready. Raises BenchError when it does not."""
    deadline = time.monotonic() + READY_SECONDS
    client = Client(url)
    while time.monotonic() < deadline:
        region.check()
        with contextlib.suppress(OSError):
            if (await client.request("GET", "/health/ready", {})).status == OK:
                await client.close()
                return
        await asyncio.sleep(0.2)
    raise BenchError(f"the API is not ready after {READY_SECONDS:.0f} s; the logs are in {region.folder}")


async def _sampled(plan: Plan, sampler: Sampler, region: Bench, traffic: Traffic, stop: asyncio.Event) -> Samples:
    samples, said = Samples(), 0.0
    begun = time.monotonic()
    sending = asyncio.create_task(traffic.run(stop))
    try:
        while not stop.is_set() and time.monotonic() - begun < plan.minutes * 60:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), plan.every)
            region.check()
            row = await sampler.sample()
            samples.rows.append(row)
            append(plan.csv, row)
            if time.monotonic() - said > SAY_SECONDS:
                said = time.monotonic()
                console.log(_progress(row, plan.minutes))
    finally:
        stop.set()
        await sending
    return samples


def _progress(row: dict[str, float], minutes: float) -> str:
    memory = sum(value for name, value in row.items() if name.startswith("memory "))
    return (
        f"{row['minute']:.0f} of {minutes:g} min: visible p50 {row['visible p50']:.0f} ms, p99 {row['visible p99']:.0f}"
        f" ms; lag {row['lag audit'] + row['lag issuer']:.0f}; refused {row['refused']:.0f}; {memory:,.0f} MiB"
    )


async def _all_visible(traffic: Traffic) -> None:
    """Wait for what is still on its way; what never comes was lost, and is said."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while traffic.waiting and time.monotonic() < deadline:  # noqa: ASYNC110 - the reader tells nobody
        await asyncio.sleep(0.2)
    answers = ", ".join(f"{count:,} × {status or 'no answer'}" for status, count in traffic.statuses.items())
    console.log(f"answers: {answers}; of {traffic.statuses[ACCEPTED]:,} accepted {len(traffic.waiting)} never came out")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60, help="how long (default 60)")
    parser.add_argument("--rate", type=float, default=50, help="declarations a second (default 50)")
    parser.add_argument("--people", type=int, default=20_000, help="who declare in turn (default 20,000)")
    parser.add_argument("--every", type=float, default=5, help="seconds between samples (default 5)")
    parser.add_argument("--csv", type=Path, default=Path(".data/soak.csv"), help="the samples (default .data/soak.csv)")
    parser.add_argument("--draw", action="store_true", help="only draw and write anew what the CSV holds")
    parser.add_argument("--picture", type=Path, default=Path("docs/pictures/soak.svg"))
    parser.add_argument("--page", type=Path, default=Path("docs/reliability.md"))
    given = parser.parse_args()
    load = Load(given.rate, given.people)
    if given.draw:
        write(given.page, given.picture, Samples.read(given.csv), load, None)
        return
    given.csv.parent.mkdir(parents=True, exist_ok=True)
    given.csv.unlink(missing_ok=True)
    plan = Plan(given.minutes, load, given.every, given.csv, given.picture, given.page)
    data = Path(tempfile.mkdtemp(prefix="healthcode-soak-", dir="/var/tmp" if Path("/var/tmp").is_dir() else None))  # noqa: S108 - a folder of its own, made here
    try:
        if lost := uvloop.run(soak(plan, data)):
            sys.exit(f"{lost} accepted declarations never came out")
    except (BenchError, StackError) as fault:
        sys.exit(str(fault))
    finally:
        remove_data(data, lambda _: None)
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    main()
