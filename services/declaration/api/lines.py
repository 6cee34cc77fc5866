"""The lines of a batch: NDJSON or CSV, each read by itself, into what the domain knows."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, Final

import msgspec
from pydantic import ValidationError

from chassis.http.answers import SCHEMA_PARAMS
from services.declaration.api.columns import COLUMNS, from_row
from services.declaration.api.models import CheckInLine, DeclarationLine, TripLine
from services.declaration.domain.batch import MOST_LINES, Line
from services.declaration.domain.fault import Fault
from services.declaration.domain.statement import Kind

MODELS: Final[Mapping[Any, type[DeclarationLine | CheckInLine | TripLine]]] = {
    Kind.DECLARATION.value: DeclarationLine,
    Kind.CHECK_IN.value: CheckInLine,
    Kind.TRIP.value: TripLine,
}
UNKNOWN_KIND: Final = Fault("literal_error", ("kind",), {"expected": ", ".join(MODELS)})
NOT_AN_OBJECT: Final = Fault("not_an_object", ())
LONGEST: Final = 5 * MOST_LINES
"""Lines of a file with the empty ones, of which spreadsheets leave many; passing over millions takes seconds."""

Raw = Callable[[], "dict[str, Any] | Fault"]

_decode = msgspec.json.Decoder().decode


class UnreadableError(ValueError):
    """The file as a whole cannot be read; the text quotes nothing of it."""


class TooLongError(ValueError):
    """The file has more than MOST_LINES lines that are not empty, or more than LONGEST in all."""


class BatchLines:
    """Implements Lines: numbered lines, each a JSON object, or what is wrong with it, once it is asked for."""

    def __init__(self, raw: list[tuple[int, Raw]]) -> None:
        self._raw = raw

    def __len__(self) -> int:
        return len(self._raw)

    def read(self, start: int, end: int) -> list[Line]:
        """The lines from index `start` to before `end`."""
        return [_line(number, raw()) for number, raw in self._raw[start:end]]


def ndjson_lines(body: bytes) -> BatchLines:
    """The lines of NDJSON; empty ones are passed over. Raises TooLongError."""
    _check_length(body)
    numbered = enumerate(body.removeprefix(b"\xef\xbb\xbf").split(b"\n"), start=1)
    return _batch_lines((number, _json_reader(text)) for number, text in numbered if text.strip())


def csv_lines(body: bytes) -> BatchLines:
    """The lines of CSV (RFC 4180) with a header row.

    Raises UnreadableError when it has none of ours, TooLongError.
    """
    _check_length(body)
    try:
        reader = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True)
        header = [name.strip() for name in next(reader, [])]
        if not header or len(set(header)) != len(header) or not set(header) <= COLUMNS:
            raise UnreadableError("the header row names other columns")
        rows = ((reader.line_num, row) for row in reader if any(cell.strip() for cell in row))
        return _batch_lines((number, _row_reader(header, row)) for number, row in rows)
    except (UnicodeDecodeError, csv.Error):
        raise UnreadableError("no CSV in UTF-8") from None


def _check_length(body: bytes) -> None:
    if max(body.count(b"\n"), body.count(b"\r")) > LONGEST:
        raise TooLongError


def _batch_lines(numbered: Iterable[tuple[int, Raw]]) -> BatchLines:
    raw = list(islice(numbered, MOST_LINES + 1))
    if len(raw) > MOST_LINES:
        raise TooLongError
    return BatchLines(raw)


def _json_reader(text: bytes) -> Raw:
    def read() -> dict[str, Any] | Fault:
        try:
            value = _decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return NOT_AN_OBJECT
        return value if isinstance(value, dict) else NOT_AN_OBJECT

    return read


def _row_reader(header: list[str], row: list[str]) -> Raw:
    def read() -> dict[str, Any] | Fault:
        if len(row) > len(header):
            return Fault("too_many_cells", ())
        return from_row({name: cell.strip() for name, cell in zip(header, row, strict=False) if cell.strip()})

    return read


def _line(number: int, value: dict[str, Any] | Fault) -> Line:
    if isinstance(value, Fault):
        return Line(number, faults=(value,))
    kind = value.pop("kind", Kind.DECLARATION.value)
    model = MODELS.get(kind) if isinstance(kind, str) else None
    if model is None:
        return Line(number, faults=(UNKNOWN_KIND,))
    try:
        return Line(number, model.model_validate(value).said())
    except ValidationError as error:
        return Line(number, faults=tuple(_fault(detail) for detail in error.errors(include_url=False)))


def _fault(detail: Mapping[str, Any]) -> Fault:
    """A pydantic error as a fault; a field that the sender made up is named by where it stands."""
    made_up = detail["type"] == "extra_forbidden"
    path = tuple(detail["loc"][:-1] if made_up else detail["loc"])
    params = {name: value for name, value in detail.get("ctx", {}).items() if name in SCHEMA_PARAMS}
    return Fault(str(detail["type"]), path, params)
