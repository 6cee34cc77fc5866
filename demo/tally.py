"""What can be known by reading the topics alone: colors, changes, guests, counts and delays; no input or output here.

Memory is bounded by the number of people and guests; the rest is rings.
"""

from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from demo.reasons import Reasons
from demo.settings import GANSU, NATION, REGIONS
from healthcode.events import (
    CodeChanged,
    CodeConfirmed,
    DeclarationAccepted,
    Event,
    GuestChanged,
)
from healthcode.values import Color

LATEST: Final = 60
POINTS: Final = 480
SAMPLES: Final = 20_000
RECENT_CAUSES: Final = 50_000
COLORS: Final = (Color.GREEN, Color.YELLOW, Color.RED, Color.PENDING, Color.GREY, Color.CANCELLED)
PLACES: Final = REGIONS


class Outcome(NamedTuple):
    """What became of something that a person did: whose code it concerned, its color, and when it was seen (s)."""

    region: str
    subject: str
    color: Color
    seen: float


class GuestState(NamedTuple):
    """What a guest counts as, and since when that is told."""

    color: Color
    changed_at: datetime


@dataclass
class Place:
    """One region's row: its people, the guests that it has and how often one changed color, its people elsewhere.

    Gansu's people declare to the nation and are counted where they live; abroad they come from the nation.
    """

    declared: int = 0
    colors: Counter[Color] = field(default_factory=Counter)
    guests: Counter[Color] = field(default_factory=Counter)
    recolored: int = 0
    abroad: int = 0


class Delays:
    """From what was accepted over HTTP to its outcome on the topic, for those whose acceptance was told."""

    def __init__(self) -> None:
        self.waiting: dict[str, float] = {}
        self.samples: deque[float] = deque(maxlen=SAMPLES)
        self._outcomes: OrderedDict[str, Outcome] = OrderedDict()

    def accepted(self, cause: str, at: float, *, sample: bool) -> None:
        """An answer came at `at`; the outcome may have been seen before it."""
        outcome = self._outcomes.get(cause)
        if outcome is None:
            self.waiting[cause] = at if sample else -1.0
        elif sample:
            self.samples.append(max(0.0, outcome.seen - at))

    def came(self, causes: Iterable[str], outcome: Outcome) -> None:
        """An outcome was seen."""
        for cause in causes:
            accepted = self.waiting.pop(cause, None)
            if accepted is not None and accepted >= 0:
                self.samples.append(max(0.0, outcome.seen - accepted))
            self._outcomes[cause] = outcome
        while len(self._outcomes) > RECENT_CAUSES:
            self._outcomes.popitem(last=False)

    def outcome(self, cause: str) -> Outcome | None:
        """The outcome of a recent act, once it was seen."""
        return self._outcomes.get(cause)

    def quantiles(self) -> Mapping[str, float | int | None]:
        """`p50_ms`, `p99_ms` and how many samples they are of."""
        ordered = sorted(self.samples)
        if not ordered:
            return {"p50_ms": None, "p99_ms": None, "samples": 0}
        at = {
            name: ordered[min(len(ordered) - 1, int(len(ordered) * part))] for name, part in (("50", 0.5), ("99", 0.99))
        }
        return {f"p{name}_ms": round(value * 1000, 1) for name, value in at.items()} | {"samples": len(ordered)}


