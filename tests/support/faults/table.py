"""What became of each fault: a line of JSON for each time it was tried, and the table of all."""

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Final

RESULTS: Final = Path(os.environ.get("FAULTS_RESULTS", ".data/faults.jsonl"))
"""Where results are written down; `make faults` empties it first."""
HEADER: Final = ("fault", "times tried", "lost", "doubled", "out of order", "seconds until normal")


@dataclass(frozen=True)
class Result:
    """One test of a fault: how often it struck, what the books said, and how long outcomes came late."""

    fault: str
    tried: int
    lost: int
    doubled: int
    disordered: int
    seconds: float


def write_down(result: Result) -> None:
    """Add a result."""
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    with RESULTS.open("a", encoding="utf-8") as results:
        results.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")


def read_results(path: Path = RESULTS) -> list[Result]:
    """All that were written down."""
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return [Result(**json.loads(line)) for line in lines]


def table(results: Iterable[Result]) -> Iterator[tuple[str, ...]]:
    """A row for each fault in the order of the first try; of the seconds the median, and the worst."""
    by_fault: defaultdict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_fault[result.fault].append(result)
    for fault, tries in by_fault.items():
        sums = (sum(getattr(each, name) for each in tries) for name in ("tried", "lost", "doubled", "disordered"))
        seconds = sorted(t.seconds for t in tries)
        shown = f"{median(seconds):.0f}" + (f" (worst {seconds[-1]:.0f})" if len(seconds) > 1 else "")
        yield (fault, *(str(n) for n in sums), shown)


def as_markdown(rows: Iterable[tuple[str, ...]]) -> str:
    """The table for a document."""
    lines = [HEADER, ("---",) + ("---:",) * (len(HEADER) - 1), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def as_text(rows: Iterable[tuple[str, ...]]) -> str:
    """The table for a terminal."""
    lines = [HEADER, *rows]
    widths = [max(len(line[n]) for line in lines) for n in range(len(HEADER))]
    return "\n".join(
        "  ".join([first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))])
        for first, *rest in lines
    )
