"""The rows of a translation.yaml as they are written."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from healthcode.values import Color, EvidenceClass, Status

EVERY: Final = "*"


class TranslationError(ValueError):
    """A table is refused; `faults` say which row breaks what, and what to write."""

    def __init__(self, faults: Sequence[str]) -> None:
        """`faults`: one sentence each."""
        super().__init__("; ".join(faults))
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
    """The rows by what they are about; the evidence is a class or `*`, and a class goes before `*`."""

    out: dict[tuple[Color, str], OutRow]
    into: dict[tuple[Status, str], InRow]


def rows_of(document: Mapping[str, Any]) -> Rows:
    """The rows of a parsed document. Raises TranslationError on what is no row, and on rows that stand twice."""
    try:
        parsed = msgspec.convert(document, _Document, strict=True)
    except msgspec.ValidationError as error:
        raise TranslationError([f'{error}; a national status is written in quotes, as in status: "00"']) from None
    rows = Rows({}, {})
    faults: list[str] = []
    for out in parsed.out:
        faults += _fault("out", out, (out.color, out.evidence) in rows.out)
        rows.out[out.color, out.evidence] = out
    for into in parsed.into:
        faults += _fault("in", into, (into.status, into.evidence) in rows.into)
        rows.into[into.status, into.evidence] = into
    if faults:
        raise TranslationError(faults)
    return rows


def _fault(side: str, row: OutRow | InRow, twice: bool) -> list[str]:  # noqa: FBT001 - whether it was seen before
    classes = [evidence.value for evidence in EvidenceClass]
    if row.evidence not in (EVERY, *classes):
        return [f'{side} {row.name}: no such evidence; write "*" or one of {", ".join(classes)}']
    return [f"{side} {row.name} is about what another row says already; keep one of them"] if twice else []
