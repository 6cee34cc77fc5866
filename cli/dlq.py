"""Dead letters: list, show, replay, drop."""

from collections import Counter
from typing import Annotated, Any, Final

import typer

from cli.client import Server
from cli.errors import NOT_ALL, REFUSED, CliError
from cli.output import Json, Purpose, Reason, Service, progress, write_fields, write_json, write_table

app = typer.Typer(no_args_is_help=True, help="Dead letters: records that a service could not accept.")

Letters = Annotated[list[str] | None, typer.Argument(help="Names of letters, as `list` shows them.")]
All = Annotated[bool, typer.Option("--all", help="Every open letter; with --topic and --code, those.")]
Topic = Annotated[str | None, typer.Option("--topic", help="Of this topic alone.")]
Code = Annotated[str | None, typer.Option("--code", help="Refused for this reason alone.")]
COLUMNS: Final = {
    "service": "service", "id": "letter", "reason": "reason", "detail": "detail", "place": "place", "type": "type",
    "size": "bytes", "written_at": "since", "replay_of": "replay of",
}  # fmt: skip
OUTCOMES: Final = {"id": "letter", "outcome": "outcome", "why": "why"}
CHUNK: Final = 50
DONE: Final = frozenset({"replayed", "dropped", "parked", "decided"})


@app.command("list")
def list_letters(
    context: typer.Context,
    service: Service = None,
    topic: Topic = None,
    code: Code = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 200,
    as_json: Json = False,
) -> None:
    """What nobody has decided on yet."""
    server: Server = context.obj
    found: list[dict[str, Any]] = []
    for name in server.services(service):
        cursor = None
        while len(found) < limit:
            page = server.get(f"/v1/ops/{name}/dead-letters", topic=topic, code=code, cursor=cursor)
            found += [{"service": name, **letter} for letter in page["letters"]]
            cursor = page["next"]
            if cursor is None:
                break
    if as_json:
        write_json({"letters": found[:limit]})
    else:
        write_table(found[:limit], COLUMNS, "There are no open dead letters.")


@app.command()
def show(
    context: typer.Context,
    letter: Annotated[str, typer.Argument(help="The name of a letter.")],
    purpose: Purpose,
    service: Service = None,
    as_json: Json = False,
) -> None:
    """One letter: its envelope and faults; its value only of topics that hold nothing about persons."""
    server: Server = context.obj
    refusal: CliError | None = None
    for name in server.services(service):
        try:
            found = server.post(f"/v1/ops/{name}/dead-letters/{letter}/show", purpose=purpose)
        except CliError as error:
            if error.code != REFUSED:
                raise
            refusal = error
            continue
        answer = {"service": name, **found}
        write_json(answer) if as_json else write_fields(answer)
        return
    raise refusal or CliError("This server has no services.", REFUSED)


@app.command()
def replay(
    context: typer.Context,
    reason: Reason,
    letters: Letters = None,
    every: All = False,
    service: Service = None,
    topic: Topic = None,
    code: Code = None,
    as_json: Json = False,
) -> None:
    """Handle letters once more; what was interrupted goes on when it is called again."""
    _check(letters, every=every)
    chosen = {"letters": letters, "all": every, "topic": topic, "code": code, "reason": reason}
    _decide(context.obj, "replay", service, chosen, as_json=as_json)


@app.command()
def drop(
    context: typer.Context,
    reason: Reason,
    letters: Letters = None,
    every: All = False,
    service: Service = None,
    topic: Topic = None,
    code: Code = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before dropping all.")] = False,
    as_json: Json = False,
) -> None:
    """Decide that nothing is to be done about letters; the reason stays on record."""
    _check(letters, every=every)
    if every and not yes:
        typer.confirm("Drop every open letter that you chose?", abort=True, err=True)
    chosen = {"letters": letters, "all": every, "topic": topic, "code": code, "reason": reason}
    _decide(context.obj, "drop", service, chosen, as_json=as_json)


def _check(letters: list[str] | None, *, every: bool) -> None:
    if bool(letters) is every:
        raise CliError("Name letters, or say --all.", 2)


def _decide(server: Server, act: str, service: str | None, chosen: dict[str, Any], *, as_json: bool) -> None:
    """Chunk by chunk, over one service or all; a named letter has to be found by one of them."""
    outcomes: list[dict[str, Any]] = []
    missing = set(chosen["letters"] or ())
    with progress(act, quiet=as_json) as (bar, task):
        for name in server.services(service):
            for answer in _chunks(server, f"/v1/ops/{name}/dead-letters/{act}", chosen):
                outcomes += [{"service": name, **each} for each in answer["outcomes"]]
                missing -= {each["id"] for each in answer["outcomes"]}
                looked = len(answer["outcomes"]) + len(answer["missing"]) + answer["looked_at"]
                bar.update(task, advance=looked, total=bar.tasks[0].completed + looked + answer["left"])
    counts = Counter(each["outcome"] for each in outcomes)
    if as_json:
        write_json({"outcomes": outcomes, "missing": sorted(missing), "counts": counts})
    else:
        bad = [each for each in outcomes if each["outcome"] not in DONE]
        write_table([{"outcome": outcome, "letters": n} for outcome, n in sorted(counts.items())],
                    {"outcome": "outcome", "letters": "letters"}, "There was nothing to decide on.")  # fmt: skip
        if bad:
            write_table(bad, OUTCOMES, "")
        for name in sorted(missing):
            typer.echo(f"{name}: there is no such letter any more", err=True)
    if missing or counts.keys() - DONE:
        raise typer.Exit(NOT_ALL)


def _chunks(server: Server, path: str, chosen: dict[str, Any]) -> Any:
    if chosen["letters"]:
        names = chosen["letters"]
        for start in range(0, len(names), CHUNK):
            yield server.post(path, letters=names[start : start + CHUNK], reason=chosen["reason"])
        return
    cursor = None
    while True:
        answer = server.post(path, **chosen, cursor=cursor)
        yield answer
        cursor = answer["next"]
        if cursor is None:
            return
