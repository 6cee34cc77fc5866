"""`python -m bench.review`: what one compiled review costs with the real packs, beside a plain baseline.

The baseline decodes the same dossier and looks once through its facts, as any program would that judges by them.
"""

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from healthcode.events import CheckInAccepted, DeclarationAccepted, Event, ListingRecorded, Stay, TestRecorded
from healthcode.values import Attestation, Category, Symptom, TestKind, TestResult
from services.audit.domain import Areas, Dossier, Policy, apply, load_policy, review

ZONE: Final = ZoneInfo("Asia/Shanghai")
NOW: Final = datetime(2020, 7, 10, 10, tzinfo=ZONE)
PACKS: Final = ("330000/policy/2020-02-11.yaml", "330000/policy/2020-06-15.yaml", "100000/policy/2022-11-02.yaml")
ROUNDS: Final = 25
CALLS: Final = 400


class Person(NamedTuple):
    """A made-up dossier, and how many of a hundred people have one like it."""

    name: str
    weight: int
    events: Sequence[Event]


def main() -> None:
    """Print microseconds of processor time for each dossier and pack; the median is over people, by weight."""
    areas = Areas.from_rows(
        (f"{1101 + number:04}02", ("low", "medium", "high")[number % 3], NOW - timedelta(days=60), None)
        for number in range(24)
    )
    people = [(each, _dossier(each.events)) for each in everybody()]
    baseline = {each.name: _cost(lambda known=known: _plainly(known)) for each, known in people}  # type: ignore[misc]
    table = Table(title=f"one review, µs of processor time (median of {ROUNDS} × {CALLS})")
    for head in (
        "dossier",
        "of 100",
        "baseline",
        *(pack.replace("/policy/", " ").removesuffix(".yaml") for pack in PACKS),
    ):
        table.add_column(head)
    packs = [load_policy(Path("regions", pack).read_text("utf-8"), pack) for pack in PACKS]
    costs = [[_cost(_review_of(known, areas, pack)) for pack in packs] for _, known in people]
    for (each, _), row in zip(people, costs, strict=True):
        base = baseline[each.name]
        table.add_row(each.name, str(each.weight), f"{base:.1f}", *(f"{cost:.1f} ({cost / base:.1f}×)" for cost in row))
    base = _weighted([(baseline[each.name], each.weight) for each, _ in people])
    medians = [
        _weighted([(row[n], each.weight) for (each, _), row in zip(people, costs, strict=True)])
        for n in range(len(packs))
    ]
    table.add_section()
    table.add_row("median person", "100", f"{base:.1f}", *(f"{cost:.1f} ({cost / base:.1f}×)" for cost in medians))
    Console(width=118).print(table)


def _review_of(known: Dossier, areas: Areas, policy: Policy) -> Callable[[], Any]:
    return lambda: review(known, areas, policy, NOW, ZONE)


def _plainly(known: Dossier) -> int:
    seen = Dossier.decode(known.encode())
    return sum(1 for facts in (seen.declared, seen.check_ins, seen.listings, seen.tests, seen.trips) for _ in facts)


def _cost(call: Callable[[], Any]) -> float:
    rounds = []
    gc.disable()
    for _ in range(ROUNDS):
        begun = time.process_time_ns()
        for _ in range(CALLS):
            call()
        rounds.append((time.process_time_ns() - begun) / CALLS / 1000)
    gc.enable()
    return statistics.median(rounds)


def _weighted(costs: Sequence[tuple[float, int]]) -> float:
    """The cost of the person in the middle."""
    return statistics.median(cost for cost, weight in costs for _ in range(weight))


def _dossier(events: Sequence[Event]) -> Dossier:
    known = Dossier.empty("5b1d8a2f" * 4)
    for event in events:
        known, _ = apply(known, event)
    return known


def everybody() -> list[Person]:
    """The people of an ordinary day, under the rules of a region that has few cases."""
    home = _declared(20)
    return [
        Person("declared, and nothing else", 62, [home]),
        Person("declared and checks in daily", 12, [home, *_check_ins(14)]),
        Person("was in another city at low risk", 12, [_declared(6, stays=[("110103", 12, 8)])]),
        Person("tested negative a few times", 6, [home, *(_tested(day) for day in (3, 6, 9))]),
        Person("was in an area at risk", 3, [_declared(6, stays=[("110302", 12, 8)]), *_check_ins(6)]),
        Person("has symptoms", 2, [_declared(3, symptoms=(Symptom.COUGH,)), *_check_ins(3)]),
        Person("is a close contact", 2, [home, _listed(Category.CLOSE_CONTACT, 6), *_check_ins(6), _tested(5)]),
        Person("came from abroad", 1, [home, _listed(Category.INBOUND, 15), *_check_ins(14), _tested(1)]),
    ]


def _at(days: int) -> datetime:
    return (NOW - timedelta(days=days)).astimezone(UTC)


def _day(days: int) -> date:
    return (NOW - timedelta(days=days)).date()


def _declared(ago: int, symptoms: tuple[Symptom, ...] = (), stays: Sequence[tuple[str, int, int]] = ()) -> Event:
    return DeclarationAccepted(
        id=f"{ago:032x}",
        subject="s",
        at=_at(ago),
        attestation=Attestation.SELF,
        residence="330106",
        temperature=36.5,
        symptoms=symptoms,
        contact=False,
        stays=tuple(Stay(area=area, since=_day(first), until=_day(last)) for area, first, last in stays),
    )


def _check_ins(days: int) -> list[Event]:
    return [
        CheckInAccepted(
            id=f"{100 + ago:032x}",
            subject="s",
            at=_at(ago),
            day=_day(ago),
            attestation=Attestation.SELF,
            temperature=36.5,
            symptoms=(),
        )
        for ago in range(days, 0, -1)
    ]


def _listed(category: Category, ago: int) -> Event:
    return ListingRecorded(
        id=f"{200 + ago:032x}",
        subject="s",
        entry=f"{ago}",
        revision=1,
        category=category,
        source="cdc-330100",
        evidence="",
        valid_from=_at(ago),
        recorded_at=_at(ago),
    )


def _tested(ago: int) -> Event:
    return TestRecorded(
        id=f"{300 + ago:032x}",
        subject="s",
        test=f"{ago}",
        revision=1,
        kind=TestKind.PCR,
        result=TestResult.NEGATIVE,
        sampled_at=_at(ago),
        source="lab-1",
        evidence="",
        recorded_at=_at(ago),
    )


if __name__ == "__main__":
    main()
