"""A made-up population under a pack: everybody by their color and rule, on some days. Nothing is touched."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from healthcode.values import Color
from services.audit.domain import Areas, Dossier, Finding, Policy, apply, review
from services.audit.domain.witness.atoms import SUBJECT, Atom, Maker, atoms

DAYS: Final = (0, 7, 14, 21, 28, 60)
COLORS: Final = (Color.PENDING, Color.GREEN, Color.YELLOW, Color.RED)
SILENT, EXPOSED, ACTING = 0.06, 0.3, 0.6
"""Shares: who never declares; to whom something happened that a rule speaks of; who then does what some rule asks."""


def sampled(policy: Policy, zone: ZoneInfo, people: int, seed: int) -> dict[str, Any]:
    """So many made-up people from the policy's first day on: how many have each color on each day, and by which rule.

    To whom something happens, it is one of the facts that the pack's own words name, at or just beside its numbers.
    `stuck`: rules under which somebody still is not green on the last day; `unseen`: those that concerned nobody.
    """
    start = policy.effective.astimezone(zone) + timedelta(hours=10)
    crowd = list(_crowd(policy, zone, start, people, random.Random(seed)))  # noqa: S311 - the same people each time
    days: list[dict[str, Any]] = []
    rules: dict[str, set[int]] = {}
    last: list[Finding] = []
    for day in DAYS:
        now = start + timedelta(days=day, hours=1)
        last = [review(known, areas, policy, now, zone) for known, areas in crowd]
        counted = Counter(finding.color for finding in last)
        days.append({"day": day, **{color.value: counted[color] for color in COLORS}})
        for number, finding in enumerate(last):
            for hit in finding.hits:
                rules.setdefault(hit.rule, set()).add(number)
    stuck = Counter(finding.hits[0].rule for finding in last if finding.color in {Color.YELLOW, Color.RED})
    own = [rule.id for rule in policy.pack.rules]
    return {
        "policy": policy.policy,
        "version": policy.version,
        "people": people,
        "days": days,
        "rules": [_rule(policy, each, len(rules.get(each, ())), stuck[each]) for each in own],
        "unseen": [each for each in own if each not in rules],
    }


def _rule(policy: Policy, rule: str, people: int, stuck: int) -> dict[str, Any]:
    written = next(each for each in policy.pack.rules if each.id == rule)
    return {
        "rule": rule,
        "color": written.color.value,
        "reason": written.reason,
        "people": people,
        "not_released": stuck,
    }


def _crowd(
    policy: Policy, zone: ZoneInfo, start: datetime, people: int, dice: random.Random
) -> Iterator[tuple[Dossier, Areas]]:
    pool = atoms([policy.pack], start, zone)
    exposures, acts = [each for each in pool if not each.act], [each for each in pool if each.act]
    plain = Maker(start, zone).plain()[0]
    for number in range(people):
        own: list[Atom] = [] if dice.random() < SILENT else [plain]
        if exposures and dice.random() < EXPOSED:
            own.append(exposures[number % len(exposures)])  # in turn, so that each happens to somebody
            if acts and dice.random() < ACTING:
                own.append(dice.choice(acts))
        yield _dossier(own), Areas.from_rows(tuple(dict.fromkeys(level for atom in own for level in atom.levels)))


def _dossier(own: Sequence[Atom]) -> Dossier:
    known = Dossier.empty(SUBJECT)
    for event in (event for atom in own for event in atom.events):
        known, _ = apply(known, event)
    return known
