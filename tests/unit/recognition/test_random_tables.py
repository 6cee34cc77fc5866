"""Random tables against the definitions of docs/recognition.md, read off the rows themselves by brute force."""

import copy
import itertools
import re
from collections import Counter
from typing import Any, Final, Literal

from hypothesis import event, given, settings
from hypothesis import strategies as st

from healthcode.values import Color, EvidenceClass, Status
from services.recognition.domain.rows import TranslationError
from services.recognition.domain.translation import translation_from

Row = dict[str, str]
Table = dict[str, list[Row]]
Side = Literal["out", "in"]

COLORS: Final = ["green", "yellow", "red"]
STATUSES: Final = ["00", "01", "10"]
OPEN_COLORS: Final = ["pending", "grey"]
OPEN_STATUSES: Final = ["grey", "expired", "unknown"]
EVIDENCE: Final = [each.value for each in EvidenceClass]
TAKES: Final = {"out": "color", "in": "status"}
GIVES: Final = {"out": "status", "in": "color"}
INPUTS: Final = {"out": [each.value for each in Color], "in": [each.value for each in Status]}
SCALES: Final = {"out": (COLORS, STATUSES, OPEN_STATUSES), "in": (STATUSES, COLORS, OPEN_COLORS)}
"""Of each side: the inputs that are judgements in ascending strictness, such outputs, and outputs that are none."""


def row(side: Side, given_: str, evidence: str, gives: str) -> Row:
    return {TAKES[side]: given_, "evidence": evidence, GIVES[side]: gives}


def applies(table: Table, side: Side, given_: str, evidence: str) -> Row | None:
    """The row for an input: one of its own evidence goes before one for all."""
    fitting = [each for each in table[side] if each[TAKES[side]] == given_ and each["evidence"] in (evidence, "*")]
    return max(fitting, key=lambda each: each["evidence"] != "*", default=None)


def gives(table: Table, side: Side, given_: str, evidence: str) -> str:
    found = applies(table, side, given_, evidence)
    assert found is not None
    return found[GIVES[side]]


def keeps_all(table: Table) -> bool:
    """Total, nothing made up, monotone, stable, never laxer: word for word."""
    if any(applies(table, side, each, ev) is None for side in TAKES for each in INPUTS[side] for ev in EVIDENCE):  # type: ignore[arg-type]  # its two keys
        return False
    return all(_keeps(table, evidence) for evidence in EVIDENCE)


def _keeps(table: Table, evidence: str) -> bool:
    for side in ("out", "in"):
        judged, judgements, none = SCALES[side]
        told = {each: gives(table, side, each, evidence) for each in INPUTS[side]}
        if any(told[each] not in (judgements if each in judged else none) for each in told):
            return False
        if any(judgements.index(told[a]) > judgements.index(told[b]) for a, b in itertools.combinations(judged, 2)):
            return False
    for color in INPUTS["out"]:
        first = gives(table, "out", color, evidence)
        home = gives(table, "in", first, evidence)
        if gives(table, "out", home, evidence) != first:
            return False
        if color in COLORS and COLORS.index(home) < COLORS.index(color):
            return False
    return True


NAMED: Final = re.compile(r"(\w+)/([\w*]+) → (\w+)")


def is_true(fault: str, table: Table) -> bool:
    """Whether the rows that a fault names are there, and break what it says."""
    said = fault.split("; write", maxsplit=1)[0]
    side: Side = "out" if said.startswith("out ") else "in"
    rows: list[tuple[str, str, str]] = NAMED.findall(said)
    evidence = (re.findall(r"with (\w+)", said) or [""])[0]
    if "says nothing about" in said:
        (about,) = re.findall(r'about "?(\w+)"?', said)
        return applies(table, side, about, evidence) is None
    if "another row says already" in said:
        given_, ev, _ = rows[0]
        return sum(each[TAKES[side]] == given_ and each["evidence"] == ev for each in table[side]) > 1
    if "judgement" in said:
        given_, ev, told = rows[0]
        judged, judgements, none = SCALES[side]
        return row(side, given_, ev, told) in table[side] and told not in (judgements if given_ in judged else none)
    if "is laxer than" in said:
        judged, judgements, _ = SCALES[side]
        (strict, _, little), (lax, _, much) = rows
        here = all(applies(table, side, each[0], evidence) == row(side, *each) for each in rows)
        stricter = judged.index(strict) > judged.index(lax)
        return here and stricter and judgements.index(little) < judgements.index(much)
    (color, ev, left), (arrived, other, home) = rows
    here = applies(table, "out", color, evidence) == row("out", color, ev, left)
    back = left == arrived and applies(table, "in", arrived, evidence) == row("in", arrived, other, home)
    if "comes home laxer" in said:
        return here and back and COLORS.index(home) < COLORS.index(color)
    (again,) = re.findall(r'leave as "(\w+)"', said)
    return here and back and gives(table, "out", home, evidence) == again != left


def faults_of(table: Table) -> tuple[str, ...]:
    try:
        translation_from(table)
    except TranslationError as refused:
        return tuple(fault.what for fault in refused.faults)
    return ()


