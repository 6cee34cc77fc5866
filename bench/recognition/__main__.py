"""`python -m bench.recognition`: a change at home until it is seen where the person is a guest; the hub; a watch.

It starts a broker and a database of its own, or uses those of KAFKA_BOOTSTRAP and DATABASE_URL, which must be empty.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import asyncpg
from rich.console import Console
from rich.table import Table

from bench.contenders import Clock, bare_loop, servers
from bench.live import percentile
from bench.recognition.flow import Flow, used
from bench.recognition.nation import HOME, HOST, HUB, Nation, nation_on
from bench.settings import settings
from chassis.kafka.model import TopicSpec
from chassis.kafka.real import KafkaBroker
from deploy.local.errors import StackError
from deploy.local.stack import Stack, embedded_stack, remove_data

PEOPLE: Final = 5000
RATES: Final = (100.0, 1000.0)
SECONDS: Final = 20.0
BACKLOG: Final = 20_000
INBOX: Final = f"hc.national.{HOME}.inbox.v1"
TOLD: Final = f"hc.national.{HOST}.v1"
COPIED: Final = "hc.bench.copied.v1"
HALF: Final = 0.5

SIZE: Final = "SELECT pg_total_relation_size(('recognition.' || name)::regclass) FROM unnest($1::text[]) AS t (name)"
TABLES: Final = {HOME: ["home_code", "watch"], HUB: ["route"], HOST: ["guest"]}
NAMES: Final = {HOME: "home", HUB: "hub", HOST: "host"}


class Sizes(NamedTuple):
    """How many are watched, for how long each rate is held, and how many changes come at once."""

    people: int
    seconds: float
    backlog: int


console = Console(width=None if sys.stdout.isatty() else 118)


async def run(sizes: Sizes, data: Path) -> dict[str, Any]:
    """Measure all; gives what is printed."""
    async with embedded_stack(data, progress=lambda _: None) as stack, nation_on(stack, data) as nation:
        broker = KafkaBroker(stack.kafka_bootstrap, client_id="bench")
        try:
            await broker.create_topics([TopicSpec(COPIED, 4)])
            found: dict[str, Any] = {"settings": await settings(stack), **sizes._asdict()}
            nation.start(HUB, HOME, HOST)
            flow = Flow(broker, nation, sizes.people)
            await flow.begin()
            await flow.at_rate(50, 5)  # until all is warm
            clock = Clock(nation.pids | servers(stack))
            found["delays"] = [await _paced(flow, clock, rate, sizes.seconds) for rate in RATES]
            most = await flow.at_once(sizes.backlog)
            found |= {"most": most, "at_half": await _paced(flow, clock, most * HALF, sizes.seconds)}
            found["watch"] = {code: await _bytes(nation, code) / sizes.people for code in TABLES}
            found["wire"] = await flow.sizes([INBOX, TOLD])
            found["hub"] = await _hub(stack, nation, flow, sizes.backlog)
            return found
        finally:
            await broker.close()


async def _paced(flow: Flow, clock: Clock, rate: float, seconds: float) -> dict[str, Any]:
    before = clock.read()
    delays = await flow.at_rate(rate, seconds)
    spent = used(before, clock.read(), len(delays))
    return {"rate": rate, "p50": percentile(delays, 0.5), "p99": percentile(delays, 0.99), "cpu_us": spent}


async def _hub(stack: Stack, nation: Nation, flow: Flow, backlog: int) -> dict[str, float]:
    """What lies on an inbox is copied by the bare loop, and passed on by the hub alone."""
    nation.stop(HUB, HOST)
    arrived = await flow.broker.reader([INBOX], start="end")
    await flow.leave(backlog)
    await flow.seen_on(arrived, backlog)
    nation.stop(HOME)
    bare = await bare_loop(stack, INBOX, COPIED, backlog)
    passed = await flow.broker.reader([TOLD], start="end")
    nation.start(HUB)
    clock = Clock(nation.pids)
    before = clock.read()
    rate = await flow.seen_on(passed, backlog)
    spent = used(before, clock.read(), backlog)["hub"]
    return {"per_second": rate, "bare_per_second": bare.rate, "ratio": rate / bare.rate, "cpu_us": spent}


async def _bytes(nation: Nation, code: str) -> int:
    connection = await asyncpg.connect(nation.regions[code].database_url)
    try:
        return sum(row[0] for row in await connection.fetch(SIZE, TABLES[code]))
    finally:
        await connection.close()


def show(found: Mapping[str, Any]) -> None:
    """Print it for people."""
    for name, value in found["settings"].items():
        console.print(f"{name}: {value}", highlight=False)
    table = Table(box=None, title="a change at home until it is read as the guest's")
    for heading in ("changes/s", "p50 ms", "p99 ms", "µs of processor for each"):
        table.add_column(heading)
    for row in (*found["delays"], found["at_half"]):
        spent = "  ".join(f"{name} {value:.0f}" for name, value in row["cpu_us"].items())
        table.add_row(f"{row['rate']:.0f}", f"{1000 * row['p50']:.0f}", f"{1000 * row['p99']:.0f}", spent)
    console.print(table)
    console.print(f"a backlog of {found['backlog']} changes: {found['most']:.0f} a second through all three")
    hub = found["hub"]
    console.print(
        f"the hub alone: {hub['per_second']:.0f} a second, {hub['cpu_us']:.0f} µs each; "
        f"the bare loop {hub['bare_per_second']:.0f}: {hub['ratio']:.2f}"
    )
    kept = ", ".join(f"{NAMES[code]} {size:.0f}" for code, size in found["watch"].items())
    wire = ", ".join(f"{name} {size}" for name, size in found["wire"].items())
    console.print(f"bytes of a watch on disk, with indexes: {kept}; of a message on the wire: {wire}")


def main() -> int:
    """The command line."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--people", type=int, default=PEOPLE)
    options.add_argument("--seconds", type=float, default=SECONDS)
    options.add_argument("--backlog", type=int, default=BACKLOG)
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    data = Path(tempfile.mkdtemp(prefix="healthcode-bench-", dir="/var/tmp" if Path("/var/tmp").is_dir() else None))  # noqa: S108 - a folder of its own, made here
    try:
        found = asyncio.run(run(Sizes(chosen.people, chosen.seconds, chosen.backlog), data))
    except StackError as error:
        console.print(str(error))
        return 1
    finally:
        remove_data(data, lambda _: None)
        shutil.rmtree(data, ignore_errors=True)
    if chosen.json:
        sys.stdout.write(json.dumps(found, indent=2) + "\n")
    else:
        show(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
