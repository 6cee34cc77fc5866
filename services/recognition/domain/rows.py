"""The rows of a translation.yaml as they are written."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from healthcode.values import Color, EvidenceClass, Status

EVERY: Final = "*"
_STEP: Final = re.compile(r"\.([a-z]+)|\[(\d+)\]")


class Fault(NamedTuple):
    """What a table breaks, and the row that does: its way in the document, as ("out", 3)."""

    place: tuple[str | int, ...]
    what: str


class TranslationError(ValueError):
    """A table is refused; `faults` say which row breaks what, and what to write."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """`faults`: one sentence each."""
        super().__init__("; ".join(fault.what for fault in faults))
        self.faults = tuple(faults)


class OutRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A local color, on some evidence or any, leaves as a national status."""

    color: Color
    evidence: str
    status: Status

    @property
    def name(self) -> str:
        """How a message or a guest's record names it."""
        return f"{self.color}/{self.evidence} → {self.status}"


class InRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A national status, on some evidence or any, counts as a local color."""

    status: Status
    evidence: str
    color: Color

    @property
    def name(self) -> str:
        """How a message or a guest's record names it."""
        return f"{self.status}/{self.evidence} → {self.color}"


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    out: tuple[OutRow, ...]
    into: tuple[InRow, ...] = msgspec.field(name="in")


class Rows(NamedTuple):
    """The rows by what they are about; the evidence is a class or `*`, and a class goes before `*`.

    `places` has the number of each row of a side by its name.
    """

    out: dict[tuple[Color, str], OutRow]
    into: dict[tuple[Status, str], InRow]
    places: dict[tuple[str, str], int]

    def place(self, side: str, row: OutRow | InRow | None) -> tuple[str | int, ...]:
        """The way to a row in the document, or to its side where it is not about one row."""
        return (side,) if row is None else (side, self.places[side, row.name])


def rows_of(document: object) -> Rows:
    """The rows of a parsed document. Raises TranslationError on what is no row, and on rows that stand twice."""
    try:
        parsed = msgspec.convert(document, _Document, strict=True)
    except msgspec.ValidationError as error:
        raise TranslationError([_malformed(str(error))]) from None
    rows = Rows({}, {}, {})
    faults: list[Fault] = []
    for number, out in enumerate(parsed.out):
        faults += _fault("out", number, out, (out.color, out.evidence) in rows.out)
        rows.out[out.color, out.evidence] = out
        rows.places["out", out.name] = number
    for number, into in enumerate(parsed.into):
        faults += _fault("in", number, into, (into.status, into.evidence) in rows.into)
        rows.into[into.status, into.evidence] = into
        rows.places["in", into.name] = number
    if faults:
        raise TranslationError(faults)
    return rows


def _malformed(error: str) -> Fault:
    """At `$.out[2].status`, which is how msgspec names a place."""
    steps = _STEP.findall(error.rpartition("`$")[2])
    place = tuple(int(number) if number else key for key, number in steps)
    return Fault(place, f'{error}; a national status is written in quotes, as in status: "00"')


def _fault(side: str, number: int, row: OutRow | InRow, twice: bool) -> list[Fault]:  # noqa: FBT001 - seen before
    classes = [evidence.value for evidence in EvidenceClass]
    if row.evidence not in (EVERY, *classes):
        what = f'{side} {row.name}: no such evidence; write "*" or one of {", ".join(classes)}'
        return [Fault((side, number), what)]
    if not twice:
        return []
    return [Fault((side, number), f"{side} {row.name} is about what another row says already; keep one of them")]
