"""Open alarms, or add to those that are open."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from services.oversight.domain.alarm import About, Ids, Signal, Step, keep_alarm, open_alarm
from services.oversight.domain.thresholds import Thresholds
from services.oversight.ports import Books


class Rules(NamedTuple):
    """By what alarms are raised: the region and its thresholds; `ids` gives new ones."""

    region: str
    thresholds: Thresholds
    ids: Ids


async def raise_alarms(books: Books, signals: Sequence[Signal], rules: Rules, now: datetime) -> None:
    """One alarm for all signals about the same thing, and none beside one that is open."""
    if not signals:
        return
    standing = {alarm.about: alarm for alarm in await books.open_alarms()}
    steps: list[Step] = []
    for signal in signals:
        about: About = signal.about
        if about in standing:
            step = keep_alarm(standing[about], signal.evidence, now, rules.ids)
        else:
            step = open_alarm(signal, rules.region, now, rules.ids)
        standing[about] = step.alarm
        steps.append(step)
    await books.keep(steps)
