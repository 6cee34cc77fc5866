"""A region from an empty folder to live codes; docs/new-region.md has the whole way."""

import json
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console

from cli import members
from cli.errors import NOT_ALL, CliError
from cli.folder import packs, written
from cli.output import Json, write_json, write_table
from healthcode.areas import UnknownArea, area
from healthcode.values import Way

app = typer.Typer(
    no_args_is_help=True,
    help="A region: new, check, simulate need no server; join, suspend, resume, leave are decided by two officers of "
    "the nation. docs/new-region.md has the whole way.",
)
members.add_to(app)

Folder = Annotated[Path, typer.Argument(help="A region's folder, as regions/460000.")]
OFFLINE: Final = (None, "new", "check", "simulate")
PROBLEM: Final = "{file}:{line}: {what}"
ABSENT: Final = (
    "The services are not beside this command: in the project's folder, `make tools` and then `.venv/bin/python -m cli`"
    " have them, and so has the image."
)
DAYS: Final = {"day": "day", "pending": "pending", "green": "green", "yellow": "yellow", "red": "red"}
RULES: Final = {
    "rule": "rule", "color": "color", "reason": "reason", "people": "people", "not_released": "not over at the end",
}  # fmt: skip
JOURNEY: Final = {"color": "color", "evidence": "by", "status": "national", "there": "there", "home": "home again"}


@app.callback()
def connect(context: typer.Context) -> None:
    """Only what is decided by officers asks a server."""
    if context.invoked_subcommand not in OFFLINE and callable(context.obj):
        context.obj = context.obj()


@app.command()
def new(
    code: Annotated[str, typer.Argument(help="The six digits of a province or city (GB/T 2260), as 460000.")],
    name_zh: Annotated[str | None, typer.Option(help="Its name in Chinese; as in GB/T 2260 without.")] = None,
    name_en: Annotated[str | None, typer.Option(help="Its name in English; as in GB/T 2260 without.")] = None,
    way: Annotated[Way, typer.Option(help="How it recognises others.", prompt=True)] = Way.CONVERT,
    zone: Annotated[str, typer.Option(help="Its time zone, an IANA name.", prompt=True)] = "Asia/Shanghai",
    pack: Annotated[str, typer.Option(help="Which rules to begin with: basic, graded.", prompt=True)] = "basic",
    first: Annotated[str | None, typer.Option(help="The day on which its rules begin; today without.")] = None,
    into: Annotated[Path, typer.Option(help="Where the folder goes.")] = Path("regions"),
    as_json: Json = False,
) -> None:
    """Write a complete folder of data, with comments; then change what is in it and `check` it."""
    try:
        known = area(code)
        day = date.fromisoformat(first) if first else datetime.now(ZoneInfo(zone)).date()
    except UnknownArea as unknown:
        raise CliError(str(unknown), 2) from None
    except ZoneInfoNotFoundError:
        raise CliError(f"There is no time zone {zone!r}: write an IANA name, as Asia/Shanghai.", 2) from None
    except ValueError:
        raise CliError(f"{first!r} is no day: write it as 2020-02-11.", 2) from None
    if pack not in packs():
        raise CliError(f"There are no rules named {pack!r}: write one of {', '.join(packs())}.", 2)
    names = {"zh": name_zh or known.zh, "en": name_en or known.en}
    files = written(into / code, names=names, way=way, zone=zone, pack=pack, first=day)
    if as_json:
        write_json({"folder": str(into / code), "files": [str(each) for each in files]})
        return
    for each in files:
        typer.echo(str(each))
    typer.echo(f"Change the rules, the cases and the texts; then: healthcode-admin region check {into / code}")


@app.command()
def check(folder: Folder, as_json: Json = False) -> None:
    """Everything that is wrong with a folder: file, line, what to write. Nothing is started, asked or changed."""
    answer = _services("check", folder)
    if as_json:
        write_json(answer)
    _settle(answer, quiet=as_json)
    if not as_json:
        typer.echo(f"{folder} is right: the services would start on it.")


@app.command()
def simulate(
    folder: Folder,
    people: Annotated[int, typer.Option(min=10, max=100_000, help="How many people to make up.")] = 1000,
    beside: Annotated[
        Path | None, typer.Option(help="The folder of the neighbors' folders; the one that it is in without.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Made-up people under its rules, and its colors in each neighbor and home again. Nothing is touched."""
    more = ["--people", str(people), *(["--beside", str(beside)] if beside else [])]
    answer = _services("simulate", folder, *more)
    if as_json:
        write_json(answer)
    _settle(answer, quiet=as_json)
    if not as_json:
        _show(answer)


def _show(answer: dict[str, Any]) -> None:
    console = Console()
    for policy in answer["policies"]:
        told = f"{policy['policy']} {policy['version']}: {policy['people']} made-up people from its first day on"
        console.print(f"[bold]{told}[/]", highlight=False)
        write_table(policy["days"], DAYS, "")
        console.print()
        write_table(policy["rules"], RULES, "")
        if policy["unseen"]:
            console.print(f"Nobody came under {', '.join(policy['unseen'])}: see that their cases do.", style="yellow")
        console.print()
    for other in answer["neighbors"]:
        for title, rows in (("to", other["leaving"]), ("from", other["coming"])):
            if rows:
                console.print(f"[bold]{title} {other['region']} {other['zh']} {other['en']}[/]", highlight=False)
                write_table(rows, JOURNEY, "")


def _services(act: str, folder: Path, *more: str) -> dict[str, Any]:
    """What the services' own loaders say of a folder, in a process of theirs. Raises CliError."""
    if not folder.is_dir():
        raise CliError(f"There is no folder {folder}: `healthcode-admin region new CODE` writes one.", 2)
    command = [sys.executable, "-m", "services.folder", act, str(folder), *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        absent = "No module named services" in done.stderr
        raise CliError(ABSENT if absent else done.stderr.strip()[-2000:], 2) from None
    return answer


def _settle(answer: dict[str, Any], *, quiet: bool) -> None:
    """Tell what is wrong; exits 1 where anything is."""
    if not answer["problems"]:
        return
    if not quiet:
        for each in answer["problems"]:
            typer.echo(PROBLEM.format(**each) if "line" in each else each["what"])
    raise typer.Exit(NOT_ALL)
