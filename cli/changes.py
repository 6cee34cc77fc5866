"""What two officers decide and another then carries out: listed, approved, turned down."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from cli.client import Server
from cli.output import Json, Reason, write_fields, write_json, write_table

Note = Annotated[str | None, typer.Option("--note", help="What you add, for the record.")]


def as_given(server: Server, proposal: str) -> str:
    """The id itself."""
    del server
    return proposal


def add_to(
    app: typer.Typer,
    path: str,
    columns: Mapping[str, str],
    *,
    carries_out: str,
    argument: str = "The id of a proposal, as it was given when it was proposed.",
    named: Callable[[Server, str], str] = as_given,
) -> None:
    """Add the commands over the proposals at a path; `carries_out`: who does what was approved, and by what command.

    `named` gives the id of what was typed, which `argument` describes. Raises CliError.
    """
    naming = typer.Argument(help=argument)

    @app.command(help=f"What was proposed, newest first; with --to-do --json, what {carries_out} takes.")
    def changes(
        context: typer.Context,
        to_do: Annotated[bool, typer.Option("--to-do", help="Only what is approved and not done yet.")] = False,
        as_json: Json = False,
    ) -> None:
        server: Server = context.obj
        answer = server.get(path, limit=100)
        found: list[dict[str, Any]] = answer["items"]
        if to_do:
            found = [each for each in found if each["state"] == "approved" and not each["done"]]
        write_json({**answer, "items": found}) if as_json else write_table(found, columns, "Nothing was proposed.")

    @app.command(help=f"Approve, as another person than who proposed it; then {carries_out} does it.")
    def approve(
        context: typer.Context, proposal: Annotated[str, naming], note: Note = None, as_json: Json = False
    ) -> None:
        server: Server = context.obj
        write(server.post(f"{path}/{named(server, proposal)}/approval", note=note), columns, as_json=as_json)

    @app.command(help="Turn down; who proposed it takes it back like this.")
    def reject(context: typer.Context, proposal: Annotated[str, naming], reason: Reason, as_json: Json = False) -> None:
        server: Server = context.obj
        write(server.post(f"{path}/{named(server, proposal)}/rejection", why=reason), columns, as_json=as_json)


def write(change: Mapping[str, Any], columns: Mapping[str, str], *, as_json: bool) -> None:
    """One proposal."""
    write_json(dict(change)) if as_json else write_fields({name: change[name] for name in columns})
