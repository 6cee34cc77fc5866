"""From counts to signals: which thresholds a window crosses."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, TypeAlias

from healthcode.events import AlarmEvidence
from healthcode.values import AlarmKind
from services.oversight.domain.alarm import About, Signal
from services.oversight.domain.count import Dimension, Kind, Line
from services.oversight.domain.rhythm import Rhythm
from services.oversight.domain.thresholds import BulkRecoloring, ByHand, SilentSource, UnusualRule
from services.oversight.domain.window import Window

Sums: TypeAlias = Mapping[Line, int]
"""How much of each line a window holds, over all areas and colors."""

DIGITS: Final = 4
_FINDINGS: Final = Line(Kind.FINDING, Dimension.ALL, "")
_BY_HAND: Final = Line(Kind.BY_HAND, Dimension.ALL, "")


def bulk_recolorings(sums: Sums, people: int, window: Window, rule: BulkRecoloring) -> Iterator[Signal]:
    """Rules and sources that turned many stricter. `people`: how many have a code."""
    for line, count in sums.items():
        if line.kind is not Kind.STRICTER or line.dimension not in (Dimension.RULE, Dimension.SOURCE):
            continue
        if count >= rule.least and (count >= rule.people or count >= rule.share * people):
            evidence = _evidence(window, count, people, None)
            yield Signal(_about(AlarmKind.BULK_RECOLORING, line), evidence)


def unusual_rules(sums: Sums, usually: Sums, window: Window, rule: UnusualRule) -> Iterator[Signal]:
    """Rules that decide far more of the findings than they usually do. `usually`: what the baseline holds."""
    total, history = sums.get(_FINDINGS, 0), usually.get(_FINDINGS, 0)
    if history < rule.history:
        return
    for line, count in sums.items():
        if line.kind is not Kind.FINDING or line.dimension is not Dimension.RULE or count < rule.least:
            continue
        # one that never decided anything counts as if it had once
        share, usual = count / total, max(usually.get(line, 0), 1) / history
        if share >= rule.times * usual and share - usual >= rule.rise:
            yield Signal(_about(AlarmKind.UNUSUAL_RULE, line), _evidence(window, count, total, usual))


def decisions_by_hand(sums: Sums, window: Window, rule: ByHand) -> Iterator[Signal]:
    """Decisions by hand, whoever made them."""
    if (count := sums.get(_BY_HAND, 0)) >= rule.people:
        yield Signal(About(AlarmKind.BY_HAND), _evidence(window, count, None, None))


def silent_sources(rhythms: Mapping[str, Rhythm], now: datetime, rule: SilentSource) -> Iterator[Signal]:
    """Sources that nobody has heard of for too long."""
    for source, rhythm in rhythms.items():
        since, usual = rhythm.silent_since(now, rule), rhythm.usual(rule)
        if since is not None and usual is not None:
            silence = (now - since).total_seconds()
            evidence = AlarmEvidence(since=since, until=now, window=silence, count=0, usual=usual.total_seconds())
            yield Signal(About(AlarmKind.SILENT_SOURCE, source=source), evidence)


def _about(kind: AlarmKind, line: Line) -> About:
    return About(kind, rule=line.value) if line.dimension is Dimension.RULE else About(kind, source=line.value)


def _evidence(window: Window, count: int, total: int | None, usual: float | None) -> AlarmEvidence:
    return AlarmEvidence(
        since=window.since,
        until=window.until,
        window=(window.until - window.since).total_seconds(),
        count=count,
        total=total,
        share=round(count / total, DIGITS) if total else None,
        usual=None if usual is None else round(usual, DIGITS),
    )
