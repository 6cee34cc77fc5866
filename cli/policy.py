"""Policies: checked, tried, compared, put in force by two officers, rolled back."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from cli import proposals, trial
from cli.client import Server
from cli.errors import NOT_ALL
from cli.output import Json, Reason, progress, write_json, write_table
from cli.packs import Folder, packs_in, side

app = typer.Typer(no_args_is_help=True, help="Policies: check, simulate, diff, activate, approve, rollback.")
proposals.add_to(app)

At = Annotated[str | None, typer.Option("--at", help="A time with its zone, as 2020-06-15T00:00:00+08:00.")]
Side = Annotated[str, typer.Argument(help="A pack, a folder (its last pack counts), or a version of the region.")]
Language = Literal["zh", "en"]
COLUMNS: Final = {
    "version": "version", "policy": "policy", "effective": "from", "in_force": "in force", "change": "by",
    "proposal": "proposal",
}  # fmt: skip
PACKS: Final = {"file": "file", "version": "version", "effective": "from", "rules": "rules", "known": "known"}
SIMULATIONS: Final = {
    "id": "simulation", "what": "what", "state": "state", "passed": "people", "started_at": "since", "asked_by": "by",
}  # fmt: skip


@app.command("list")
def list_policies(context: typer.Context, as_json: Json = False) -> None:
    """Which policies there are, from when, and by whom."""
    answer = context.obj.get("/v1/policies")
    if as_json:
        write_json(answer)
        return
    write_table(answer["policies"], COLUMNS, "There is none.")
    for version in answer["passed_over"]:
        typer.echo(f"{version} of the region's files never begins: officers put another in its place.", err=True)


@app.command()
def check(context: typer.Context, folder: Folder, as_json: Json = False) -> None:
    """Whether packs are right: file, line, and what to write instead. Nothing is changed."""
    answer = context.obj.post("/v1/policies/check", files=packs_in(folder))
    if as_json:
        write_json(answer)
    else:
        for each in answer["problems"]:
            typer.echo(f"{each['file']}:{each['line']}: {each['what']}")
        if not answer["problems"]:
            write_table(answer["packs"], PACKS, "There is none.")
    if answer["problems"]:
        raise typer.Exit(NOT_ALL)


@app.command()
def simulate(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Argument(help="As for `check`; one of its packs is new.")] = None,
    version: Annotated[str | None, typer.Option(help="A version that the region has, instead of a folder.")] = None,
    at: At = None,
    as_json: Json = False,
) -> None:
    """Who would change from which color to which, by which rule, and where; nothing is touched."""
    if (folder is None) == (version is None):
        raise typer.BadParameter("name a folder, or a version by --version")
    asked: Mapping[str, Any] = {"files": packs_in(folder)} if folder else {"version": version}
    trial.follow(context.obj, as_json=as_json, **asked, at=at)


@app.command()
def simulations(context: typer.Context, as_json: Json = False) -> None:
    """The latest simulations, of policies and of areas."""
    found = context.obj.get(trial.PATH)["simulations"]
    write_json({"simulations": found}) if as_json else write_table(found, SIMULATIONS, "Nothing was tried yet.")


@app.command()
def result(
    context: typer.Context, simulation: Annotated[str, typer.Argument(help="Its id.")], as_json: Json = False
) -> None:
    """What a simulation counted; exits 1 unless it came to its end."""
    trial.write(context.obj.get(f"{trial.PATH}/{simulation}"), as_json=as_json)


@app.command()
def activate(context: typer.Context, folder: Folder, reason: Reason, at: At = None, as_json: Json = False) -> None:
    """Propose the new pack of a folder and its date; another officer approves it."""
    answer = context.obj.post("/v1/policies/activations", files=packs_in(folder), effective=at, why=reason)
    proposals.write_proposal(answer, as_json=as_json)


@app.command()
def rollback(
    context: typer.Context,
    version: Annotated[str, typer.Argument(help="The version that is to be in force again.")],
    reason: Reason,
    at: At = None,
    as_json: Json = False,
) -> None:
    """Propose an earlier version: in force from --at on, or at once when another officer approves it."""
    answer = context.obj.post("/v1/policies/rollbacks", version=version, effective=at, why=reason)
    proposals.write_proposal(answer, as_json=as_json)


@app.command()
def diff(
    context: typer.Context,
    one: Side,
    other: Side,
    lang: Annotated[Language, typer.Option(help="The language of the examples.")] = "zh",
    as_json: Json = False,
) -> None:
    """The smallest made-up persons on whom two policies differ, in plain words."""
    server: Server = context.obj
    with progress("compare", quiet=as_json):
        answer = server.post("/v1/policies/diff", one=side(one), other=side(other))
    if as_json:
        write_json(answer)
        return
    for each in answer["witnesses"]:
        typer.echo(each[lang] + "\n")
    if not answer["witnesses"]:
        typer.echo("No example was found on which they differ; that is no proof that there is none.")