class Tally:
    """Keeps count of every event that it is shown, in the order of its topic."""

    def __init__(self, reasons: Reasons) -> None:
        self._reasons = reasons
        self.places = {code: Place() for code in PLACES}
        self.topics: Counter[str] = Counter()
        self.delays = Delays()
        self.changes: deque[dict[str, Any]] = deque(maxlen=LATEST)
        self.guest_changes: deque[dict[str, Any]] = deque(maxlen=LATEST)
        self.series: deque[dict[str, Any]] = deque()
        self.seen = 0
        self._codes: dict[tuple[str, str], tuple[str, Color]] = {}
        self._homes: dict[tuple[str, str], str] = {}
        self._guests: dict[tuple[str, str], GuestState] = {}
        self._strangers: set[tuple[str, str]] = set()
        """Guests whom a region judges itself by what their home has shared: they count where they are guests."""
        self._crossings: Counter[tuple[str, str, Color]] = Counter()
        self._points_every = 1
        self._points_offered = 0

    def count(self, topic: str) -> None:
        """A record was read from a topic."""
        self.topics[topic] += 1

    def apply(self, region: str, event: Event, now: float) -> None:
        """`region` is the topic's; `now` the moment (s) of reading."""
        match event:
            case CodeChanged():
                self._code(region, event, now)
            case CodeConfirmed():
                self.delays.came(event.causes, Outcome(region, event.subject, event.color, now))
            case DeclarationAccepted():
                self._declaration(region, event)
            case GuestChanged():
                self._guest(region, event)
            case _:
                pass

    def _declaration(self, region: str, event: DeclarationAccepted) -> None:
        key = (region, event.subject)
        home = place_of(region, event.residence)
        before = self._homes.get(key)
        if before is not None:
            self.places[before].declared -= 1
        self.places[home].declared += 1
        self._homes[key] = home
        if (known := self._codes.get(key)) is not None:
            self._move(key, known, (home, known[1]))

    def _code(self, region: str, event: CodeChanged, now: float) -> None:
        key = (region, event.subject)
        if not event.first_hand:
            self._strangers.add(key)
        if key in self._strangers:
            return
        place = self._homes.get(key, region)
        self._move(key, self._codes.get(key), (place, event.color))
        self.delays.came(event.causes, Outcome(region, event.subject, event.color, now))
        if event.color is not event.previous:
            self.changes.append(self._change(place, region, event))
            self.seen += 1

    def _move(self, key: tuple[str, str], before: tuple[str, Color] | None, after: tuple[str, Color]) -> None:
        if before is not None:
            self.places[before[0]].colors[before[1]] -= 1
        self.places[after[0]].colors[after[1]] += 1
        self._codes[key] = after

    def _change(self, place: str, region: str, event: CodeChanged) -> dict[str, Any]:
        return {
            "n": self.seen,
            "at": event.changed_at.isoformat(),
            "region": place,
            "subject": event.subject,
            "previous": event.previous.value,
            "color": event.color.value,
            "act": event.act,
            "until": event.until and event.until.isoformat(),
            "cause": event.cause,
            "reasons": [self._reasons.of(region, hit.reason) for hit in event.hits],
        }

    def _guest(self, region: str, event: GuestChanged) -> None:
        key = (region, event.handle)
        place = self.places[region]
        before = self._guests.pop(key, None)
        if before is not None:
            place.guests[before.color] -= 1
            self.places[event.origin].abroad -= 1
            self._crossings[event.origin, region, before.color] -= 1
            place.recolored += event.color is not before.color
        if not event.ended:
            place.guests[event.color] += 1
            self.places[event.origin].abroad += 1
            self._crossings[event.origin, region, event.color] += 1
            self._guests[key] = GuestState(event.color, event.changed_at)
        self.guest_changes.append(_guest_change(region, event, self.seen))
        self.seen += 1

    def color(self, region: str, subject: str) -> Color | None:
        """The color of a person who declared to a region."""
        found = self._codes.get((region, subject))
        return found[1] if found else None

    def guest(self, region: str, handle: str) -> GuestState | None:
        """What somebody counts as in a region where they are a guest."""
        return self._guests.get((region, handle))

    def point(self, sim: datetime) -> None:
        """Add a point to the series: the colors of all regions at a simulated time. Thins out when it has too many."""
        self._points_offered += 1
        if self._points_offered % self._points_every:
            return
        self.series.append(
            {"at": sim.isoformat(), "colors": {code: _named(p.colors) for code, p in self.places.items()}}
        )
        if len(self.series) > POINTS:
            self.series = deque(list(self.series)[::2])
            self._points_every *= 2

    def regions(self) -> dict[str, dict[str, Any]]:
        """Each region's row."""
        return {
            code: {
                "declared": place.declared,
                "colors": _named(place.colors),
                "guests": _named(place.guests),
                "abroad": place.abroad,
                "recolored": place.recolored,
            }
            for code, place in self.places.items()
        }

    def crossings(self) -> list[dict[str, Any]]:
        """Who is whose guest: a row for each home and each region with guests of it, by what they count as there."""
        pairs = sorted({(origin, region) for (origin, region, _), count in self._crossings.items() if count})
        return [
            {
                "origin": origin,
                "region": region,
                "colors": {color.value: self._crossings[origin, region, color] for color in COLORS},
            }
            for origin, region in pairs
        ]


def place_of(region: str, residence: str) -> str:
    """Where a person counts: at home, when home is Gansu, else where they declared."""
    return GANSU if region == NATION and residence.startswith(GANSU[:2]) else region


def _guest_change(region: str, event: GuestChanged, number: int) -> dict[str, Any]:
    return {
        "n": number,
        "at": event.changed_at.isoformat(),
        "region": region,
        "origin": event.origin,
        "handle": event.handle,
        "previous": event.previous.value,
        "color": event.color.value,
        "status": event.status.value,
        "rule": event.rule,
        "ended": event.ended,
    }


def _named(colors: Mapping[Color, int]) -> dict[str, int]:
    return {color.value: colors.get(color, 0) for color in COLORS}
