"""What a soak showed: the picture, and its section of docs/reliability.md between markers of its own."""

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psutil

from bench.live import percentile
from bench.plot import Panel, svg
from bench.samples import Samples

BEGIN: Final = "<!-- soak: begin (written by `make soak`) -->"
END: Final = "<!-- soak: end -->"
TITLE: Final = "# Reliability\n"
SETTLED: Final = 0.25  # of the time, after which memory is compared: caches are full by then


@dataclass(frozen=True)
class Load:
    """Declarations a second, and of how many people."""

    rate: float
    people: int


def write(page: Path, picture: Path, samples: Samples, load: Load, lost: int | None) -> None:
    """Draw the picture and put the section in its place on the page; `lost` None: it was not looked."""
    if not samples.rows:
        return
    picture.parent.mkdir(parents=True, exist_ok=True)
    minutes = samples.line("minute")
    picture.write_text(svg(f"{load.rate:g} declarations a second", minutes, _panels(samples)), "utf-8")
    text = page.read_text("utf-8") if page.exists() else TITLE
    section = "\n".join([BEGIN, *_section(samples, load, lost, Path(os.path.relpath(picture, page.parent))), END])
    before, found, rest = text.partition(BEGIN)
    after = rest.partition(END)[2] if found else "\n"
    page.write_text((before if found else text.rstrip("\n") + "\n\n") + section + after, "utf-8")


def _panels(samples: Samples) -> list[Panel]:
    visible = samples.columns("visible ")
    return [
        Panel("declared → color on codes.v1, milliseconds", visible),
        Panel("lag, records", samples.columns("lag ")),
        Panel("outbox, rows", samples.columns("outbox ")),
        Panel("memory, MiB", samples.columns("memory ")),
        Panel("database on disk, MiB", samples.columns("disk ")),
    ]


def _section(samples: Samples, load: Load, lost: int | None, picture: Path) -> list[str]:
    return [
        "## Soak",
        "",
        f"`make soak` on {datetime.now(UTC):%Y-%m-%d}: {samples.rows[-1]['minute']:.0f} minutes of {load.rate:g}",
        f"declarations a second over HTTP for {load.people:,} people. {psutil.cpu_count()} cores, {platform.system()},",
        f"Python {platform.python_version()}; declaration, audit and issuer in a process each, broker, database.",
        "",
        f"![memory, lag, outboxes and delays over time]({picture.as_posix()})",
        "",
        *_findings(samples, lost),
        "",
    ]


def _findings(samples: Samples, lost: int | None) -> list[str]:
    sent, accepted = sum(samples.line("sent")), sum(samples.line("accepted"))
    refused = samples.rows[-1]["refused"]
    came = "" if lost is None else f" Of the accepted, {f'{lost:,}' if lost else 'none'} never came out."
    lag = max(map(sum, zip(*samples.columns("lag ").values(), strict=True)))
    oldest = max(max(line) for line in samples.columns("oldest ").values())
    quarter = samples.rows[int(len(samples.rows) * SETTLED)]["minute"]
    p50, p99 = _middle(samples, "visible p50"), _middle(samples, "visible p99")
    worst = max(samples.line("visible p99"))
    return [
        f"- Sent {sent:,.0f}, accepted {accepted:,.0f}, refused or unanswered {refused:,.0f}.{came}",
        f"- Declared → color on `codes.v1`, medians over the samples: p50 {p50} ms, p99 {p99} ms; the worst p99 of a",
        f"  sample {worst:,.0f} ms.",
        f"- Greatest lag of all consumers together {lag:,.0f} records; oldest row seen in an outbox {oldest:.1f} s.",
        f"- Memory at minute {quarter:.0f} and at the end, MiB: {_growth(samples)}.",
    ]


def _middle(samples: Samples, column: str) -> str:
    return f"{percentile(samples.line(column), 0.5):,.0f}"


def _growth(samples: Samples) -> str:
    """Means of a tenth of the samples, so that one of them decides nothing."""
    first, tenth = int(len(samples.rows) * SETTLED), max(1, len(samples.rows) // 10)
    lines = samples.columns("memory ").items()
    return ", ".join(f"{name} {_mean(x[first : first + tenth])} → {_mean(x[-tenth:])}" for name, x in lines)


def _mean(values: list[float]) -> str:
    return f"{sum(values) / len(values):,.0f}"
