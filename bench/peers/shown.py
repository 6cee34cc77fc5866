"""The figures as tables, and as plain data."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from bench.contenders import Result
from bench.peers.tuning import KAFKA_STREAMS, QUIX
from bench.targets import PEERS, verdict

NAMES: Final = {"bare": "bare loop of aiokafka", "ours": "ours", "quix": "Quix Streams", "streams": "Kafka Streams"}


@dataclass(frozen=True)
class Figures:
    """Delivery alone and the whole job by contender, and ours by the rules of a real region."""

    delivery: Mapping[str, Result]
    whole: Mapping[str, Result]
    real: Result

    def ratios(self) -> dict[str, dict[str, float]]:
        """Ours in times of each peer."""
        return {
            part: {peer: found["ours"].rate / found[peer].rate for peer in PEERS}
            for part, found in (("delivery", self.delivery), ("whole", self.whole))
        } | {"real": {peer: self.real.rate / self.whole[peer].rate for peer in PEERS}}

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        parts = {"delivery": dict(self.delivery), "whole": dict(self.whole), "real": {"ours": self.real}}
        rows = {
            part: {name: asdict(result) | {"rate": result.rate} for name, result in found.items()}
            for part, found in parts.items()
        }
        return {"results": rows, "ours in times of": self.ratios(), "tuning": {"quix": QUIX, "streams": KAFKA_STREAMS}}


def show(console: Console, figures: Figures) -> None:
    """Print rates, processor time and ratios."""
    rates = Table("job", "contender", "records/s", "µs CPU a record, by process", title="The same job")
    for name, result in figures.delivery.items():
        _row(rates, "delivery alone", NAMES[name], result)
    for name, result in figures.whole.items():
        _row(rates, "whole job", NAMES[name], result)
    _row(rates, "whole job", "ours, rules of Hangzhou", figures.real)
    console.print(rates)
    ratios = Table("ours in times of", *(NAMES[peer] for peer in PEERS), title="Ratios of records/s")
    labels = {
        "delivery": "delivery alone",
        "whole": "whole job, one rule",
        "real": "ours by Hangzhou, they by one rule",
    }
    for part, found in figures.ratios().items():
        wanted = part == "whole"
        cells = (f"{r:.2f}" + (f" {verdict(r, PEERS[peer])}" if wanted else "") for peer, r in found.items())
        ratios.add_row(labels[part], *cells)
    console.print(ratios)


def _row(table: Table, job: str, name: str, result: Result) -> None:
    cpu = ", ".join(f"{process} {used / result.events * 1e6:.0f}" for process, used in result.cpu.items())
    table.add_row(job, name, f"{result.rate:,.0f}", cpu)


def show_settings(console: Console, found: Mapping[str, str], people: int, events: int) -> None:
    """Print what the figures were measured under."""
    table = Table("setting", "value", title=f"{events:,} declarations of {people:,} people, one in ten of them listed")
    for name, value in found.items():
        table.add_row(name, value)
    table.add_row("Quix Streams", json.dumps(dict(QUIX)))
    table.add_row("Kafka Streams", json.dumps(dict(KAFKA_STREAMS)))
    console.print(table)