def names(side: Side, choices: tuple[str, ...], evidence: str = "*") -> list[Row]:
    """Rows for the three judgements, and sensible ones for the rest."""
    rows = [row(side, each, evidence, told) for each, told in zip(SCALES[side][0], choices, strict=True)]
    rest = {"out": {"pending": "grey", "grey": "expired", "cancelled": "expired"}}.get(
        side, {"grey": "pending", "expired": "grey", "unknown": "pending"}
    )
    return rows + ([row(side, each, "*", told) for each, told in rest.items()] if evidence == "*" else [])


def test_all_729_tables_without_evidence_are_judged_rightly() -> None:
    seen: Counter[bool] = Counter()
    for out in itertools.product(STATUSES, repeat=3):
        for into in itertools.product(COLORS, repeat=3):
            table = {"out": names("out", out), "in": names("in", into)}
            faults = faults_of(table)
            assert (not faults) is keeps_all(table), (out, into, faults)
            assert all(is_true(fault, table) for fault in faults), (out, into, faults)
            seen[not faults] += 1
    assert seen[True] > 20
    assert seen[False] > 500


def _rising(values: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    some = st.lists(st.sampled_from(values), min_size=3, max_size=3)
    return some.map(lambda each: tuple(sorted(each, key=values.index)))


Choice = tuple[tuple[str, ...], tuple[str, ...]]
_THREE: Final = st.tuples(_rising(STATUSES), _rising(COLORS))
_GOOD: Final = st.sampled_from(
    [
        (out, into)
        for out in itertools.product(STATUSES, repeat=3)
        for into in itertools.product(COLORS, repeat=3)
        if keeps_all({"out": names("out", out), "in": names("in", into)})
    ]
)


@st.composite
def sensible(draw: st.DrawFn, choice: st.SearchStrategy[Choice]) -> Table:
    """Rows for all evidence, and others for up to three classes of it."""
    out, into = draw(choice)
    table: Table = {"out": names("out", out), "in": names("in", into)}
    for evidence in draw(st.lists(st.sampled_from(EVIDENCE), max_size=3, unique=True)):
        out, into = draw(choice)
        table["out"] += names("out", out, evidence)
        table["in"] += names("in", into, evidence)
    return table


@st.composite
def anything(draw: st.DrawFn) -> Table:
    """A sensible table after some rows were lost, doubled, or changed to anything."""
    table = copy.deepcopy(draw(sensible(_GOOD) | sensible(_THREE)))
    for _ in range(draw(st.integers(0, 4))):
        side: Side = draw(st.sampled_from(["out", "in"]))
        place = draw(st.integers(0, len(table[side]) - 1))
        change = draw(st.sampled_from(["lose", "double", "turn", "narrow"]))
        if change == "lose" and len(table[side]) > 1:
            del table[side][place]
        elif change == "double":
            table[side].append(dict(table[side][place]))
        elif change == "turn":
            table[side][place][GIVES[side]] = draw(st.sampled_from(INPUTS["in" if side == "out" else "out"]))
        elif change == "narrow":
            table[side][place]["evidence"] = draw(st.sampled_from(EVIDENCE))
    return table


@given(table=sensible(_GOOD) | sensible(_THREE) | anything())
@settings(max_examples=300)
def test_what_is_accepted_holds_and_what_is_refused_names_rows_that_break_it(table: Table) -> None:
    faults = faults_of(table)
    event("refused" if faults else "accepted")
    for fault in faults:
        assert is_true(fault, table), fault
    if not any("already" in fault for fault in faults):
        assert (not faults) is keeps_all(table), faults


@given(table=anything(), data=st.data())
@settings(max_examples=150)
def test_who_does_what_the_refusals_say_has_a_table_that_is_accepted(table: Table, data: st.DataObject) -> None:
    for _ in range(200):
        faults = faults_of(table)
        if not faults:
            break
        obey(faults[0], table, data)
    assert keeps_all(table)


def obey(fault: str, table: Table, data: st.DataObject) -> None:
    """Do what the first fault says, and where it leaves a choice, choose anything."""
    side: Side = "out" if fault.startswith("out ") else "in"
    written = re.search(r"write (.*)", fault)
    if written is None:
        (given_, evidence, told) = NAMED.findall(fault)[0]
        table[side].remove(row(side, given_, evidence, told))
    elif braced := re.search(r"\{(.*?)\}", written[1]):
        new = dict(part.replace('"', "").split(": ") for part in braced[1].split(", "))
        where: Side = "in" if "in `in`" in written[1] or side == "in" else "out"
        if new[GIVES[where]] == "…":
            judged, judgements, none = SCALES[where]
            new[GIVES[where]] = data.draw(st.sampled_from(judgements if new[TAKES[where]] in judged else none))
        _put(table, where, new)
    else:
        choices = re.sub(r"^\w+: ", "", written[1]).replace('"', "").split(" or ")
        (given_, evidence, _) = NAMED.findall(fault)[0]
        _put(table, side, row(side, given_, evidence, data.draw(st.sampled_from(choices))))


def _put(table: Table, side: Side, new: Row) -> None:
    same: list[Any] = [each for each in table[side] if all(each[n] == new[n] for n in (TAKES[side], "evidence"))]
    for each in same:
        table[side].remove(each)
    table[side].append(new)
