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

    def thrift(self) -> dict[str, dict[str, float]]:
        """Each peer's processor time a record in times of ours: the same ratio where others use the machine, too."""
        ours = {"delivery": self.delivery["ours"], "whole": self.whole["ours"], "real": self.real}
        theirs = {"delivery": self.delivery, "whole": self.whole, "real": self.whole}
        return {part: {peer: cost(theirs[part][peer]) / cost(own) for peer in PEERS} for part, own in ours.items()}

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        parts = {"delivery": dict(self.delivery), "whole": dict(self.whole), "real": {"ours": self.real}}
        rows = {
            part: {name: asdict(result) | {"rate": result.rate} for name, result in found.items()}
            for part, found in parts.items()
        }
        return {
            "results": rows,
            "ours in times of": self.ratios(),
            "their processor time in times of ours": self.thrift(),
            "tuning": {"quix": QUIX, "streams": KAFKA_STREAMS},
        }


def cost(result: Result) -> float:
    """Microseconds of processor time a record, of all processes together."""
    return sum(result.cpu.values()) / result.events * 1e6


def show(console: Console, figures: Figures) -> None:
    """Print rates, processor time and ratios."""
    rates = Table("job", "contender", "records/s", "µs CPU a record", "by process", title="The same job")
    for name, result in figures.delivery.items():
        _row(rates, "delivery alone", NAMES[name], result)
    for name, result in figures.whole.items():
        _row(rates, "whole job", NAMES[name], result)
    _row(rates, "whole job", "ours, rules of Hangzhou", figures.real)
    console.print(rates)
    ratios = Table(
        "ours in times of",
        *(NAMES[peer] for peer in PEERS),
        title="Ratios of records/s, and of processor time a record",
    )
    labels = {
        "delivery": "delivery alone",
        "whole": "whole job, one rule",
        "real": "ours by Hangzhou, they by one rule",
    }
    for part, found in figures.ratios().items():
        wanted = part == "whole"
        cells = (f"{r:.2f}" + (f" {verdict(r, PEERS[peer])}" if wanted else "") for peer, r in found.items())
        ratios.add_row(labels[part], *cells)
    for part, found in figures.thrift().items():
        ratios.add_row(f"{labels[part]}, by processor time", *(f"{ratio:.2f}" for ratio in found.values()))
    console.print(ratios)


def _row(table: Table, job: str, name: str, result: Result) -> None:
    cpu = ", ".join(f"{process} {used / result.events * 1e6:.0f}" for process, used in result.cpu.items())
    table.add_row(job, name, f"{result.rate:,.0f}", f"{cost(result):.0f}", cpu)


def show_settings(console: Console, found: Mapping[str, str], people: int, events: int) -> None:
    """Print what the figures were measured under."""
    table = Table("setting", "value", title=f"{events:,} declarations of {people:,} people, one in ten of them listed")
    for name, value in found.items():
        table.add_row(name, value)
    table.add_row("Quix Streams", json.dumps(dict(QUIX)))
    table.add_row("Kafka Streams", json.dumps(dict(KAFKA_STREAMS)))
    console.print(table)
