"""Which of several codes of one person counts: their own here, another region's, a certificate of another system."""

from collections.abc import Sequence
from typing import Final

from healthcode.values import Coded, Status

_JUDGEMENTS: Final = (Status.LOW, Status.MEDIUM, Status.HIGH)
"""In ascending strictness."""


class Combine(Coded):
    """How a region combines them; `recognises: {combine: …}` in its region.yaml."""

    STRICTEST = "strictest", "从严", "all have to be good, and the strictest counts"
    ANY_GREEN = "any-green", "任一绿码即可", "any green suffices"


def counting(rule: Combine, shown: Sequence[Status | None]) -> int | None:
    """The place of the code that counts, the first of equals; None where none does.

    `shown`: the national status of each; None for one that is not valid. What is valid and no judgement (`unknown`,
    say) never counts. By `strictest` whatever is not valid spoils the rest: who hides a red code behind an expired one
    is let in nowhere. By `any-green` it does not, and without a green the strictest that is valid counts.
    """
    judged = [(place, status) for place, status in enumerate(shown) if status in _JUDGEMENTS]
    if rule is Combine.ANY_GREEN:
        green = next((place for place, status in judged if status is Status.LOW), None)
        if green is not None:
            return green
    elif None in shown:
        return None
    return max(judged, key=lambda each: _JUDGEMENTS.index(each[1]), default=(None, None))[0]
