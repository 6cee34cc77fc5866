"""Findings: why a person has a color, and whether what is on record can be concluded anew."""

from collections import Counter
from dataclasses import replace as with_changes
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import typer

from cli.client import Server
from cli.errors import NOT_ALL, CliError
from cli.explanation import write_explanation
from cli.output import Json, progress, write_json, write_table

PATH: Final = "/v1/ops/audit/replay"
FAULTS: Final = {
    "subject": "subject", "sequence": "finding", "reviewed_at": "concluded", "outcome": "outcome", "fields": "in what",
}  # fmt: skip
PAST: Final = {
    "sequence": "finding", "reviewed_at": "concluded", "color_label": "color", "policy_version": "policy",
    "rules": "rules", "texts": "reasons",
}  # fmt: skip
MOST_SHOWN: Final = 50

Subject = Annotated[str, typer.Argument(help="The person's pseudonym in this region.")]
Somebody = Annotated[str | None, typer.Argument(help="One person's pseudonym; or --all.")]


def why(
    context: typer.Context,
    subject: Subject,
    at: Annotated[
        str | None, typer.Option(help="A time in the past with its zone, as 2020-02-11T10:00+08:00; without, now.")
    ] = None,
    lang: Annotated[
        Literal["zh", "en"] | None, typer.Option(help="The language; without, that of the terminal.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Why a person has their color: every rule considered, every fact with its source, the way out. For officers."""
    server: Server = with_changes(context.obj, language=lang or context.obj.language)
    found = server.get(f"/v1/subjects/{subject}/finding", at=_time(at))
    if as_json:
        write_json(found)
    else:
        write_explanation(found, server.spoken)


def findings(
    context: typer.Context,
    subject: Subject,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
    lang: Annotated[
        Literal["zh", "en"] | None, typer.Option(help="The language; without, that of the terminal.")
    ] = None,
    as_json: Json = False,
) -> None:
    """What was concluded of a person and when, the latest first: for which times to ask `why --at`. For officers."""
    server: Server = with_changes(context.obj, language=lang or context.obj.language)
    found, cursor = list[dict[str, Any]](), None
    while len(found) < limit:
        page = server.get(f"/v1/subjects/{subject}/findings", cursor=cursor)
        found += page["findings"]
        cursor = page["next"]
        if cursor is None:
            break
    if as_json:
        write_json({"findings": found[:limit]})
    else:
        rows = [{**each, **{name: ", ".join(each[name]) for name in ("rules", "texts")}} for each in found[:limit]]
        write_table(rows, PAST, "Nothing is on record of this person.")


def replay(
    context: typer.Context,
    subject: Somebody = None,
    every: Annotated[bool, typer.Option("--all", help="Everybody.")] = False,
    as_json: Json = False,
) -> None:
    """Conclude findings on record anew from what they were concluded from, and compare byte for byte. For operators."""
    if (subject is not None) is every:
        raise CliError("Name a person, or say --all.", 2)
    looked_at, faults = 0, list[dict[str, Any]]()
    cursor: str | None = None
    with progress("replay", quiet=as_json) as (bar, task):
        while True:
            answer = context.obj.get(PATH, subject=subject, cursor=cursor)
            if cursor is None:
                bar.update(task, total=answer["total"])
            looked_at += answer["looked_at"]
            faults += answer["faults"]
            bar.update(task, advance=answer["looked_at"])
            cursor = answer["next"]
            if cursor is None:
                break
    _summary(looked_at, faults, as_json=as_json)
    if faults:
        raise typer.Exit(NOT_ALL)


def _summary(looked_at: int, faults: list[dict[str, Any]], *, as_json: bool) -> None:
    counts = Counter(each["outcome"] for each in faults)
    counts["equal"] = looked_at - len(faults)
    if as_json:
        write_json({"looked_at": looked_at, "counts": counts, "faults": faults})
        return
    rows = [{"outcome": outcome, "findings": number} for outcome, number in sorted(counts.items())]
    write_table(rows, {"outcome": "outcome", "findings": "findings"}, "")
    if faults:
        shown = [{**each, "fields": ", ".join(each["fields"])} for each in faults[:MOST_SHOWN]]
        write_table(shown, FAULTS, "")
        if len(faults) > MOST_SHOWN:
            typer.echo(f"… and {len(faults) - MOST_SHOWN} more: --json writes all.", err=True)


def _time(text: str | None) -> str | None:
    """The time as it is sent. Raises CliError for what is none, or names no zone."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CliError(f"{text!r} is no time: write one as 2020-02-11T10:00+08:00.", 2) from None
    if at.tzinfo is None:
        raise CliError(f"{text!r} names no zone: write it as 2020-02-11T10:00+08:00.", 2)
    return at.isoformat()
