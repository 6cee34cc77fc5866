"""What operators did."""

from typing import Annotated, Any, Final

import typer

from cli.client import Server
from cli.output import Json, Service, write_json, write_table

app = typer.Typer(no_args_is_help=True, help="What operators did: who, when, why.")

COLUMNS: Final = {"service": "service", "id": "act", "at": "when", "who": "who", "act": "what", "reason": "why"}


@app.command("list")
def list_acts(
    context: typer.Context,
    service: Service = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many of a service.")] = 50,
    as_json: Json = False,
) -> None:
    """The latest first."""
    server: Server = context.obj
    found: list[dict[str, Any]] = []
    for name in server.services(service):
        own: list[dict[str, Any]] = []
        cursor = None
        while len(own) < limit:
            page = server.get(f"/v1/ops/{name}/acts", cursor=cursor)
            own += [{"service": name, **act} for act in page["acts"]]
            cursor = page["next"]
            if cursor is None:
                break
        found += own[:limit]
    if as_json:
        write_json({"acts": found})
    else:
        write_table(found, COLUMNS, "Nothing was done yet.")
