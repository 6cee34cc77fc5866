"""Parked subjects: list, show, release, drop."""

from typing import Annotated, Any, Final

import typer

from cli.client import Server
from cli.errors import NOT_ALL
from cli.output import Json, Purpose, Reason, Service, progress, write_fields, write_json, write_table

app = typer.Typer(no_args_is_help=True, help="Parked subjects: their records wait since one of them failed.")

Name = Annotated[str, typer.Argument(help="<service>/<consumer>/<hash of the key>, as `list` shows it.")]
COLUMNS: Final = {"name": "subject", "records": "records", "reason": "reason", "since": "since", "bytes": "bytes"}
RECORDS: Final = {"place": "place", "reason": "reason", "parked_at": "since", "type": "type", "size": "bytes"}


@app.command("list")
def list_subjects(context: typer.Context, service: Service = None, as_json: Json = False) -> None:
    """Who waits, since when, and for which error."""
    server: Server = context.obj
    found: list[dict[str, Any]] = []
    for name in server.services(service):
        cursor = None
        while True:
            page = server.get(f"/v1/ops/{name}/parked", cursor=cursor)
            found += [{"name": f"{name}/{each['consumer']}/{each['key_hash']}", **each} for each in page["subjects"]]
            cursor = page["next"]
            if cursor is None:
                break
    if as_json:
        write_json({"subjects": found})
    else:
        write_table(found, COLUMNS, "Nobody is parked.")


@app.command()
def show(context: typer.Context, subject: Name, purpose: Purpose, as_json: Json = False) -> None:
    """The records that wait, without what they say of a person."""
    answer = context.obj.post(f"{_path(subject)}/show", purpose=purpose)
    if as_json:
        write_json(answer)
    else:
        write_table([{**each, **each["content"]} for each in answer["records"]], RECORDS, "There are none.")


@app.command()
def release(context: typer.Context, subject: Name, reason: Reason, as_json: Json = False) -> None:
    """Handle the records in order, before anything newer of the same key."""
    server: Server = context.obj
    total, after, failed = {"released": 0, "rejected": 0}, 0, None
    with progress("release", quiet=as_json) as (bar, task):
        while True:
            answer = server.post(f"{_path(subject)}/release", reason=reason, after=after)
            done = answer["released"] + answer["rejected"]
            total = {name: count + answer[name] for name, count in total.items()}
            failed = failed or answer["failed"]
            bar.update(task, advance=done, total=bar.tasks[0].completed + done + answer["left"])
            if not answer["left"] or not done:
                break
            after = answer["next"] if failed else 0
    result = {**total, "left": answer["left"], "failed": failed}
    write_json(result) if as_json else write_fields(result)
    if answer["left"]:
        raise typer.Exit(NOT_ALL)


@app.command()
def drop(
    context: typer.Context,
    subject: Name,
    reason: Reason,
    every: Annotated[bool, typer.Option("--all", help="All of its records; without, the first alone.")] = False,
    as_json: Json = False,
) -> None:
    """Forget the record at which a subject stopped, or all of them; the reason stays on record."""
    answer = context.obj.post(f"{_path(subject)}/drop", reason=reason, records="all" if every else "first")
    if as_json:
        write_json(answer)
    else:
        write_table([{"place": place} for place in answer["places"]], {"place": "dropped"}, "Nothing was dropped.")


def _path(subject: str) -> str:
    parts = subject.split("/")
    if len(parts) != 3 or not all(parts):
        raise typer.BadParameter("a subject's name is <service>/<consumer>/<hash>, as `parked list` shows it")
    service, consumer, key_hash = parts
    return f"/v1/ops/{service}/parked/{consumer}/{key_hash}"
