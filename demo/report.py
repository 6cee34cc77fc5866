"""What the terminal shows: bars while it works, a table at the end; plain text where there is no terminal."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from demo.settings import REGIONS

NAMES: Mapping[str, str] = {"100000": "nation", "330000": "Zhejiang", "420000": "Hubei", "620000": "Gansu"}
STYLES: Mapping[str, str] = {"green": "green", "yellow": "yellow", "red": "red", "pending": "dim"}


class Screen:
    """The terminal."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(file=sys.stdout, highlight=False, soft_wrap=True)
        self._progress: Progress | None = None

    def say(self, text: str) -> None:
        """A line above the bars."""
        self.console.print(text)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Bars are shown within, on a terminal."""
        if not self.console.is_terminal:
            yield
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeElapsedColumn(), console=self.console) as progress:
            self._progress = progress
            yield
        self._progress = None

    def bar(self, what: str, total: int) -> "Bar":
        """A bar, or, where there is no terminal, a line when it is full."""
        if self._progress is None:
            return Bar(self, what, total, None, None)
        return Bar(self, what, total, self._progress, self._progress.add_task(what, total=total))

    def regions(self, state: Mapping[str, Any]) -> None:
        """The table of regions, and how long it took from declared to colored."""
        table = Table(title="Regions at the end", title_justify="left")
        table.add_column("region")
        for name in ("declared", "green", "yellow", "red", "pending", "recognised abroad"):
            table.add_column(name, justify="right", style=STYLES.get(name))
        for code in REGIONS:
            row = state["regions"][code]
            colors = (f"{row['colors'][name]:,}" for name in ("green", "yellow", "red", "pending"))
            table.add_row(f"{NAMES[code]} {code}", f"{row['declared']:,}", *colors, f"{row['abroad']:,}")
        self.console.print(table)
        delays = state["latency"]
        if delays["samples"]:
            self.console.print(
                f"declared → colored: p50 {delays['p50_ms']:.0f} ms, p99 {delays['p99_ms']:.0f} ms "
                f"(of {delays['samples']:,} single declarations, from the answer 202 to the code on its topic)"
            )

    def topics(self, topics: Mapping[str, int]) -> None:
        """The table of topics."""
        owners = (*REGIONS, "national")
        rows: dict[str, dict[str, int]] = {}
        for full, count in topics.items():
            _, owner, name = full.split(".", 2)
            rows.setdefault(name, {})[owner] = count
        table = Table(title="Events on the topics", title_justify="left")
        table.add_column("topic")
        for owner in owners:
            table.add_column(NAMES.get(owner, owner), justify="right")
        for name in sorted(rows):
            table.add_row(name, *(f"{rows[name][owner]:,}" if owner in rows[name] else "" for owner in owners))
        self.console.print(table)


class Bar:
    """One piece of work."""

    def __init__(self, screen: Screen, what: str, total: int, progress: Progress | None, task: TaskID | None) -> None:
        self._screen = screen
        self._what = what
        self._total = total
        self._done = 0
        self._progress = progress
        self._task = task

    def step(self, count: int = 1) -> None:
        """So much more is done."""
        self._done += count
        if self._progress is not None and self._task is not None:
            self._progress.advance(self._task, count)
        elif self._done == self._total:
            self._screen.say(f"{self._what}: {self._total:,}")
