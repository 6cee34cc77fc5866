"""What takes two officers: proposed here, approved by another person."""

from typing import Annotated, Any, Final

import typer

from cli.client import Server
from cli.output import Json, Reason, write_fields, write_json, write_table

Proposal = Annotated[str, typer.Argument(help="The id of a proposal, as it was given when it was proposed.")]
SHOWN: Final = ("id", "kind", "state", "why", "proposed_by", "ends_at", "decided_by", "note", "outcome")
COLUMNS: Final = {
    "id": "proposal", "kind": "kind", "state": "state", "why": "why", "proposed_by": "by", "ends_at": "until",
}  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add the commands of proposals to a subject that takes two officers."""
    app.command("proposals")(list_proposals)
    app.command()(approve)
    app.command()(reject)


def list_proposals(context: typer.Context, as_json: Json = False) -> None:
    """What your authority proposed, newest first."""
    server: Server = context.obj
    found: list[dict[str, Any]] = server.get("/v1/proposals")["proposals"]
    write_json({"proposals": found}) if as_json else write_table(found, COLUMNS, "Nothing was proposed.")


def approve(
    context: typer.Context,
    proposal: Proposal,
    note: Annotated[str | None, typer.Option("--note", help="What you add, for the record.")] = None,
    as_json: Json = False,
) -> None:
    """Approve, as another person than who proposed it; it is done at once, or at its date."""
    write_proposal(context.obj.post(f"/v1/proposals/{proposal}/approval", note=note), as_json=as_json)


def reject(context: typer.Context, proposal: Proposal, reason: Reason, as_json: Json = False) -> None:
    """Turn down; who proposed it takes it back like this."""
    write_proposal(context.obj.post(f"/v1/proposals/{proposal}/rejection", why=reason), as_json=as_json)


def write_proposal(proposal: dict[str, Any], *, as_json: bool) -> None:
    """One proposal, without what it would do."""
    write_json(proposal) if as_json else write_fields({name: proposal[name] for name in SHOWN})
