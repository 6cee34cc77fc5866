"""Many entries from a file: lines of JSON, or CSV with a header, sent some at a time."""

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

import typer

from cli.client import Server
from cli.errors import CliError
from cli.output import progress, write_json, write_table

NDJSON: Final = "application/x-ndjson"
CSV: Final = "text/csv"
CHUNK: Final = 1000
REFUSED: Final = {"line": "line", "field": "field", "detail": "what is wrong"}

File = Annotated[
    Path, typer.Argument(help="Lines of JSON; or CSV with a header, if its name ends in .csv.", exists=True)
]
To = Annotated[Path | None, typer.Option("--to", help="A file; stdout without.")]
Preview = Annotated[bool, typer.Option("--preview", help="Say what would become of each line, and enter nothing.")]


class Chunk(NamedTuple):
    """Some lines as they are sent; `numbers` are those of the file, by the line of the chunk."""

    content: bytes
    numbers: dict[int, int]


class Lines(NamedTuple):
    """A file of lines. `digest` is of its content: the same file again enters nothing twice."""

    media: str
    digest: str
    chunks: list[Chunk]

    @property
    def total(self) -> int:
        """How many entries it has."""
        return sum(len(chunk.numbers) for chunk in self.chunks)


def read_lines(file: Path, size: int = CHUNK) -> Lines:
    """The lines of a file, `size` to a chunk. Raises CliError."""
    try:
        content = file.read_bytes()
        text = content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise CliError(f"{file} cannot be read ({type(fault).__name__}): it has to be a text in UTF-8.", 2) from None
    is_csv = file.suffix.lower() == ".csv"
    chunks = _csv(text, size) if is_csv else _json(text, size)
    return Lines(CSV if is_csv else NDJSON, hashlib.sha256(content).hexdigest()[:32], list(chunks))


def send_lines(
    server: Server, path: str, lines: Lines, *, preview: bool, quiet: bool, **query: object
) -> dict[str, Any]:
    """Send all chunks; what became of each line, by the numbers of the file."""
    answer: dict[str, Any] = {"preview": preview, "accepted": [], "refused": [], "proposals": []}
    with progress("preview" if preview else "import", quiet=quiet) as (bar, task):
        bar.update(task, total=lines.total)
        for number, chunk in enumerate(lines.chunks):
            key = f"{'preview' if preview else 'import'}-{lines.digest}-{number}"
            part = server.send(path, chunk.content, lines.media, key, preview=preview or None, **query)
            for kind in ("accepted", "refused"):
                answer[kind] += [{**each, "line": chunk.numbers.get(each["line"], each["line"])} for each in part[kind]]
            answer["proposals"] += [part["proposal"]] if part["proposal"] else []
            bar.update(task, advance=len(chunk.numbers))
    return answer


def write_answer(answer: dict[str, Any], *, as_json: bool) -> None:
    """What became of the lines: how many, and what is wrong with the others."""
    if as_json:
        write_json(answer)
        return
    would = "would be accepted" if answer["preview"] else "accepted"
    typer.echo(f"{len(answer['accepted'])} {would}, {len(answer['refused'])} refused.")
    wrong = [
        {"line": each["line"], "field": error["pointer"], "detail": error["detail"]}
        for each in answer["refused"]
        for error in each["errors"]
    ]
    if wrong:
        write_table(wrong, REFUSED, "")


def export_lines(server: Server, path: str, to: Path | None, *, as_json: bool) -> None:
    """Write all entries of the authority to a file and say how many; or to stdout, where nothing else may stand."""
    count = 0
    with progress("export", quiet=as_json or to is None) as (bar, task):
        target = None if to is None else to.open("w", encoding="utf-8")
        try:
            for line in server.lines(path):
                count += 1
                bar.update(task, advance=1)
                typer.echo(line, file=target)
        finally:
            if target is not None:
                target.close()
    if to is not None:
        write_json({"exported": count}) if as_json else typer.echo(f"{count} entries are in {to}.")


def _json(text: str, size: int) -> Iterator[Chunk]:
    rows = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        content = "\n".join(line for _, line in part).encode()
        yield Chunk(content, {place: number for place, (number, _) in enumerate(part, start=1)})


def _csv(text: str, size: int) -> Iterator[Chunk]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as fault:
        raise CliError(f"Line {reader.line_num} is no CSV: {fault}.", 2) from None
    for start in range(0, len(rows), size):
        yield _csv_chunk(header, rows[start : start + size])


def _csv_chunk(header: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]]) -> Chunk:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    numbers: dict[int, int] = {}
    for number, row in rows:
        writer.writerow(row)
        numbers[buffer.getvalue().count("\n")] = number
    return Chunk(buffer.getvalue().encode(), numbers)
