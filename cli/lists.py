"""Control lists: imported, exported, withdrawn."""

from typing import Annotated, Any, Final

import typer

from cli.client import Server
from cli.errors import NOT_ALL, REFUSED, CliError
from cli.lines import File, Preview, To, export_lines, read_lines, send_lines, write_answer
from cli.output import Json, progress, write_json, write_table

app = typer.Typer(no_args_is_help=True, help="Your authority's entries of control lists.")

PATH: Final = "/v1/lists/entries"
OUTCOMES: Final = {"entry": "entry", "outcome": "outcome", "why": "why"}


@app.command("import")
def import_lines(context: typer.Context, file: File, preview: Preview = False, as_json: Json = False) -> None:
    """Enter all lines that are right; interrupted, call it again: the same file enters nothing twice."""
    answer = send_lines(context.obj, f"{PATH}/bulk", read_lines(file), preview=preview, quiet=as_json)
    write_answer(answer, as_json=as_json)
    if answer["refused"]:
        raise typer.Exit(NOT_ALL)


@app.command()
def export(context: typer.Context, to: To = None, as_json: Json = False) -> None:
    """All entries as they stand, one in JSON on each line, by pseudonym."""
    export_lines(context.obj, f"{PATH}/export", to, as_json=as_json)


@app.command()
def withdraw(
    context: typer.Context,
    entries: Annotated[list[str], typer.Argument(help="Ids of entries, as `export` shows them.")],
    as_json: Json = False,
) -> None:
    """Take entries back: they were never right."""
    server: Server = context.obj
    outcomes: list[dict[str, Any]] = []
    with progress("withdraw", quiet=as_json) as (bar, task):
        outcomes += [_withdrawn(server, entry) for entry in bar.track(entries, task_id=task)]
    write_json({"outcomes": outcomes}) if as_json else write_table(outcomes, OUTCOMES, "There was nothing to do.")
    if any(each["why"] for each in outcomes):
        raise typer.Exit(NOT_ALL)


def _withdrawn(server: Server, entry: str) -> dict[str, Any]:
    try:
        server.post(f"{PATH}/{entry}/withdrawal")
    except CliError as error:
        if error.code != REFUSED:
            raise
        return {"entry": entry, "outcome": "refused", "why": str(error)}
    return {"entry": entry, "outcome": "withdrawn", "why": None}
