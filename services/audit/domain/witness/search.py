"""The search for witnesses: every fact that either policy speaks of, alone and beside what may release it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import product
from typing import Final

import msgspec

from healthcode.events import Event
from healthcode.values import Color
from services.audit.domain.areas import Areas
from services.audit.domain.dossier import Dossier
from services.audit.domain.finding import Finding
from services.audit.domain.gather import apply
from services.audit.domain.policy.policy import Policy
from services.audit.domain.review import review
from services.audit.domain.witness.atoms import SUBJECT, AreaLevel, Atom, Maker, atoms, joined

HORIZON: Final = timedelta(days=75)
LOOKS: Final = 90


class Witness(msgspec.Struct, frozen=True):
    """Facts of a made-up person, levels of areas, and a time at which two policies give that person another color."""

    events: tuple[Event, ...]
    levels: tuple[AreaLevel, ...]
    at: datetime
    one: Finding
    other: Finding


def witnesses(one: Policy, other: Policy, start: datetime, tz: tzinfo, most: int = 20) -> list[Witness]:
    """The smallest dossiers on which two policies differ in color: one for each way in which they do, smallest first.

    Tried are all facts that either policy's words name, at and just beside their numbers, alone, with a clean
    declaration, and with the tests and check-ins that either asks for. A difference that only more facts together show
    may be missed, so no witness is no proof.
    """
    found: dict[tuple[object, ...], Witness] = {}
    for candidate in _candidates([one, other], start, tz):
        witness = _differs(candidate, one, other, tz)
        if witness is not None:
            found.setdefault(_way(witness), witness)
    return sorted(found.values(), key=lambda each: (len(each.events) + len(each.levels), each.at))[:most]


def _candidates(policies: Sequence[Policy], start: datetime, tz: tzinfo) -> Iterator[tuple[Atom, ...]]:
    """From small to large.

    The strictest rule counts, so two exposures together show nothing that neither shows alone; an exposure and an act
    do, as do the parts of an `all`.
    """
    packs = [each.pack for each in policies]
    early, late = Maker(start, tz).plain()
    pool = atoms(packs, start, tz)
    exposures = [each for each in pool if not each.act]
    acts = [each for each in pool if each.act]
    yield (early,)
    yield from ((each,) for each in pool)
    yield from ((each, declared) for each in exposures for declared in (early, late))
    pairs = [*product(exposures, acts), *joined(packs, start, tz)]
    yield from pairs
    yield from ((*pair, early) for pair in pairs)
    yield from ((*pair, act) for pair in joined(packs, start, tz) for act in acts)


def _differs(candidate: tuple[Atom, ...], one: Policy, other: Policy, tz: tzinfo) -> Witness | None:
    """The first time at which the two policies differ on some facts."""
    events = tuple(event for atom in candidate for event in atom.events)
    levels = tuple(dict.fromkeys(level for atom in candidate for level in atom.levels))
    known = Dossier.empty(SUBJECT)
    for event in events:
        known, _ = apply(known, event)
    areas = Areas.from_rows(levels)
    time = datetime.fromtimestamp(known.latest, tz)
    end = time + HORIZON
    for _ in range(LOOKS):
        first, second = review(known, areas, one, time, tz), review(known, areas, other, time, tz)
        if first.color is not second.color:
            return Witness(events, levels, time, first, second)
        times = [each for each in (first.next_review, second.next_review) if each is not None]
        if not times or min(times) > end:
            return None
        time = min(times).astimezone(tz)
    return None


def _way(witness: Witness) -> tuple[Color | str, ...]:
    """How the two differ: the colors, and the rules that give them."""
    return (
        witness.one.color,
        witness.other.color,
        *(hit.rule for hit in witness.one.hits if hit.color is witness.one.color),
        "/",
        *(hit.rule for hit in witness.other.hits if hit.color is witness.other.color),
    )
