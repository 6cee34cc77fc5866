"""How many codes have which color, kept up with each change: nobody counts everybody.

Workers only add rows, so that none waits for another; the timer sums them up now and then.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from chassis import metrics
from chassis.postgres.pool import Connection
from healthcode.events import CodeChanged
from healthcode.values import Color

COLUMNS: Final = ("color", "codes")
SUM_UP: Final = """
WITH gone AS (DELETE FROM tally RETURNING color, codes)
INSERT INTO tally (color, codes) SELECT color, sum(codes) FROM gone GROUP BY color RETURNING color, codes
"""

CODES: Final = metrics.gauge("hc_codes", "People by the color of their code", "color")
CHANGES: Final = metrics.counter("hc_code_changes_total", "Changes of codes", "previous", "color")
for _previous in Color:
    for _color in Color:
        CHANGES.labels(
            _previous.value, _color.value
        )  # from zero on, or the first thousand at once would be no increase


class Tally:
    """The counts, over a connection that is in a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, changes: Iterable[CodeChanged]) -> None:
        """Count changes of codes; a first version takes nobody from another color."""
        moved: Counter[str] = Counter()
        for change in changes:
            moved[change.color.value] += 1
            if change.version > 1:
                moved[change.previous.value] -= 1
        rows = [(color, people) for color, people in moved.items() if people]
        if rows:
            await self._connection.copy_records_to_table("tally", records=rows, columns=COLUMNS)

    async def sum_up(self) -> dict[str, int]:
        """People by color."""
        return {row["color"]: row["codes"] for row in await self._connection.fetch(SUM_UP)}


def count(changes: Iterable[CodeChanged]) -> None:
    """Count changes that are committed."""
    moves = Counter((change.previous.value, change.color.value) for change in changes)
    for move, number in moves.items():
        CHANGES.labels(*move).inc(number)


def show(people: dict[str, int]) -> None:
    """Show how many people have which color."""
    for color in Color:
        CODES.labels(color.value).set(people.get(color.value, 0))
