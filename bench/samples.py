"""What a soak looks at every few seconds: memory, lag, outboxes, delays."""

import contextlib
import csv
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import asyncpg
import psutil

from bench.live import ACCEPTED, Traffic, percentile
from bench.region import Bench
from chassis.kafka.model import TopicPartition
from chassis.kafka.real import KafkaBroker
from chassis.kafka.real_consumer import KafkaReader
from deploy.local.stack import Stack

MIB: Final = 1 << 20
MS: Final = 1000

# Which topic each consumer of a schema reads; the others are not under load.
STREAMS: Final = {"audit": "declarations.v1", "issuer": "findings.v1", "declaration": "codes.v1"}
STANDING: Final = """
SELECT (SELECT count(*) FROM {0}.outbox) AS outbox,
       (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 FROM {0}.outbox) AS oldest,
       (SELECT coalesce(sum(next_offset), 0)::bigint FROM {0}.stream_offset WHERE topic = $1) AS read
"""
SIZE: Final = "SELECT pg_database_size(current_database())"


@dataclass
class Samples:
    """Rows of numbers by column; the first column is `minute`."""

    rows: list[dict[str, float]] = field(default_factory=list)

    def line(self, column: str) -> list[float]:
        """One column over time."""
        return [row[column] for row in self.rows]

    def columns(self, prefix: str) -> dict[str, list[float]]:
        """The columns that begin with a prefix, by the rest of their names."""
        names = [name for name in self.rows[0] if name.startswith(prefix)] if self.rows else []
        return {name.removeprefix(prefix): self.line(name) for name in names}

    @classmethod
    def read(cls, file: Path) -> "Samples":
        """Those of a CSV."""
        with file.open(encoding="utf-8", newline="") as opened:
            return cls([{name: float(text) for name, text in row.items()} for row in csv.DictReader(opened)])


class Sampler:
    """Takes samples of a region under load."""

    def __init__(self, stack: Stack, region: Bench, traffic: Traffic) -> None:
        servers = {"PostgreSQL": stack.postgres_pid, "Kafka": stack.kafka_pid}
        pids = {name.partition(".")[0]: process.pid for name, process in region.processes.items()} | servers
        self._processes = {name: psutil.Process(pid) for name, pid in pids.items() if pid is not None}
        self._url = region.database_url
        self._code = region.code
        self._traffic = traffic
        self._begun = time.monotonic()
        self._sent = self._accepted = 0
        self._reader: KafkaReader | None = None
        self._places: list[TopicPartition] = []

    async def start(self, broker: KafkaBroker) -> None:
        """Open what tells the ends of the topics."""
        topics = [f"hc.{self._code}.{topic}" for topic in STREAMS.values()]
        self._reader = await broker.reader(topics, start="end")
        self._places = [
            TopicPartition(topic, number) for topic in topics for number in range(await broker.partitions(topic))
        ]
        self._begun = time.monotonic()

    async def sample(self) -> dict[str, float]:
        """One row: since the last one for what is counted, now for what stands."""
        if self._reader is None:
            raise RuntimeError("not started")
        ends = await self._reader.end_offsets(self._places)
        row = {"minute": (time.monotonic() - self._begun) / 60}
        row |= self._delays()
        connection = await asyncpg.connect(self._url)
        try:
            for schema, topic in STREAMS.items():
                name = f"hc.{self._code}.{topic}"
                found = dict(await connection.fetchrow(STANDING.format(schema), name) or {})
                row[f"outbox {schema}"], row[f"oldest {schema}"] = found["outbox"], found["oldest"]
                end = sum(offset for place, offset in ends.items() if place.topic == name)
                row[f"lag {schema}"] = max(0, end - found["read"])
            row["disk database"] = await connection.fetchval(SIZE) / MIB
        finally:
            await connection.close()
        return row | {f"memory {name}": _memory(process) / MIB for name, process in self._processes.items()}

    def _delays(self) -> dict[str, float]:
        traffic = self._traffic
        answered, visible = traffic.answered, traffic.visible
        traffic.answered, traffic.visible = [], []
        sent, accepted = traffic.sent, traffic.statuses[ACCEPTED]
        row = {
            "sent": float(sent - self._sent),
            "accepted": float(accepted - self._accepted),
            "refused": float(traffic.statuses.total() - accepted),
            "invisible": float(len(traffic.waiting)),
            **{f"accepted p{p}": percentile(answered, p / 100) * MS for p in (50, 99)},
            **{f"visible p{p}": percentile(visible, p / 100) * MS for p in (50, 99)},
        }
        self._sent, self._accepted = sent, accepted
        return row


def _memory(process: psutil.Process) -> float:
    """Bytes of a process and its children; what they share is counted once where the system tells."""
    total = 0.0
    for each in (process, *process.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            whole = each.memory_full_info()
            total += getattr(whole, "pss", whole.rss)
    return total


def append(file: Path, row: Mapping[str, float]) -> None:
    """One more line in a CSV; the first brings the names."""
    is_new = not file.exists()
    with file.open("a", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, list(row))
        if is_new:
            writer.writeheader()
        writer.writerow({name: f"{value:.2f}" for name, value in row.items()})
