"""Answers for gate devices that are there already, in the two shapes that they know. Only green opens.

Each function is total: whatever there is to say, and whatever there is not, has a number. docs/interfaces.md has the
table; a device that gets no answer at all has waited too long, which is a number too.
"""

from enum import IntEnum
from typing import Final

from healthcode.credential.check import Answer
from healthcode.credential.verify import Verdict
from healthcode.values import Act, Color, Status


class Gate(IntEnum):
    """What a device shows."""

    GREEN = 1
    YELLOW = 2
    RED = 3
    EXPIRED = 4
    ABSENT = 5
    FAILED = 6
    TIMEOUT = 7


_REFUSED: Final = {
    Verdict.EXPIRED: Gate.EXPIRED,
    # its holder refreshes it, and it is good again, whatever its color then is
    Verdict.REVOKED: Gate.EXPIRED,
    Verdict.STALE_VERIFIER: Gate.TIMEOUT,
}
_COLORS: Final = {
    Color.YELLOW: Gate.YELLOW,
    Color.RED: Gate.RED,
    Color.GREY: Gate.EXPIRED,
    Color.PENDING: Gate.ABSENT,
    Color.CANCELLED: Gate.ABSENT,
}
_STATUS_COLORS: Final = {Status.LOW: Color.GREEN, Status.MEDIUM: Color.YELLOW, Status.HIGH: Color.RED}
_STATUSES: Final = {Gate.GREEN: Status.LOW, Gate.YELLOW: Status.MEDIUM, Gate.RED: Status.HIGH}
_NOTHING_KNOWN: Final = frozenset({"3301", "3302", "3361"})
_LATER: Final = ("4", "5")


def gate_of(verdict: Verdict | None, color: Color | None, act: str | None) -> Gate:
    """The number of a verdict; color and act count with `valid` alone, and green opens only where one may enter."""
    if verdict is not Verdict.VALID:
        return _REFUSED.get(verdict, Gate.FAILED) if verdict is not None else Gate.FAILED
    if color is Color.GREEN:
        return Gate.GREEN if act == Act.MAY_ENTER else Gate.YELLOW
    return _COLORS.get(color, Gate.FAILED) if color is not None else Gate.FAILED


def gate_of_answer(answer: Answer) -> Gate:
    """The number of what a verifier said with no server."""
    status = answer.claims.status if answer.claims is not None else None
    color = _STATUS_COLORS.get(status) if status is not None else None
    return gate_of(answer.verdict, color, answer.act)


def gate_of_problem(code: str | None) -> Gate:
    """The number of a problem by its return code; None: no answer came in time."""
    if code is None or code.startswith(_LATER):
        return Gate.TIMEOUT
    return Gate.ABSENT if code in _NOTHING_KNOWN else Gate.FAILED


def status_of_gate(gate: Gate) -> Status | None:
    """The same for devices that know `00`, `01` and `10` alone; None for all else, which none of them is let in by."""
    return _STATUSES.get(gate)
