"""`python -m bench`: what the audit and the whole chain do a second, beside a bare loop over the same records.

It starts a broker and a database of its own, or uses those of KAFKA_BOOTSTRAP and DATABASE_URL, which must be empty.
"""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from bench.contenders import Result, Say, audit_alone, bare_loop, two_workers, whole_chain
from bench.events import declarations, listings
from bench.profiled import dearest, parts_of
from bench.region import Bench, BenchError, load, region_on
from bench.settings import settings
from bench.targets import RATES, verdict
from chassis.kafka.model import TopicSpec
from chassis.kafka.real import KafkaBroker
from deploy.local.errors import StackError
from deploy.local.stack import Stack, embedded_stack, remove_data

EVENTS: Final = 100_000
SEED: Final = 20200211
TARGET: Final = "hc.bench.copied.v1"
PARTITIONS: Final = 4
ALONE, PAIR, CHAIN, PROFILED = "350000", "360000", "370000", "410000"

Contender = Callable[[Stack, Bench, int, Say], Awaitable[Result]]
console = Console(width=None if sys.stdout.isatty() else 118)


async def run(events: int, data: Path) -> None:
    """Measure and print."""
    async with embedded_stack(data, progress=console.log) as stack:
        show_settings(await settings(stack), events)
        broker = KafkaBroker(stack.kafka_bootstrap, client_id="bench")
        try:
            await broker.create_topics([TopicSpec(TARGET, PARTITIONS)])
            results = []
            async with region_on(stack, data, ALONE) as region:
                count = await fill(broker, region, events)
                source = f"hc.{ALONE}.declarations.v1"
                await bare_loop(stack, source, TARGET, events // 5)  # until the broker is warm
                results.append(await bare_loop(stack, source, TARGET, events))
                results.append(await watched(audit_alone, stack, region, count))
            for code, contender in ((PAIR, two_workers), (CHAIN, whole_chain)):
                async with region_on(stack, data, code) as region:
                    results.append(await watched(contender, stack, region, await fill(broker, region, events)))
            show(results)
            async with region_on(stack, data, PROFILED) as region:
                await profile(stack, region, await fill(broker, region, events // 2), data / "audit.profile")
        finally:
            await broker.close()


async def fill(broker: KafkaBroker, region: Bench, events: int) -> int:
    """Everything on the topics before a contender starts; gives how much."""
    written = await load(broker, region.code, declarations(events, SEED))
    written += await load(broker, region.code, listings(events, SEED))
    console.log(f"{region.code}: {written} records on the topics")
    return written


async def watched(contender: Contender, stack: Stack, region: Bench, count: int) -> Result:
    """Run a contender with its progress shown."""
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(contender.__name__, total=1.0)
        return await contender(stack, region, count, lambda part: progress.update(task, completed=part))


async def profile(stack: Stack, region: Bench, count: int, file: Path) -> None:
    """The audit worker once more under the profiler, and where its time goes."""
    region.start("audit", "worker", profile=file)
    await watched(audit_alone, stack, region, count)
    region.stop()
    parts = parts_of(file)
    table = Table("part", "share", title="Audit worker: where its processor time goes (profiled, which slows Python)")
    for part, seconds in parts.items():
        table.add_row(part, f"{seconds / sum(parts.values()):.0%}")
    console.print(table)
    functions = Table("function", "µs an event", title="Its dearest functions, by themselves")
    for name, seconds in dearest(file, 25):
        functions.add_row(name, f"{seconds / count * 1e6:.2f}")
    console.print(functions)


def show_settings(found: dict[str, str], events: int) -> None:
    """Print what the numbers were measured under."""
    table = Table("setting", "value", title=f"{events:,} declarations and entries for 1 % of the people")
    for name, value in found.items():
        table.add_row(name, value)
    console.print(table)


def show(results: list[Result]) -> None:
    """Print rates, ratios and processor seconds."""
    bare = results[0].rate
    table = Table("contender", "events", "seconds", "events/s", "of bare", "target", "µs CPU an event, by process")
    for result in results:
        cpu = ", ".join(f"{name} {used / result.events * 1e6:.0f}" for name, used in result.cpu.items())
        rate, wanted = result.rate, RATES.get(result.name)
        target = "" if wanted is None else verdict(rate, wanted)
        row = (f"{result.events:,}", f"{result.seconds:.1f}", f"{rate:,.0f}", f"{rate / bare:.2f}", target, cpu)
        table.add_row(result.name, *row)
    console.print(table)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    given = int(os.environ.get("HC_BENCH_EVENTS", EVENTS))
    parser.add_argument("--events", type=int, default=given, help=f"how many declarations (default {given})")
    arguments = parser.parse_args()
    data = Path(tempfile.mkdtemp(prefix="healthcode-bench-", dir="/var/tmp"))
    try:
        asyncio.run(run(arguments.events, data))
    except (BenchError, StackError) as fault:
        sys.exit(str(fault))
    finally:
        remove_data(data, lambda _: None)
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    main()
