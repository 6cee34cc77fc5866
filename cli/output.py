"""What people and programs read: a table in color on a terminal, or JSON."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

Json = Annotated[bool, typer.Option("--json", help="Write JSON instead of a table.")]
Service = Annotated[str | None, typer.Option("--service", "-s", help="One service; all that the server has without.")]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why; it is put on record.")]
Purpose = Annotated[str, typer.Option("--purpose", "-p", help="What you need to see it for; it is put on record.")]

STYLES: Mapping[str, str] = {
    "green": "green",
    "yellow": "yellow",
    "red": "red",
    "approved": "green",
    "open": "yellow",
    "done": "green",
    "replayed": "green",
    "released": "green",
    "running": "green",
    "dropped": "yellow",
    "parked": "yellow",
    "decided": "yellow",
    "cut": "red",
    "rejected": "red",
    "failed": "red",
    "limit": "red",
    "outside-log": "red",
    "unreadable": "red",
}


def write_json(answer: object) -> None:
    """One document on stdout."""
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))


def write_table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], nothing: str) -> None:
    """Rows as a table; `columns` gives the heading of each field. Without rows, the sentence `nothing`."""
    console = Console()
    if not rows:
        console.print(nothing)
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in columns.values():
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(field)) for field in columns))
    console.print(table)


def write_fields(fields: Mapping[str, Any]) -> None:
    """One thing, a line for each of its fields."""
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in _flat(fields):
        table.add_row(name, _cell(value))
    Console().print(table)


@contextmanager
def progress(what: str, *, quiet: bool) -> Iterator[tuple[Progress, Any]]:
    """A bar on stderr; the task's total is set when it is known."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as bar:
        yield bar, bar.add_task(what, total=None)


def _cell(value: object) -> str:
    if value is None:
        return "–"
    text = str(value).replace("[", r"\[")
    style = STYLES.get(text)
    return f"[{style}]{text}[/]" if style else text


def _flat(fields: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{inner}", each) for inner, each in value.items())
        else:
            yield name, value
