"""`make bench-peers`: the same job in the audit, in Quix Streams and in Kafka Streams, on one broker and the same data.

A color for each person from what they declare and from entries of control lists; a declaration looks the entries up, an
entry judges the person anew. It fails when the three do not end with the same color for everybody.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import Progress

from bench.contenders import Result, Say, audit_alone, bare_loop
from bench.events import declarations, entries
from bench.peers import contenders, java
from bench.peers.compare import difference
from bench.peers.shown import Figures, show, show_settings
from bench.region import Bench, BenchError, load, region_on
from bench.settings import settings
from chassis.kafka.real import KafkaBroker
from deploy.local.errors import StackError
from deploy.local.stack import Stack, embedded_stack, remove_data

PEOPLE: Final = 60_000
EVENTS: Final = 120_000
LISTED: Final = 0.1
SEED: Final = 20200211
SIMPLE, REAL, DELIVERY = "350000", "360000", "370000"

console = Console(stderr=True, width=None if sys.stderr.isatty() else 118)


async def run(people: int, events: int, data: Path) -> tuple[Figures, dict[str, str]]:
    """Everything in turn; raises BenchError when a peer's colors are not ours."""
    contenders.check_installed()
    async with embedded_stack(data, progress=console.log) as stack:
        classes = data / "classes"
        classes.mkdir()
        classpath = await java.compiled(classes, console.log)
        found = await settings(stack)
        broker = KafkaBroker(stack.kafka_bootstrap, client_id="bench")
        try:
            async with region_on(stack, data, SIMPLE) as region:
                contenders.use_pack(region)
                count = await fill(broker, region, people, events)
                ground = contenders.Ground(stack, broker, region, data)
                delivery = await delivered(ground, events, classpath)
                whole = await judged(ground, count, classpath)
            async with region_on(stack, data, REAL) as region:
                real = await real_pack(stack, region, await fill(broker, region, people, events))
            return Figures(delivery, whole, real), found
        finally:
            await broker.close()


async def fill(broker: KafkaBroker, region: Bench, people: int, events: int) -> int:
    """Half of the entries, all declarations, the other half: both sides of the join have something to do."""
    listed = max(2, int(people * LISTED))
    rest = entries(people, listed, SEED)
    first = list(islice(rest, listed // 2))
    count = await load(broker, region.code, chain(first, declarations(events, SEED, people), rest))
    console.log(f"{region.code}: {count:,} records on the topics")
    return count


async def delivered(ground: contenders.Ground, events: int, classpath: list[Path]) -> dict[str, Result]:
    """Delivery alone, with the loop of aiokafka that ours stands on."""
    copied = await ground.topic("copied")
    await bare_loop(ground.stack, ground.declarations, copied, events // 5)  # until the broker is warm
    bare = await bare_loop(ground.stack, ground.declarations, copied, events)
    async with region_on(ground.stack, ground.folder, DELIVERY) as region:
        with said("ours, delivery") as say:
            ours = await contenders.our_copy(ground, region, events, say)
    with said("Quix Streams, delivery") as say:
        quix = await contenders.quix_copy(ground, say)
    with said("Kafka Streams, delivery") as say:
        streams = await contenders.streams_copy(ground, classpath, say)
    return {"bare": bare, "ours": ours, "quix": quix, "streams": streams}


async def judged(ground: contenders.Ground, count: int, classpath: list[Path]) -> dict[str, Result]:
    """The whole job."""
    with said("Quix Streams") as say:
        quix, theirs = await contenders.quix(ground, say)
    with said("Kafka Streams") as say:
        streams, others = await contenders.streams(ground, classpath, say)
    with said("ours") as say:
        ours, colors = await contenders.ours(ground, count, say)
    wrong = [difference("ours", colors, name, state) for name, state in (("Quix", theirs), ("Kafka Streams", others))]
    if told := [each for each in wrong if each]:
        raise BenchError("the colors are not the same, so the speeds say nothing:\n" + "\n".join(told))
    console.log(f"{len(colors):,} people have the same color in all three")
    return {"ours": ours, "quix": quix, "streams": streams}


async def real_pack(stack: Stack, region: Bench, count: int) -> Result:
    """Ours once more, by the rules of Hangzhou."""
    with said("ours, rules of Hangzhou") as say:
        return await audit_alone(stack, region, count, say)


@contextmanager
def said(name: str) -> Iterator[Say]:
    """A bar for one contender."""
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task(name, total=1.0)
        yield lambda part: progress.update(task, completed=part)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("--people", type=int, default=PEOPLE, help=f"how many people (default {PEOPLE})")
    parser.add_argument("--events", type=int, default=EVENTS, help=f"how many declarations (default {EVENTS})")
    parser.add_argument("--json", action="store_true", help="figures and settings as JSON")
    given = parser.parse_args()
    if given.people < 100 or given.events < 1000:
        parser.error("at least 100 --people and 1000 --events; fewer are done before anything is measured")
    data = Path(tempfile.mkdtemp(prefix="healthcode-bench-", dir="/var/tmp"))
    try:
        figures, found = asyncio.run(run(given.people, given.events, data))
        if given.json:
            print(json.dumps({"figures": figures.plain(), "settings": found}, ensure_ascii=False, indent=1))
        else:
            show_settings(Console(width=console.width), found, given.people, given.events)
            show(Console(width=console.width), figures)
    except (BenchError, StackError) as fault:
        sys.exit(str(fault))
    finally:
        remove_data(data, lambda _: None)
        shutil.rmtree(data, ignore_errors=True)


if __name__ == "__main__":
    main()
