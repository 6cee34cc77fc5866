"""`healthcode`: what a checkpoint's engineer does with a code, with no server but to fetch lists."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from cli import checkpoint, foreign
from cli.errors import NOT_ALL, CliError
from cli.output import Json, write_fields, write_json
from healthcode.credential import Malformed, Verdict, place_of, split
from healthcode.credential.container import strict_cbor, unpack
from healthcode.transparency import FindingProof, ProofError, check_proof
from healthcode.transparency.seal import described

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Check health codes offline.\n\nExit codes: 0 valid, or done; 1 not valid; 2 the command line is wrong; "
    "3 refused; 4 the server is away.",
)
trust_app = typer.Typer(no_args_is_help=True, help="Whom to believe, and what is revoked.")
app.add_typer(trust_app, name="trust")
app.add_typer(foreign.app, name="foreign")

Text = Annotated[str, typer.Argument(help="The text of the QR code; - reads it from the standard input.")]
Folder = Annotated[
    Path, typer.Option("--folder", "-f", envvar="HC_TRUST", help="Where the lists are kept.", file_okay=False)
]
HERE = Path("healthcode-trust")


@app.command()
def verify(
    text: Text,
    folder: Folder = HERE,
    challenge: Annotated[str | None, typer.Option(help="The place or challenge that the proof has to name.")] = None,
    live: Annotated[bool, typer.Option(help="Demand the holder's proof; --no-live takes a picture, too.")] = True,
    at: Annotated[datetime | None, typer.Option(help="Check as of then, UTC; now without.")] = None,
    as_json: Json = False,
) -> None:
    """Check one code: a single answer, and what to do."""
    now = datetime.now(UTC) if at is None else at.replace(tzinfo=UTC)
    checker = checkpoint.load(folder, live=live)
    answer = checker.check(_given(text), now, None if challenge is None else place_of(challenge))
    claims = answer.claims
    fields: dict[str, Any] = {
        "verdict": answer.verdict.value,
        "text": f"{answer.verdict.zh} / {answer.verdict.en}",
        "act": answer.act,
        "status": claims and claims.status.value,
        "region": claims and claims.region,
        "expires_at": claims and claims.expires_at.isoformat(),
        "lists_as_of": answer.lists_as_of and answer.lists_as_of.isoformat(),
        "repeated": answer.repeated,
        "detail": answer.detail or None,
    }
    _write(fields, as_json)
    if answer.verdict is not Verdict.VALID:
        raise typer.Exit(NOT_ALL)


@app.command()
def inspect(text: Text, as_json: Json = False) -> None:
    """Take a code apart, believing nothing of it: no signature is checked."""
    try:
        proof, credential = split(_given(text))
        message = unpack(credential)
        claims = strict_cbor(message.payload)
    except Malformed as error:
        raise CliError(f"not a health code: {error}", NOT_ALL) from None
    fields = {
        "characters": len(credential),
        "kid": message.kid.hex(),
        "proof_at": proof and datetime.fromtimestamp(proof.at, UTC).isoformat(),
        "proof_place": proof and proof.place.hex(),
        "claims": _plain(claims),
    }
    _write(fields, as_json)


@app.command()
def proof(
    file: Annotated[Path, typer.Argument(exists=True, help="A proof as the region gives it, JSON.")],
    folder: Folder = HERE,
    as_json: Json = False,
) -> None:
    """Check that a finding was under the seal of its day, which the region signed and the nation has seen."""
    trust, anchors = checkpoint.believed(folder)
    try:
        found = FindingProof.from_json(json.loads(file.read_text("utf-8")))
        seal, seen = check_proof(found, trust, anchors)
    except (ProofError, ValueError) as error:
        raise CliError(str(error), NOT_ALL) from None
    fields = {
        "sealed": described(seal),
        "seen_by_the_nation": seen and seen.isoformat(),
        "finding": json.loads(found.finding),
    }
    _write(fields, as_json)


@trust_app.command()
def update(
    nation: Annotated[str, typer.Argument(help="The nation's address, for the trust list.")],
    anchor: Annotated[Path, typer.Option(help="The nation's public key, trust-anchor.pem.", exists=True)],
    region: Annotated[list[str] | None, typer.Option(help="Also the status lists of CODE=ADDRESS, repeatable.")] = None,
    folder: Folder = HERE,
    as_json: Json = False,
) -> None:
    """Fetch the trust list and the status lists; what is already there is brought up to date by delta."""
    fetched = checkpoint.update(folder, nation, anchor, region or [])
    _write(asdict(fetched), as_json)


def _given(text: str) -> str:
    return sys.stdin.read().rstrip("\r\n") if text == "-" else text


def _write(fields: dict[str, Any], as_json: Json) -> None:
    if as_json:
        write_json(fields)
    else:
        write_fields(fields)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, (int, str, list)) else json.dumps(value, default=str)


def main() -> None:
    """Run the command line; an error is a sentence on stderr, and its exit code."""
    try:
        app()
    except CliError as error:
        Console(stderr=True).print(f"[red]{error}[/]", highlight=False)
        sys.exit(error.code)
