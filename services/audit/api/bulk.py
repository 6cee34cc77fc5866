"""Many entries at once: lines of JSON or CSV; good lines are accepted, bad ones answered with what is wrong."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

import msgspec
from pydantic import ValidationError

from chassis.http.answers import field_error
from chassis.http.auth import Principal
from chassis.http.body import BodyRule
from chassis.http.idempotency import IdempotencyKey
from chassis.http.problems import FieldError, Problem
from chassis.http.wording import Language, field_detail
from services.audit.api.intake import B, Desk, Kind, S, Stamp, authority_of, drafted, entry_of_line
from services.audit.api.models import BulkOut, LineAccepted, LineError, LineRefused
from services.audit.api.problems import BAD_BULK, field_errors
from services.audit.ports.entry import R, Refused

NDJSON: Final = "application/x-ndjson"
CSV: Final = "text/csv"
MOST: Final = 100_000
CHUNK: Final = 1000
RULE: Final = BodyRule(32 << 20, frozenset({NDJSON, CSV}))
PERSON: Final = ("id_type", "id_number")
BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            NDJSON: {"schema": {"type": "string", "description": "one entry in JSON on each line"}},
            CSV: {"schema": {"type": "string", "description": "a header with the names of the fields, then entries"}},
        },
    }
}


class Sent(NamedTuple):
    """Lines as they were sent; those of a preview are not to be entered."""

    body: bytes
    media: str
    preview: bool


class _Previewed(Exception):  # noqa: N818 - undoes a transaction whose verdicts are all that was wanted
    """Raised at the end of a chunk that was tried and is not to stay."""


class LineFault(Exception):  # noqa: N818 - a verdict on a line
    """A line is not accepted."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__(errors)
        self.errors = errors


async def enter_all(
    kind: Kind[B, R, S],
    desk: Desk,
    sent: Sent,
    caller: Principal,
    key: IdempotencyKey | None,
    language: Language,
) -> BulkOut:
    """Enter what can be entered, a thousand lines in a transaction at most; each line is answered for.

    A preview tries each chunk and undoes it: what it says of a chunk does not know of the chunks before it.
    """
    answer = BulkOut(preview=sent.preview, accepted=[], refused=[])
    drafts = read_all(kind, desk, sent, caller, key, language, answer)
    for start in range(0, len(drafts), CHUNK):
        chunk = drafts[start : start + CHUNK]
        verdicts: list[R | Refused] = []
        with suppress(_Previewed):
            async with desk.begin() as connection:
                verdicts = await kind.record(kind.store(connection), [draft for _, draft in chunk], desk.clock.now())
                if sent.preview:
                    raise _Previewed
        note(answer, chunk, verdicts, language)
    return answer


def read_all(
    kind: Kind[B, R, S],
    desk: Desk,
    sent: Sent,
    caller: Principal,
    key: IdempotencyKey | None,
    language: Language,
    answer: BulkOut,
) -> list[tuple[int, R]]:
    """The record in each line; a line that holds none is refused in the answer."""
    source = authority_of(caller)
    drafts: list[tuple[int, R]] = []
    for line, content in _lines(sent.body, sent.media):
        stamp = Stamp(entry_of_line(desk, caller, key, line), source, caller.sub, desk.clock.now())
        try:
            drafts.append((line, drafted(kind, _model(kind, content), stamp, desk)))
        except LineFault as fault:
            answer.refused.append(_refused(line, fault.errors, language))
        except Refused as refused:
            answer.refused.append(_refused(line, field_errors(refused.faults), language))
    return drafts


def note(answer: BulkOut, drafts: Sequence[tuple[int, R]], verdicts: Sequence[R | Refused], language: Language) -> None:
    """Answer for lines by the verdicts on their records."""
    for (line, _), verdict in zip(drafts, verdicts, strict=True):
        if isinstance(verdict, Refused):
            answer.refused.append(_refused(line, field_errors(verdict.faults), language))
        else:
            answer.accepted.append(LineAccepted(line=line, entry=verdict.entry))
    answer.refused.sort(key=lambda refused: refused.line)


def _lines(body: bytes, media: str) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
    """The number of each line that is not empty and the object in it, None where it holds none."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem(BAD_BULK, most=MOST) from None
    if text.count("\n") > MOST:
        raise Problem(BAD_BULK, most=MOST)
    if media == CSV:
        yield from _csv_lines(text)
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, _json(line)


def _csv_lines(text: str) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        for row in reader:
            given = {name: value for name, value in row.items() if value}
            if None in given:  # more values than the header has names
                yield reader.line_num, None
                continue
            person = {name: given.pop(name) for name in PERSON if name in given}
            yield reader.line_num, {**given, "person": person} if person else given
    except csv.Error:
        raise Problem(BAD_BULK, most=MOST) from None


def _json(line: str) -> Mapping[str, Any] | None:
    try:
        value = msgspec.json.decode(line)
    except (msgspec.DecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _model(kind: Kind[B, R, S], content: Mapping[str, Any] | None) -> B:
    if content is None:
        raise LineFault([FieldError("dict_type", pointer="#")])
    try:
        return kind.body.model_validate(content)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise LineFault([field_error({**fault, "loc": ("body", *fault["loc"])}, content) for fault in faults]) from None


def _refused(line: int, errors: list[FieldError], language: Language) -> LineRefused:
    return LineRefused(
        line=line,
        errors=[
            LineError(code=e.code, detail=field_detail(e.code, e.params, language), pointer=e.pointer) for e in errors
        ],
    )
