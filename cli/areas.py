"""Risk levels of areas: tried, and changed by two officers."""

from typing import Annotated, Any, Final

import typer

from cli import proposals, trial
from cli.client import Server
from cli.errors import NOT_ALL, CliError
from cli.lines import File, Preview, To, export_lines, read_lines, send_lines, write_answer
from cli.output import Json, Reason

app = typer.Typer(no_args_is_help=True, help="Risk levels of areas: simulate, set, import, approve.")
proposals.add_to(app)

PATH: Final = "/v1/areas"
MOST: Final = 1000
Area = Annotated[str, typer.Argument(help="Its code of GB/T 2260, or finer.")]
Level = Annotated[str, typer.Argument(help="low, medium or high.")]
Since = Annotated[str, typer.Option("--from", help="A time with its zone, as 2020-06-15T00:00:00+08:00.")]
Until = Annotated[str | None, typer.Option("--until", help="The first instant after; without, until it is changed.")]
Entry = Annotated[str | None, typer.Option("--entry", help="Your own entry to be changed; without, a new one.")]


@app.command("set")
def set_level(
    context: typer.Context,
    area: Area,
    level: Level,
    since: Since,
    evidence: Annotated[str, typer.Option("--evidence", help="The document that shows it.")],
    reason: Reason,
    until: Until = None,
    entry: Entry = None,
    as_json: Json = False,
) -> None:
    """Propose the level of an area; another officer approves it."""
    server: Server = context.obj
    body = {
        "area": area, "level": level, "valid_from": since, "valid_until": until, "evidence": evidence, "why": reason,
    }  # fmt: skip
    answer = server.post(PATH, **body) if entry is None else server.put(f"{PATH}/{entry}", **body)
    proposals.write_proposal(answer, as_json=as_json)


@app.command()
def withdraw(
    context: typer.Context,
    entry: Annotated[str, typer.Argument(help="Your own entry, as `export` shows it.")],
    reason: Reason,
    as_json: Json = False,
) -> None:
    """Propose to take an entry back: it was never right."""
    proposals.write_proposal(context.obj.post(f"{PATH}/{entry}/withdrawal", why=reason), as_json=as_json)


@app.command("import")
def import_lines(
    context: typer.Context,
    file: File,
    reason: Annotated[str | None, typer.Option("--reason", "-r", help="Why; not asked of a preview.")] = None,
    preview: Preview = False,
    as_json: Json = False,
) -> None:
    """Propose the levels in a file, at most a thousand together: all of them, or where one is refused none."""
    if not preview and not reason:
        raise CliError("Say why, by --reason: another officer has to approve it.", 2)
    answer = send_lines(context.obj, f"{PATH}/bulk", read_lines(file, MOST), preview=preview, quiet=as_json, why=reason)
    write_answer(answer, as_json=as_json)
    if not as_json:
        for proposal in answer["proposals"]:
            typer.echo(f"Proposed: another officer calls `areas approve {proposal}`.")
    if answer["refused"]:
        raise typer.Exit(NOT_ALL)


@app.command()
def export(context: typer.Context, to: To = None, as_json: Json = False) -> None:
    """All entries as they stand, one in JSON on each line."""
    export_lines(context.obj, f"{PATH}/export", to, as_json=as_json)


@app.command()
def simulate(
    context: typer.Context,
    area: Annotated[str | None, typer.Argument(help="Its code of GB/T 2260, or finer.")] = None,
    level: Annotated[str | None, typer.Argument(help="low, medium or high.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="As for `set`.")] = None,
    until: Until = None,
    entry: Entry = None,
    withdrawn: Annotated[
        list[str] | None, typer.Option("--withdraw", help="An entry that is to be taken back.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Who would change their color by a level, or by taking entries back; nothing is touched."""
    if (area is None) is not (level is None and since is None) or not (area or withdrawn):
        raise typer.BadParameter("name an area, its level and --from; or entries by --withdraw")
    asked: dict[str, Any] = {"withdrawn": withdrawn or []}
    if area is not None:
        level_in = {"entry": entry, "area": area, "level": level, "valid_from": since, "valid_until": until}
        asked["areas"] = [{name: value for name, value in level_in.items() if value is not None}]
    trial.follow(context.obj, as_json=as_json, **asked)
