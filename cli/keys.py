"""A region's keys: how they stand, and what two officers decide about them."""

from typing import Annotated, Final, Literal

import typer

from cli import changes
from cli.client import Server
from cli.output import Json, Reason, write_json, write_table

app = typer.Typer(no_args_is_help=True, help="Keys: list, rotate, revoke, approve; docs/keys.md has the whole journey.")

Usage = Annotated[Literal["credential", "lists"], typer.Argument(help="What it signs: credentials, or status lists.")]
PATH: Final = "/v1/keys/changes"
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
    change = server.post("/v1/keys/rotations", usage=usage, lead_hours=lead_hours, why=reason)
    changes.write(change, CHANGES, as_json=as_json)


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
    change = server.post("/v1/keys/revocations", usage=usage, key=key, why=reason)
    changes.write(change, CHANGES, as_json=as_json)


changes.add_to(app, PATH, CHANGES, carries_out="`python -m deploy.orders`, with whoever holds the keys,")
