"""A change that is tried: asked for, followed to its end, and shown as a table of colors."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import typer
from rich.console import Console
from rich.table import Table

from cli.client import Server
from cli.errors import AWAY, NOT_ALL, CliError
from cli.output import STYLES, progress, write_json, write_table

PATH: Final = "/v1/simulations"
COLORS: Final = ("pending", "green", "yellow", "red")
FIRST_SECONDS: Final = 0.05
SECONDS: Final = 1.0
STILL_SECONDS: Final = 120.0
STILL: Final = "The simulation stands still: does the audit's timer run? `policy result {id}` shows how it goes on."
RULES: Final = {
    "before": "from", "after": "to", "rule_before": "by rule now", "rule_after": "by rule then", "people": "people",
}  # fmt: skip
AREAS: Final = {"before": "from", "after": "to", "area": "district", "people": "people"}
MOST: Final = 20


def follow(server: Server, *, as_json: bool, **asked: Any) -> None:
    """Try a change and show its result; interrupted, it is cancelled. Exits 1 unless it came to its end."""
    found = server.post(PATH, **asked)
    pause, passed, moved = FIRST_SECONDS, 0, time.monotonic()
    try:
        with progress(found["what"], quiet=as_json) as (bar, task):
            while found["state"] == "running":
                bar.update(task, completed=found["passed"], total=max(found["estimate"], found["passed"]))
                if found["passed"] != passed:
                    passed, moved = found["passed"], time.monotonic()
                if time.monotonic() - moved > STILL_SECONDS:
                    raise CliError(STILL.format(id=found["id"]), AWAY)
                time.sleep(pause)
                pause = min(2 * pause, SECONDS)
                found = server.get(f"{PATH}/{found['id']}")
    except KeyboardInterrupt:
        found = server.post(f"{PATH}/{found['id']}/cancellation")
    write(found, as_json=as_json)


def write(found: Mapping[str, Any], *, as_json: bool) -> None:
    """A simulation with its result."""
    if as_json:
        write_json(found)
    else:
        result = found["result"]
        console = Console()
        console.print(f"{found['what']}, at {found['at']}: {found['state']}", highlight=False)
        console.print(f"{result['changed']} of {found['passed']} people would change their color.", highlight=False)
        if found["moved"]:
            console.print("Areas or policies changed meanwhile: try again for a count of one piece.", style="yellow")
        if found["failure"]:
            console.print(found["failure"], style="red", markup=False)
        console.print(_matrix(result["colors"]))
        for rows, columns in ((result["rules"], RULES), (result["areas"], AREAS)):
            if rows:
                console.print()
                write_table(rows[:MOST], columns, "")
                if len(rows) > MOST:
                    console.print(f"… and {len(rows) - MOST} more: --json shows all")
    if found["state"] != "done":
        raise typer.Exit(NOT_ALL)


def _matrix(cells: Sequence[Mapping[str, Any]]) -> Table:
    """Colors now by row, colors then by column."""
    people = {(each["before"], each["after"]): each["people"] for each in cells}
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("now ╲ then")
    for color in COLORS:
        table.add_column(color, justify="right", style=STYLES.get(color, ""))
    for before in COLORS:
        row = [str(people[before, after]) if (before, after) in people else "·" for after in COLORS]
        table.add_row(f"[{STYLES.get(before, 'none')}]{before}[/]", *row)
    return table
