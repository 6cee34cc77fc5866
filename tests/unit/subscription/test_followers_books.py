"""The books of what clients were told notice each kind of fault: the fault tests stand on them."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from healthcode.events import CodeChanged, CodeShared
from healthcode.values import Color, Shared
from tests.support.clients import changed_code
from tests.support.faults.clients import fault_of

COLORS = [Color.GREEN, Color.YELLOW, Color.GREEN, Color.RED]


def codes() -> list[CodeChanged]:
    return [changed_code("a", number, color) for number, color in enumerate(COLORS, 1)]


def words(colors: Sequence[Color], *, ended: bool = False, first: int = 1) -> list[CodeShared]:
    kinds = [Shared.CHANGED if n else Shared.SNAPSHOT for n in range(len(colors))] + [Shared.ENDED] * ended
    said = zip(kinds, [*colors, None], strict=False)
    return [
        CodeShared(
            id=str(n), subject="s", client="c", incarnation=1, version=n, shared=kind, color=color,
            at=datetime.now(UTC),
        )
        for n, (kind, color) in enumerate(said, first)
    ]  # fmt: skip


@pytest.mark.parametrize("since", [1, 2, 3, 4])
def test_what_was_told_from_some_version_on_is_well(since: int) -> None:
    assert fault_of(words(COLORS[since - 1 :]), codes(), since, over=False) is None
    assert fault_of(words(COLORS[since - 1 : since], ended=True), codes(), since, over=True) is None


@pytest.mark.parametrize(
    ("told", "over"),
    [
        (words([]), False),
        (words(COLORS[:3]), False),  # the last is lost
        (words([*COLORS[:1], *COLORS[2:]]), False),  # one between
        (words(COLORS[2:]), False),  # what came first
        (words([*COLORS[:2], *COLORS[1:]]), False),  # one twice
        ([*words(COLORS[:2]), *words(COLORS[2:], first=2)], False),  # a version twice
        (words(COLORS, first=2), False),
        (words(COLORS, ended=True), False),  # nobody took it back
        (words(COLORS), True),  # nobody said that it is over
        (words([], ended=True), True),
        ([*words(COLORS[:2], ended=True), *words(COLORS[2:], first=4)], True),  # told afterwards
    ],
)
def test_what_is_lost_doubled_or_out_of_turn_is_noticed(told: list[CodeShared], *, over: bool) -> None:
    assert fault_of(told, codes(), 1, over=over) is not None
