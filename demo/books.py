"""The books of `make demo ONCE=1`: what must be true at the end, and a sentence for each thing that is not."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from chassis.documents import read_yaml
from demo.abroad import counts_as
from demo.ledger import Ledger, Subject
from demo.settings import DECLARING
from healthcode.events import CodeChanged
from healthcode.region import region_from
from healthcode.values import Color
from services.audit.domain import Areas, Dossier, Policy, PolicySet, apply, load_policy, review

LEAST_SHARE: Final = 0.05
EXPECTED: Final = 100
"""Of guests recolored and people released by time, with 10,000 people; fewer people, fewer of these."""
EXPECTED_OF: Final = 10_000
SHOWN: Final = 5
JUDGED: Final = (Color.GREEN, Color.YELLOW, Color.RED)


@dataclass(frozen=True)
class Watched:
    """A trip of somebody, as the person's own region tells them: who is watched, where, under which handle."""

    origin: str
    subject: str
    destination: str
    handle: str


@dataclass(frozen=True)
class Account:
    """What was done: the ids accepted over HTTP, how many people declared, who is watched; and when it is checked."""

    accepted: Collection[str]
    people: int
    watched: Sequence[Watched]
    dead_letters: Mapping[str, int]
    now: datetime


def audit_books(ledger: Ledger, account: Account, regions: Path) -> list[str]:
    """A sentence for everything that is wrong; `regions` is the folder of the regions' data."""
    return [
        *_outcomes(ledger, account),
        *_one_code(ledger),
        *_shares(ledger, account),
        *_recolored(ledger, account),
        *_released(ledger, account),
        *_pure_rules(ledger, account, regions),
        *_guests(ledger, account),
        *(f"{count} records are in the dead letters of {topic}" for topic, count in account.dead_letters.items()),
    ]


def _outcomes(ledger: Ledger, account: Account) -> Iterator[str]:
    accepted = set(account.accepted)
    yield from _some(accepted - ledger.stated, "accepted over HTTP but not on declarations.v1")
    yield from _some(ledger.stated - accepted, "on declarations.v1 but never accepted over HTTP")
    yield from _some((one for one in accepted if not ledger.outcomes[one]), "accepted, but no code event names it")
    yield from _some((one for one in accepted if len(ledger.outcomes[one]) > 1), "accepted once, but has two outcomes")


def _one_code(ledger: Ledger) -> Iterator[str]:
    """Versions ascend, each follows from the one before, and the latest is the only one that the state knows."""
    broken = [key for key, codes in ledger.codes.items() if any(not _follows(a, b) for a, b in pairwise(codes))]
    yield from _some(broken, "has codes that do not follow one from the other")
    other = [key for key, codes in ledger.codes.items() if ledger.states.get(key) != codes[-1]]
    other += [key for key in ledger.states if key not in ledger.codes]
    yield from _some(other, "has another code on codes.state.v1 than the latest on codes.v1")


def _follows(before: CodeChanged, after: CodeChanged) -> bool:
    ascends = (before.incarnation, before.version) < (after.incarnation, after.version)
    return ascends and after.previous is before.color


def _shares(ledger: Ledger, account: Account) -> Iterator[str]:
    colors = Counter(codes[-1].color for key, codes in ledger.codes.items() if not _is_guest(ledger, key))
    total = colors.total()
    if total != account.people:
        yield f"{account.people} people declared, but {total} have a code"
    for color in JUDGED:
        if colors[color] < LEAST_SHARE * total:
            yield f"only {colors[color]} of {total} people are {color.value}: fewer than {LEAST_SHARE:.0%}"


def _is_guest(ledger: Ledger, key: Subject) -> bool:
    """Whether all that is known of somebody was shared by another region, whose code they have."""
    facts = ledger.facts.get(key, ())
    return bool(facts) and all(getattr(fact, "origin", None) for fact in facts)


def _recolored(ledger: Ledger, account: Account) -> Iterator[str]:
    recolored = sum(
        any(a.color is not b.color and not b.ended for a, b in pairwise(changes)) for changes in ledger.guests.values()
    )
    if recolored < (least := _expected(account)):
        yield f"only {recolored} guests changed color while they were guests: expected {least}"


def _released(ledger: Ledger, account: Account) -> Iterator[str]:
    """No entry is withdrawn and no level lowered in the story, so whoever turns green again was released by time."""
    released = sum(
        any(a.color in (Color.YELLOW, Color.RED) and b.color is Color.GREEN for a, b in pairwise(codes))
        for codes in ledger.codes.values()
    )
    if released < (least := _expected(account)):
        yield f"only {released} people were released by time: expected {least}"


def _expected(account: Account) -> int:
    return min(EXPECTED, EXPECTED * account.people // EXPECTED_OF)


def _pure_rules(ledger: Ledger, account: Account, regions: Path) -> Iterator[str]:
    """Every person's facts are gathered anew from the topics and judged by the pure functions."""
    wrong: list[tuple[Any, ...]] = []
    for region in DECLARING:
        zone = ZoneInfo(region_from(read_yaml(regions / region / "region.yaml")).timezone)
        policy = policies_of(regions / region / "policy").at(account.now)
        levels = (area for area in ledger.areas[region].values() if not area.withdrawn)
        areas = Areas.from_rows((each.area, each.level, each.valid_from, each.valid_until) for each in levels)
        for key in (key for key in {**ledger.facts, **ledger.codes} if key[0] == region):
            color = review(_dossier(ledger, key), areas, policy, account.now, zone).color
            codes = ledger.codes.get(key)
            if codes is None or codes[-1].color is not color:
                wrong.append((*key, codes[-1].color.value if codes else "no code", color.value))
    yield from _some(wrong, "has another color than the pure rules give (region, person, has, should have)")


def policies_of(folder: Path) -> PolicySet:
    """The policies in a region's folder."""
    found: list[Policy] = [load_policy(path.read_text("utf-8"), str(path)) for path in sorted(folder.glob("*.yaml"))]
    return PolicySet(found)


def _dossier(ledger: Ledger, key: Subject) -> Dossier:
    dossier = Dossier.empty(key[1])
    for event in ledger.facts[key]:
        dossier, _ = apply(dossier, event)
    return dossier


def _guests(ledger: Ledger, account: Account) -> Iterator[str]:
    """What each traveller counts as elsewhere, by the guest region's own topic, against the table made by hand."""
    wrong: list[tuple[str, ...]] = []
    for trip in account.watched:
        home = ledger.codes[trip.origin, trip.subject][-1]
        there = ledger.guests[trip.destination, trip.handle]
        expected = counts_as(trip.origin, trip.destination, home.color, home.evidence)
        has = there[-1].color if there else None
        if has is not expected:
            what = f"{home.color.value}/{home.evidence.value}"
            found = has.value if has else "unknown"
            wrong.append((trip.origin, trip.destination, what, "is", found, "should be", expected.value))
    yield from _some(wrong, "counts elsewhere as something else than the table says")
    if len(ledger.guests) != len(account.watched):
        yield f"{len(account.watched)} trips are watched, but the guest regions know {len(ledger.guests)} guests"


def _some(found: Collection[Any] | Iterator[Any], what: str) -> Iterator[str]:
    """A sentence with a few of them, when there are any."""
    every = list(found)
    if every:
        yield f"{len(every)} × {what}; the first: {', '.join(str(one) for one in every[:SHOWN])}"
