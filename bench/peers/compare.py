"""Whether two contenders ended with the same color for everybody."""

from collections.abc import Mapping
from itertools import islice
from typing import Final

NAMED: Final = 5
NOBODY: Final = "nothing"


def difference(one: str, colors: Mapping[str, str], other: str, others: Mapping[str, str]) -> str:
    """Empty when all is the same; else how many differ, and the first of them in the order of their pseudonyms.

    `one` and `other` are the contenders' names; a person whom one of them does not know differs.
    """
    people = sorted(colors.keys() | others.keys())
    differing = [person for person in people if colors.get(person) != others.get(person)]
    if not differing:
        return ""
    first = (
        f"{person}: {one} {colors.get(person, NOBODY)}, {other} {others.get(person, NOBODY)}"
        for person in islice(differing, NAMED)
    )
    more = f"; and {len(differing) - NAMED:,} more" if len(differing) > NAMED else ""
    return f"{len(differing):,} of {len(people):,} people differ between {one} and {other}: {'; '.join(first)}{more}"
