"""The levels of areas over time."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple, Self

from healthcode.areas import UnknownArea, parents
from services.audit.domain.days import NEVER, instant


class Exposure(NamedTuple):
    """A level that was in force in an area from one instant to before another."""

    level: str
    since: int
    until: int


class Areas:
    """What level which area has when. Immutable."""

    __slots__ = ("_by_area",)

    def __init__(self, by_area: dict[str, tuple[Exposure, ...]]) -> None:
        """`by_area`: as `from_rows` makes it."""
        self._by_area = by_area

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[str, str, datetime, datetime | None]]) -> Self:
        """The areas in rows of area, level, valid from, valid until (before then; None: until further notice)."""
        by_area: dict[str, list[Exposure]] = {}
        for area, level, since, until in rows:
            end = NEVER if until is None else instant(until)
            by_area.setdefault(area, []).append(Exposure(str(level), instant(since), end))
        return cls({area: tuple(sorted(found)) for area, found in by_area.items()})

    def levels_during(self, area: str, since: int, until: int) -> list[Exposure]:
        """The levels in force in an area, or in one around it, at some time between two instants, cut to these.

        A level of a district says nothing of a person who only said that they were in its city.
        """
        if not self._by_area:
            return []
        found: list[Exposure] = []
        for each in _around(area):
            for level, begin, end in self._by_area.get(each, ()):
                if begin < until and since < end:
                    found.append(Exposure(level, max(begin, since), min(end, until)))
        return found


@lru_cache(maxsize=65_536)
def _around(area: str) -> tuple[str, ...]:
    try:
        return (area, *parents(area))
    except UnknownArea:  # a code that has gone out of use since it was declared
        return (area,)
