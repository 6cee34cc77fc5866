"""What two officers of the nation decide about a region: it joins, is suspended, resumes, leaves."""

import json
import re
import time
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from cli import changes
from cli.client import Server
from cli.errors import NOT_ALL, CliError
from cli.output import Json, Reason, write_json, write_table

PATH: Final = "/v1/members"
WAIT_SECONDS: Final = 30.0
PAUSE: Final = 0.2
Code = Annotated[str, typer.Argument(help="The region's six digits.")]
From = Annotated[str | None, typer.Option("--from", help="From when, with its zone; without: when it is carried out.")]
MEMBERS: Final = {"region": "region", "counts": "counts", "why_not": "why not"}
CODE: Final = re.compile(r"[0-9]{6}")
CHANGES: Final = {
    "proposal": "proposal", "act": "act", "region": "region", "begins_at": "from", "until": "until", "state": "state",
    "done": "done", "why": "why", "proposed_by": "by", "decided_by": "decided by",
}  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add the commands to those of regions."""
    app.command("list")(list_members)
    for command in (join, suspend, resume, leave):
        app.command()(command)
    changes.add_to(
        app,
        f"{PATH}/changes",
        CHANGES,
        carries_out="`python -m deploy.membership carry-out`, with whoever holds the nation's key,",
        argument="The id of a proposal; or a region's code, where one is open about it.",
        named=_named,
    )


def list_members(
    context: typer.Context,
    wait: Annotated[str | None, typer.Option(help="Until this region counts, half a minute at most.")] = None,
    as_json: Json = False,
) -> None:
    """Which regions count now, by the nation's catalogue, and why others do not."""
    found: list[dict[str, Any]] = context.obj.get(PATH)["members"]
    ends = time.monotonic() + WAIT_SECONDS
    while wait is not None and not any(each["region"] == wait and each["counts"] for each in found):
        if time.monotonic() > ends:
            raise CliError(f"{wait} does not count after {WAIT_SECONDS:.0f} s: was it carried out?", NOT_ALL)
        time.sleep(PAUSE)
        found = context.obj.get(PATH)["members"]
    write_json({"members": found}) if as_json else write_table(found, MEMBERS, "There is none.")


def join(
    context: typer.Context,
    code: Code,
    entry: Annotated[Path, typer.Option(help="What `python -m deploy.membership entry` wrote at the new region.")],
    reason: Reason,
    as_json: Json = False,
) -> None:
    """Propose that a region becomes a member; another person approves."""
    try:
        brought = json.loads(entry.read_text("utf-8"))
    except (OSError, ValueError) as fault:
        raise CliError(f"{entry} cannot be read as JSON ({type(fault).__name__}).", 2) from None
    _propose(context, as_json=as_json, act="join", region=code, entry=brought, why=reason)


def suspend(
    context: typer.Context,
    code: Code,
    reason: Reason,
    begins: From = None,
    until: Annotated[str | None, typer.Option(help="Its end, with its zone; without: until it is resumed.")] = None,
    as_json: Json = False,
) -> None:
    """Propose that a region does not count: online within seconds, offline by the age of the lists."""
    _propose(context, as_json=as_json, act="suspend", region=code, begins_at=begins, until=until, why=reason)


def resume(context: typer.Context, code: Code, reason: Reason, as_json: Json = False) -> None:
    """Propose that a suspended region counts again; what was not told meanwhile is told then."""
    _propose(context, as_json=as_json, act="resume", region=code, why=reason)


def leave(context: typer.Context, code: Code, reason: Reason, begins: From = None, as_json: Json = False) -> None:
    """Propose that a region is no member any more: nothing that it signed counts from then on."""
    _propose(context, as_json=as_json, act="leave", region=code, begins_at=begins, why=reason)


def _propose(context: typer.Context, *, as_json: bool, **asked: Any) -> None:
    changes.write(context.obj.post(f"{PATH}/changes", **asked), CHANGES, as_json=as_json)


def _named(server: Server, proposal: str) -> str:
    """The id of a proposal, or of the only one that is open about a region. Raises CliError."""
    if not CODE.fullmatch(proposal):
        return proposal
    items: list[dict[str, Any]] = server.get(f"{PATH}/changes", limit=100)["items"]
    found: list[str] = [each["proposal"] for each in items if each["region"] == proposal and each["state"] == "open"]
    if len(found) != 1:
        raise CliError(
            f"{len(found)} proposals about {proposal} are open: name one by its id, `region changes` lists.", 2
        )
    return found[0]
