"""Sets of days as runs: (first, last, first, last, …), ascending and never touching."""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

Runs: TypeAlias = tuple[int, ...]


def spans(runs: Runs) -> Iterator[tuple[int, int]]:
    """The runs, each by its first and last day."""
    numbers = iter(runs)
    return zip(numbers, numbers, strict=True)


def with_day(runs: Runs, day: int) -> Runs:
    """The set with one more day."""
    if runs and day == runs[-1] + 1:  # the usual case: one more day of a streak
        return (*runs[:-1], day)
    if not runs or day > runs[-1]:
        return (*runs, day, day)
    return _joined(sorted([*spans(runs), (day, day)]))


def without_days(runs: Runs, days: Iterable[int]) -> Runs:
    """The set without some days."""
    for day in days:
        cut: list[int] = []
        for first, last in spans(runs):
            if not first <= day <= last:
                cut += (first, last)
                continue
            if first < day:
                cut += (first, day - 1)
            if day < last:
                cut += (day + 1, last)
        runs = tuple(cut)
    return runs


def _joined(ascending: list[tuple[int, int]]) -> Runs:
    joined: list[int] = []
    for first, last in ascending:
        if joined and first <= joined[-1] + 1:
            joined[-1] = max(joined[-1], last)
        else:
            joined += (first, last)
    return tuple(joined)
