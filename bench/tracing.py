"""`python -m bench.tracing`: what it costs a batch that acceptances and traces travel beside its events.

Processor time of the hot path's own functions over a thousand events, without broker and database; decoding one
event stands beside it for scale.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from rich.console import Console
from rich.table import Table

from chassis import carry, outbox, trace
from chassis.kafka.model import Record
from chassis.trace_export import provider_for
from healthcode.envelope import Encoded, decode, encode
from healthcode.events import ReviewDue

EVENTS: Final = 1000
ROUNDS: Final = 60
TRACED: Final = ((carry.TRACE, b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),)


class Nowhere:
    """A connection that takes everything and keeps nothing."""

    async def copy_records_to_table(self, *_: Any, **__: Any) -> None:
        """COPY."""

    async def execute(self, *_: Any) -> None:
        """NOTIFY."""


def wires() -> list[Encoded]:
    """A batch's events."""
    now = datetime.now(UTC)
    events = (ReviewDue(id=str(n), subject=f"s{n}", cause="time", due=now) for n in range(EVENTS))
    return [encode(event, owner="330000", service="audit", time=now) for event in events]


def measure(work: Callable[[], Awaitable[None]]) -> float:
    """The best of many rounds, in microseconds of processor time an event."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        asyncio.run(_all(work))
        best = min(best, time.process_time() - began)
    return best / EVENTS * 1e6


async def _all(work: Callable[[], Awaitable[None]]) -> None:
    await work()


def main() -> None:
    """Measure and print."""
    batch = wires()
    table = Table("batch", "µs an event", title="What travels beside an event, processor time")

    def records(more: carry.Carried, traced: int = 0) -> list[Record]:
        ends = [(*more, *TRACED) if number < traced else more for number in range(EVENTS)]
        return [
            Record("t", 0, n, wire.key, wire.value, (*wire.headers, *end))
            for n, (wire, end) in enumerate(zip(batch, ends, strict=True))
        ]

    async def append() -> None:
        await outbox.append(Nowhere(), "audit", batch)  # type: ignore[arg-type] # as much of one as it needs

    def handed_over(read: Sequence[Record]) -> Callable[[], Awaitable[None]]:
        async def work() -> None:
            with trace.processing("audit.review", read) as following, carry.carrying(read, following):
                await append()

        return work

    async def decoded() -> None:
        for wire in batch:
            decode(wire.headers, wire.value, wire.key)

    accepted = carry.accepted_now()
    rows = {
        "one event decoded, for scale": measure(decoded),
        "outbox alone": measure(append),
        "traces off, nothing carried": measure(handed_over(records(()))),
        "traces off, each says when it was accepted": measure(handed_over(records(accepted))),
    }
    exporter = InMemorySpanExporter()
    trace.use(provider_for(0.01, "http://127.0.0.1:9", region="330000", service="b", version="0", exporter=exporter))
    rows["traces on, none sampled"] = measure(handed_over(records(accepted)))
    rows["traces on, one in a hundred sampled"] = measure(handed_over(records(accepted, EVENTS // 100)))
    trace.finish()
    for name, cost in rows.items():
        table.add_row(name, f"{cost:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
