"""`healthcode foreign`: certificates of other systems, by a region's foreign.yaml, with no server."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from cli.errors import NOT_ALL, REFUSED, CliError
from cli.output import Json, write_fields, write_json
from healthcode.foreign import Fact, ForeignError, ForeignTable, KeysError, RulesError, keys_file, table_from

app = typer.Typer(no_args_is_help=True, help="Certificates of other systems.")


@app.command()
def read(
    text: Annotated[str, typer.Argument(help="The text of the QR code; - reads it from the standard input.")],
    table: Annotated[Path, typer.Option("--table", "-t", help="A region's foreign.yaml.", dir_okay=False)],
    at: Annotated[datetime | None, typer.Option(help="Judge as of then, UTC; now without.")] = None,
    as_json: Json = False,
) -> None:
    """Check one certificate, and say what it means in the region: compare the name with a document."""
    known = _table(table)
    now = datetime.now(UTC) if at is None else at.replace(tzinfo=UTC)
    given = sys.stdin.read().rstrip("\r\n") if text == "-" else text
    write = write_json if as_json else write_fields
    try:
        certificate, judged = known.read(given, now)
    except ForeignError as refused:
        why = refused.refusal
        write({"refusal": why.value, "text": f"{why.zh} / {why.en}", "detail": refused.detail})
        raise typer.Exit(NOT_ALL) from None
    status = judged.status
    write(
        {
            "status": status.value,
            "text": f"{status.zh} / {status.en}",
            "row": judged.row,
            "format": certificate.format,
            "issuer": certificate.issuer,
            "name": certificate.name,
            "born": certificate.born,
            "facts": [_fact(each) for each in certificate.facts],
            "expires_at": certificate.expires_at and certificate.expires_at.isoformat(),
        }
    )


def _table(path: Path) -> ForeignTable:
    try:
        document = yaml.safe_load(path.read_text("utf-8"))
        return table_from(document, (path.parent / keys_file(document)).read_bytes())
    except OSError as error:
        raise CliError(f"{error.filename} cannot be read: docs/foreign.md says what is in it", REFUSED) from None
    except (RulesError, KeysError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CliError(f"{path}: {error}", REFUSED) from None


def _fact(fact: Fact) -> dict[str, Any]:
    said = {"kind": fact.kind.value, "at": fact.at.isoformat(), "target": fact.target, "product": fact.product}
    more = {"detected": fact.detected, "dose": fact.dose, "doses": fact.doses, "until": fact.until}
    return said | {name: str(value) for name, value in more.items() if value is not None}
