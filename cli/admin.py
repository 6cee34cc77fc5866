"""`healthcode-admin`: what operators do, over HTTP. One file for each subject; each is an `app` that is added here."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cli import acts, areas, dlq, findings, keys, lists, migration, offsets, parked, policy, region
from cli.client import Server, token_from
from cli.errors import CliError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Operate a region over HTTP.\n\nExit codes: 0 done; 1 some of it did not succeed; 2 the command line is "
    "wrong; 3 the server refused; 4 the server is away.",
)
app.add_typer(dlq.app, name="dlq")
app.add_typer(parked.app, name="parked")
app.add_typer(offsets.app, name="offsets")
app.add_typer(acts.app, name="acts")
app.add_typer(policy.app, name="policy")
app.add_typer(areas.app, name="areas")
app.add_typer(lists.app, name="lists")
app.add_typer(keys.app, name="keys")
app.add_typer(region.app, name="region")
app.add_typer(migration.app, name="migrate")
app.command()(findings.why)
app.command()(findings.findings)
app.command()(findings.replay)


@app.callback()
def connect(
    context: typer.Context,
    url: Annotated[
        str, typer.Option(envvar="HC_URL", help="The address of the region's API.")
    ] = "http://127.0.0.1:8080",
    token: Annotated[
        str | None,
        typer.Option(
            envvar="HC_TOKEN",
            help="An access token: of the role `ops`; `officer` for `why`, policies, areas, lists and keys.",
        ),
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(envvar="HC_TOKEN_FILE", help="A file that holds the token.")
    ] = None,
) -> None:
    """Whom to ask, and as whom."""

    def server() -> Server:
        return Server(url.rstrip("/"), token_from(token, token_file))

    if context.invoked_subcommand is not None and "--help" not in sys.argv:
        # A region's folder is looked at without a server, and by whoever has no token yet.
        context.obj = server if context.invoked_subcommand == "region" else server()


def main() -> None:
    """Run the command line; an error is a sentence on stderr, and its exit code."""
    try:
        app()
    except CliError as error:
        # A sentence of the server may hold brackets, and a place in a file has to stay in one piece.
        style = "red" if error.code else ""
        Console(stderr=True).print(str(error), style=style, markup=False, highlight=False, soft_wrap=True)
        sys.exit(error.code)
