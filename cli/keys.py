"""A region's keys: how they stand, and what two officers decide about them."""

from typing import Annotated, Any, Final, Literal

import typer

from cli.client import Server
from cli.output import Json, Reason, write_fields, write_json, write_table

app = typer.Typer(no_args_is_help=True, help="Keys: list, rotate, revoke, approve; docs/keys.md has the whole journey.")

Usage = Annotated[Literal["credential", "lists"], typer.Argument(help="What it signs: credentials, or status lists.")]
Change = Annotated[str, typer.Argument(help="The id of a proposal, as it was given when it was proposed.")]
KEYS: Final = {
    "usage": "for", "key": "key", "stands": "stands", "signs_from": "signs from", "signs_until": "signs until",
    "believed_until": "believed until", "revoked_at": "revoked",
}  # fmt: skip
RUNS: Final = {
    "key": "revoked key", "waiting": "waiting", "replaced": "replaced", "on_paper": "on paper", "voided": "void",
    "ended_at": "ended",
}  # fmt: skip
CHANGES: Final = {
    "proposal": "proposal", "act": "act", "usage": "for", "key": "key", "begins_at": "from", "state": "state",
    "done": "done", "why": "why", "proposed_by": "by", "decided_by": "decided by",
}  # fmt: skip


@app.command("list")
def list_keys(context: typer.Context, as_json: Json = False) -> None:
    """All keys and their windows, and how far it is with what a revoked key signed."""
    server: Server = context.obj
    answer = server.get("/v1/keys")
    if as_json:
        write_json(answer)
        return
    write_table(answer["keys"], KEYS, "The catalogue has no key of this region.")
    if answer["reissues"]:
        write_table(answer["reissues"], RUNS, "")


@app.command()
def rotate(
    context: typer.Context,
    usage: Usage,
    reason: Reason,
    lead_hours: Annotated[
        int, typer.Option(min=0, help="Hours until it signs: longer than a verifier may go on with an old list.")
    ] = 192,
    as_json: Json = False,
) -> None:
    """Propose that a new key signs; another person approves."""
    server: Server = context.obj
    _write(server.post("/v1/keys/rotations", usage=usage, lead_hours=lead_hours, why=reason), as_json=as_json)


@app.command()
def revoke(
    context: typer.Context,
    usage: Usage,
    key: Annotated[str, typer.Argument(help="The key's id, as `list` shows it.")],
    reason: Reason,
    as_json: Json = False,
) -> None:
    """Propose that all is void which a key signed, and made anew; another person approves."""
    server: Server = context.obj
    _write(server.post("/v1/keys/revocations", usage=usage, key=key, why=reason), as_json=as_json)


@app.command()
def changes(
    context: typer.Context,
    to_do: Annotated[bool, typer.Option("--to-do", help="Only what is approved and not done yet.")] = False,
    as_json: Json = False,
) -> None:
    """What was proposed, newest first; with --to-do --json, what `python -m deploy.orders` carries out."""
    server: Server = context.obj
    answer = server.get("/v1/keys/changes", limit=100)
    found: list[dict[str, Any]] = answer["items"]
    if to_do:
        found = [each for each in found if each["state"] == "approved" and not each["done"]]
    write_json({**answer, "items": found}) if as_json else write_table(found, CHANGES, "Nothing was proposed.")


@app.command()
def approve(
    context: typer.Context,
    proposal: Change,
    note: Annotated[str | None, typer.Option("--note", help="What you add, for the record.")] = None,
    as_json: Json = False,
) -> None:
    """Approve, as another person than who proposed it; who holds the keys carries it out."""
    _write(context.obj.post(f"/v1/keys/changes/{proposal}/approval", note=note), as_json=as_json)


@app.command()
def reject(context: typer.Context, proposal: Change, reason: Reason, as_json: Json = False) -> None:
    """Turn down; who proposed it takes it back like this."""
    _write(context.obj.post(f"/v1/keys/changes/{proposal}/rejection", why=reason), as_json=as_json)


def _write(change: dict[str, Any], *, as_json: bool) -> None:
    write_json(change) if as_json else write_fields({name: change[name] for name in CHANGES})
