"""What is counted of an event: how often something of a kind happened, by area, color, rule, cause and source."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from healthcode.events import (
    AreaLevelRecorded,
    CodeChanged,
    CodeConfirmed,
    Event,
    FindingConcluded,
    ListingRecorded,
    RuleHit,
    TestRecorded,
)
from healthcode.values import Attestation, Color, strictness
from services.oversight.domain.thresholds import ByHand


class Kind(StrEnum):
    """What happened."""

    CHANGED = "changed"
    """A code got another color."""
    STRICTER = "stricter"
    """Of these, somebody who had been judged before got a stricter one."""
    BY_HAND = "by_hand"
    """A color was decided by hand."""
    CONFIRMED = "confirmed"
    """Something was looked at and changed no code."""
    FINDING = "finding"
    LISTING = "listing"
    TEST = "test"
    AREA = "area"
    LATE = "late"
    """An event came after its window was final; it counts here, in the window in which it came, and nowhere else."""


class Dimension(StrEnum):
    """By what an event is counted, beside area and color. Under `all` once; under the others once for each value."""

    ALL = "all"
    RULE = "rule"
    CAUSE = "cause"
    SOURCE = "source"
    CATEGORY = "category"
    PREVIOUS = "previous"
    """The color that a change ended; empty where somebody got their first."""


class Line(NamedTuple):
    """One thing to count."""

    kind: Kind
    dimension: Dimension
    value: str


class Seen(msgspec.Struct, frozen=True):
    """What is counted of one event, at its own time. `people`: how many more or fewer have a color.

    `area` is the prefecture of residence, or of the area that it is about; empty where nobody says. `source` is the
    authority that has just been heard of.
    """

    at: datetime
    lines: tuple[Line, ...]
    area: str = ""
    color: str = ""
    people: tuple[tuple[Color, int], ...] = ()
    source: str | None = None


_CONCLUDED: Final = frozenset({Color.PENDING, Color.GREEN, Color.YELLOW, Color.RED})
_JUDGED: Final = frozenset({Color.GREEN, Color.YELLOW, Color.RED})
_STATED: Final = frozenset(way.value for way in Attestation)
DECISION: Final = ".decision."
"""Part of the type of every event that tells of a decision by hand."""


def look(event: Event, by_hand: ByHand) -> Seen | None:
    """What is counted of an event; None when nothing is."""
    match event:
        case CodeChanged():
            return _changed(event, by_hand)
        case CodeConfirmed():
            return Seen(event.confirmed_at, _lines(Kind.CONFIRMED), color=event.color)
        case FindingConcluded() if event.color in _CONCLUDED:
            lines = _lines(Kind.FINDING, _deciding(event.hits, event.color))
            return Seen(event.reviewed_at, lines, area=prefecture(event.residence), color=event.color)
        case ListingRecorded() | TestRecorded() | AreaLevelRecorded():
            return _recorded(event)
        case _:
            return _decision(event)


def prefecture(area: str | None) -> str:
    """The prefecture of a division; empty for none."""
    return "" if area is None else area[:4] + "00"


def _changed(event: CodeChanged, by_hand: ByHand) -> Seen:
    lines: list[Line] = []
    if event.color is not event.previous:
        hits = _deciding(event.hits, event.color)
        lines += _lines(Kind.CHANGED, hits, event.cause)
        lines.append(Line(Kind.CHANGED, Dimension.PREVIOUS, "" if event.version == 1 else event.previous))
        if {event.previous, event.color} <= _JUDGED and strictness(event.color) > strictness(event.previous):
            lines += _lines(Kind.STRICTER, hits, event.cause)
    if event.cause in by_hand.causes or any(hit.reason.startswith(by_hand.reasons) for hit in event.hits):
        lines += _lines(Kind.BY_HAND, event.hits, event.cause)
    left = () if event.version == 1 else ((event.previous, -1),)
    people = (*left, (event.color, 1)) if event.version == 1 or event.color is not event.previous else ()
    return Seen(event.changed_at, tuple(lines), prefecture(event.residence), event.color, people)


def _recorded(event: ListingRecorded | TestRecorded | AreaLevelRecorded) -> Seen:
    kind, category, area = _named(event)
    return Seen(event.recorded_at, _entry(kind, event.source, category), area=area, source=event.source)


def _named(event: ListingRecorded | TestRecorded | AreaLevelRecorded) -> tuple[Kind, str, str]:
    if isinstance(event, ListingRecorded):
        return Kind.LISTING, event.category, ""
    if isinstance(event, TestRecorded):
        return Kind.TEST, event.result, ""
    return Kind.AREA, event.level, prefecture(event.area)


def _decision(event: Event) -> Seen | None:
    """A decision by hand, whichever class of event tells of it."""
    at = next((value for name in ("decided_at", "recorded_at", "at") if (value := getattr(event, name, None))), None)
    if DECISION not in event.type or not isinstance(at, datetime):
        return None
    return Seen(at, _entry(Kind.BY_HAND, str(getattr(event, "source", "")), ""))


def _deciding(hits: Sequence[RuleHit], color: Color) -> Sequence[RuleHit]:
    """The rules that made a color what it is; all of them where none says so."""
    return [hit for hit in hits if hit.color is color] or hits


def _lines(kind: Kind, hits: Sequence[RuleHit] = (), cause: str = "") -> tuple[Line, ...]:
    rules = dict.fromkeys(hit.rule for hit in hits)
    sources = dict.fromkeys(source for hit in hits for source in hit.sources if source not in _STATED)
    return (
        Line(kind, Dimension.ALL, ""),
        *(Line(kind, Dimension.RULE, rule) for rule in rules),
        *(Line(kind, Dimension.SOURCE, source) for source in sources),
        *((Line(kind, Dimension.CAUSE, cause),) if cause else ()),
    )


def _entry(kind: Kind, source: str, category: str) -> tuple[Line, ...]:
    lines = (Line(kind, Dimension.ALL, ""), Line(kind, Dimension.SOURCE, source))
    return (*lines, Line(kind, Dimension.CATEGORY, category)) if category else lines
