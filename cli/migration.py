"""A region takes a code of its own, and nobody declares again: hand over, compare, cut over."""

import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli import proposals, trial
from cli.client import Server
from cli.errors import NOT_ALL
from cli.output import Json, Reason, progress, write_fields, write_json, write_table
from cli.packs import packs_in

app = typer.Typer(
    no_args_is_help=True, help="A region takes a code of its own: try, start, status, compare, cut-over; two officers."
)
proposals.add_to(app)

Region = Annotated[str, typer.Argument(help="The six digits of the region that takes a code of its own.")]
Origin = Annotated[str, typer.Argument(help="The six digits of the region that served it.")]
SECONDS: Final = 1.0
COMPARED: Final = {"before": "there", "rule_before": "by rule there", "after": "here", "people": "people"}


@app.command("try")
def dry_run(
    context: typer.Context,
    region: Region,
    folder: Annotated[Path, typer.Argument(help="The region's own policy: a pack, or a folder of packs.")],
    as_json: Json = False,
) -> None:
    """Dry run, at the region that serves it: who would get which color by the region's own policy. Nothing leaves."""
    trial.follow(context.obj, as_json=as_json, files=packs_in(folder), residents=region)


@app.command()
def start(context: typer.Context, region: Region, reason: Reason, as_json: Json = False) -> None:
    """Propose to hand its people over; another person approves. Their codes stay as they are."""
    proposals.write_proposal(context.obj.post("/v1/migrations", region=region, why=reason), as_json=as_json)


@app.command()
def status(
    context: typer.Context,
    region: Region,
    wait: Annotated[bool, typer.Option("--wait", help="Until everybody who was handed over is answered for.")] = False,
    as_json: Json = False,
) -> None:
    """How many were handed over, and what became of them; exits 1 while somebody waits or was refused."""
    server: Server = context.obj
    found = server.get(f"/v1/migrations/{region}")
    with progress(f"migrate {region}", quiet=as_json or not wait) as (bar, task):
        while wait and _unfinished(found):
            bar.update(task, completed=found["handed_over"] - found["waiting"], total=found["handed_over"])
            time.sleep(SECONDS)
            found = server.get(f"/v1/migrations/{region}")
    write_json(found) if as_json else write_fields(found)
    if _unfinished(found) or found["refused"]:
        raise typer.Exit(NOT_ALL)


@app.command()
def compare(context: typer.Context, origin: Origin, as_json: Json = False) -> None:
    """At the region itself: the color that people had there against the one that they have here by its own policy."""
    found: dict[str, Any] = context.obj.get(f"/v1/arrivals/{origin}")
    if as_json:
        write_json(found)
        return
    typer.echo(f"{found['arrived']} people came from {origin}; {found['changed']} have another color here.")
    write_table(found["colors"], COMPARED, "Nobody has come.")


@app.command("cut-over")
def cut_over(context: typer.Context, region: Region, reason: Reason, as_json: Json = False) -> None:
    """Propose that codes move; when another person approved it and the catalogue says that the region has a code."""
    proposals.write_proposal(context.obj.post(f"/v1/migrations/{region}/cut-over", why=reason), as_json=as_json)


def _unfinished(found: dict[str, Any]) -> bool:
    return bool(not found["passes"] or found["waiting"])
