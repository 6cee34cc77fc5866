"""A region's translation of codes into the national schema and back, as `translation.yaml` says it.

An accepted table is total, monotone (a stricter input never gives a laxer output) and stable: what goes out, in and out
again has the first national status, and what returns home is never laxer than what left. Where no judgement stands
(pending, grey, cancelled; grey, expired, unknown) none is ever made up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from healthcode.values import Color, EvidenceClass, Status
from services.recognition.domain.rows import EVERY, Fault, InRow, OutRow, TranslationError, rows_of

# Ascending strictness.
COLORS: Final = (Color.GREEN, Color.YELLOW, Color.RED)
STATUSES: Final = (Status.LOW, Status.MEDIUM, Status.HIGH)
# A guest's code is not ours to cancel.
OPEN_COLORS: Final = (Color.PENDING, Color.GREY)
OPEN_STATUSES: Final = (Status.GREY, Status.EXPIRED, Status.UNKNOWN)

Out = Mapping[tuple[Color, EvidenceClass], OutRow]
Into = Mapping[tuple[Status, EvidenceClass], InRow]


Said = tuple[str, OutRow | InRow | None, str]
"""The side of the table, the row that breaks something, and what to write."""


class Local(NamedTuple):
    """What a national status counts as here, and the row that says so."""

    color: Color
    rule: str


@dataclass(frozen=True, slots=True)
class Translation:
    """A checked table."""

    out: Out
    into: Into

    def to_national(self, color: Color, evidence: EvidenceClass) -> Status:
        """The national status of a local color."""
        return self.out[color, evidence].status

    def out_rule(self, color: Color, evidence: EvidenceClass) -> str:
        """The row that says so."""
        return self.out[color, evidence].name

    def to_local(self, status: Status, evidence: EvidenceClass) -> Local:
        """The local color of a national status."""
        row = self.into[status, evidence]
        return Local(row.color, row.name)

    def same_as(self, other: "Translation") -> bool:
        """Whether both translate everything alike, whatever their rows look like."""
        return all(row.status is other.out[key].status for key, row in self.out.items()) and all(
            row.color is other.into[key].color for key, row in self.into.items()
        )


def translation_from(document: object) -> Translation:
    """The table in a parsed translation.yaml.

    Raises TranslationError, whose text says which rows break what, and what to write instead.
    """
    rows = rows_of(document)
    out: dict[tuple[Color, EvidenceClass], OutRow] = {}
    into: dict[tuple[Status, EvidenceClass], InRow] = {}
    for evidence in EvidenceClass:
        for color in Color:
            if leaves := rows.out.get((color, evidence)) or rows.out.get((color, EVERY)):
                out[color, evidence] = leaves
        for status in Status:
            if enters := rows.into.get((status, evidence)) or rows.into.get((status, EVERY)):
                into[status, evidence] = enters
    for check in (_gaps, _judgements, _turns, _drifts):  # each relies on what those before it have found right
        if faults := check(out, into):
            raise TranslationError([Fault(rows.place(side, row), what) for side, row, what in dict.fromkeys(faults)])
    return Translation(out, into)


def identity() -> Translation:
    """The table of a region that adopts the national code: every status is the color of its name."""
    return translation_from(
        {
            "out": [
                {"color": "green", "evidence": "*", "status": "00"},
                {"color": "yellow", "evidence": "*", "status": "01"},
                {"color": "red", "evidence": "*", "status": "10"},
                {"color": "pending", "evidence": "*", "status": "grey"},
                {"color": "grey", "evidence": "*", "status": "expired"},
                {"color": "cancelled", "evidence": "*", "status": "expired"},
            ],
            "in": [
                {"status": "00", "evidence": "*", "color": "green"},
                {"status": "01", "evidence": "*", "color": "yellow"},
                {"status": "10", "evidence": "*", "color": "red"},
                {"status": "grey", "evidence": "*", "color": "pending"},
                {"status": "expired", "evidence": "*", "color": "grey"},
                {"status": "unknown", "evidence": "*", "color": "pending"},
            ],
        }
    )


def _gaps(out: Out, into: Into) -> list[Said]:
    """Total: every input has a row."""
    faults: list[Said] = []
    for evidence in EvidenceClass:
        for color in Color:
            if (color, evidence) not in out:
                row = f'{{color: {color}, evidence: "*", status: …}}'
                faults.append(("out", None, f"out says nothing about {color} with {evidence}; write {row}"))
        for status in Status:
            if (status, evidence) not in into:
                row = f'{{status: "{status}", evidence: "*", color: …}}'
                faults.append(("in", None, f'in says nothing about "{status}" with {evidence}; write {row}'))
    return faults


def _judgements(out: Out, into: Into) -> list[Said]:
    """A judgement stays one, and where none stands none is made up."""
    faults: list[Said] = []
    for (color, _), out_row in out.items():
        statuses = STATUSES if color in COLORS else OPEN_STATUSES
        if out_row.status not in statuses:
            what = f"out {out_row.name}: {_why(color in COLORS)}; write status: {_choice(statuses)}"
            faults.append(("out", out_row, what))
    for (status, _), in_row in into.items():
        colors = COLORS if status in STATUSES else OPEN_COLORS
        if in_row.color not in colors:
            what = f"in {in_row.name}: {_why(status in STATUSES)}; write color: {_choice(colors)}"
            faults.append(("in", in_row, what))
    return faults


def _why(judged: bool) -> str:  # noqa: FBT001 - one of two sentences
    return "a judgement must stay one" if judged else "no judgement stands, so none may be made up"


def _choice(values: tuple[Color, ...] | tuple[Status, ...]) -> str:
    return " or ".join(f'"{value}"' if isinstance(value, Status) else value.value for value in values)


def _turns(out: Out, into: Into) -> list[Said]:
    """Monotone: of two neighbours in strictness, the stricter one's output is at least as strict."""
    faults: list[Said] = []
    for evidence in EvidenceClass:
        for lax_color, strict_color in pairwise(COLORS):
            lax_out, strict_out = out[lax_color, evidence], out[strict_color, evidence]
            if STATUSES.index(strict_out.status) < STATUSES.index(lax_out.status):
                least = _choice(STATUSES[STATUSES.index(lax_out.status) :])
                what = f"out {strict_out.name} is laxer than {lax_out.name} (with {evidence}); write status: {least}"
                faults.append(("out", strict_out, what))
        for lax_status, strict_status in pairwise(STATUSES):
            lax_in, strict_in = into[lax_status, evidence], into[strict_status, evidence]
            if COLORS.index(strict_in.color) < COLORS.index(lax_in.color):
                least = _choice(COLORS[COLORS.index(lax_in.color) :])
                what = f"in {strict_in.name} is laxer than {lax_in.name} (with {evidence}); write color: {least}"
                faults.append(("in", strict_in, what))
    return faults


def _drifts(out: Out, into: Into) -> list[Said]:
    """Stable: out, in and out again is the first status, and no color comes home laxer."""
    faults: list[Said] = []
    for (color, evidence), leaves in out.items():
        returns = into[leaves.status, evidence]
        again = out[returns.color, evidence]
        if color in COLORS and COLORS.index(returns.color) < COLORS.index(color):
            what = (
                f"out {leaves.name}, with {evidence}, comes home laxer by in {returns.name}; write {{status: "
                f'"{leaves.status}", evidence: {evidence}, color: {color}}} in `in`, or a stricter status in `out`'
            )
            faults.append(("out", leaves, what))
        elif again.status is not leaves.status:
            what = (
                f"out {leaves.name}, with {evidence}, comes back by in {returns.name} and would then leave as "
                f'"{again.status}"; write {{color: {color}, evidence: {evidence}, status: "{again.status}"}} in `out`, '
                f"or another color in that row of `in`"
            )
            faults.append(("out", leaves, what))
    return faults
