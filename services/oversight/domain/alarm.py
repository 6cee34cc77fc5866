"""Alarms: one open at a time of a kind about a rule or a source; it opens, doubles, and is over."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from healthcode.events import AlarmChanged, AlarmEvidence
from healthcode.values import AlarmKind, AlarmState

Ids = Callable[[], str]
DOUBLED: Final = 2


class About(NamedTuple):
    """What an alarm is about; its key while it is open."""

    kind: AlarmKind
    rule: str | None = None
    source: str | None = None


class Signal(NamedTuple):
    """A threshold is crossed."""

    about: About
    evidence: AlarmEvidence


class Alarm(msgspec.Struct, frozen=True):
    """An alarm as it stands. `told`: the count that was last published."""

    event: AlarmChanged
    told: int

    @property
    def about(self) -> About:
        """What it is about."""
        return About(self.event.kind, self.event.rule, self.event.source)


class Step(NamedTuple):
    """An alarm after a step, and whether there is something to publish."""

    alarm: Alarm
    tell: bool


def open_alarm(signal: Signal, region: str, now: datetime, ids: Ids) -> Step:
    """A new alarm."""
    event = AlarmChanged(
        id=ids(),
        alarm=ids(),
        revision=1,
        region=region,
        kind=signal.about.kind,
        state=AlarmState.OPEN,
        rule=signal.about.rule,
        source=signal.about.source,
        evidence=signal.evidence,
        opened_at=now,
        changed_at=now,
    )
    return Step(Alarm(event, signal.evidence.count), tell=True)


def keep_alarm(alarm: Alarm, evidence: AlarmEvidence, now: datetime, ids: Ids) -> Step:
    """The same alarm with more evidence; told again when it has doubled since it was told."""
    event = replace(alarm.event, evidence=joined(alarm.event.evidence, evidence))
    if event.evidence.count < DOUBLED * max(alarm.told, 1):
        return Step(Alarm(event, alarm.told), tell=False)
    return Step(Alarm(_revised(event, now, ids), event.evidence.count), tell=True)


def clear_alarm(alarm: Alarm, now: datetime, ids: Ids) -> Step:
    """The alarm when it is over."""
    event = replace(_revised(alarm.event, now, ids), state=AlarmState.CLEARED, cleared_at=now)
    return Step(Alarm(event, alarm.told), tell=True)


def is_over(alarm: Alarm, now: datetime, lateness: timedelta) -> bool:
    """Whether no window has held it for as long as one lasts, so that none can any more, late events included."""
    evidence = alarm.event.evidence
    return now - evidence.until >= timedelta(seconds=evidence.window) + lateness


def joined(before: AlarmEvidence, after: AlarmEvidence) -> AlarmEvidence:
    """The evidence of both: the fuller window's numbers, over all the time."""
    fuller = after if after.count > before.count else before
    return replace(fuller, since=min(before.since, after.since), until=max(before.until, after.until))


def _revised(event: AlarmChanged, now: datetime, ids: Ids) -> AlarmChanged:
    return replace(event, id=ids(), revision=event.revision + 1, changed_at=now)
