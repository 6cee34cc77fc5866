"""Where consumers stand, and partitions that go on."""

from typing import Annotated, Any, Final

import typer

from cli.client import Server
from cli.output import Json, Reason, Service, write_fields, write_json, write_table

app = typer.Typer(no_args_is_help=True, help="Positions of consumers, and partitions that are held.")

COLUMNS: Final = {
    "service": "service", "consumer": "consumer", "topic": "topic", "partition": "partition", "state": "state",
    "position": "position", "begin": "begin", "end": "end", "strikes": "strikes", "limit": "limit",
}  # fmt: skip


@app.command("list")
def list_offsets(
    context: typer.Context,
    service: Service = None,
    held: Annotated[bool, typer.Option("--held", help="Only partitions that stand still.")] = False,
    as_json: Json = False,
) -> None:
    """Every partition, what its log holds, and how near its limit it is."""
    server: Server = context.obj
    found: list[dict[str, Any]] = []
    for name in server.services(service):
        rows = server.get(f"/v1/ops/{name}/offsets")["offsets"]
        found += [{"service": name, **row} for row in rows if not held or row["state"] != "running" or row["outside"]]
    if as_json:
        write_json({"offsets": found})
    else:
        write_table(found, COLUMNS, "No partition is held." if held else "Nothing was consumed yet.")


@app.command()
def resume(
    context: typer.Context,
    place: Annotated[str, typer.Argument(help="<service>/<consumer>/<topic>/<partition>")],
    reason: Reason,
    to: Annotated[
        str, typer.Option(help="stored; outside its log: beginning or end; unreadable: an offset.")
    ] = "stored",
    as_json: Json = False,
) -> None:
    """Forgive a partition its strikes and let it go on."""
    parts = place.split("/")
    if len(parts) != 4 or not parts[3].isdecimal():
        raise typer.BadParameter("a place is <service>/<consumer>/<topic>/<partition>")
    service, consumer, topic, partition = parts
    body = {"consumer": consumer, "topic": topic, "partition": int(partition), "reason": reason}
    where = int(to) if to.isdecimal() else to
    answer = context.obj.post(f"/v1/ops/{service}/offsets/resume", **body, to=where)
    write_json(answer) if as_json else write_fields(answer)
