"""Verdicts and the way out in words."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from healthcode.values import label
from services.audit.domain.explain.considered import Considered
from services.audit.domain.explain.phrases import Speech
from services.audit.domain.wayout import HORIZON, Step, WayOut

_DATE: Final = len("2020-02-11")
_MANY: Final = {"check_in": "check_ins_step", "test": "tests_step"}
_ONE: Final = {"check_in": "check_in_step", "test": "test_step", "declare": "declare", "confirm": "confirm"}


def verdict_text(considered: Considered, speech: Speech) -> str:
    """What became of a rule."""
    if considered.verdict == "holds" and (hit := considered.hit) is not None:
        until = "" if hit.until is None else speech.say("until", at=speech.time(hit.until))
        return speech.say("holds", color=label(hit.color, speech.lang), until=until)
    if considered.verdict == "over":
        ended = considered.ended
        return speech.say("over_") if ended is None else speech.say("over", at=speech.time(ended))
    return speech.say(considered.verdict)


def way_text(way: WayOut, now: datetime, speech: Speech) -> str:
    """When the person can be green, and the least that it takes."""
    if way.green is None:
        return speech.say("closed", days=HORIZON.days)
    if way.green <= now and not way.steps:
        return speech.say("green_now")
    green = speech.time(way.green)
    if not way.steps:
        return speech.say("waits", green=green)
    text = speech.say("acts", green=green, steps=speech.joined(_steps(way.steps, speech), "then"))
    if way.unaided is None:
        return text + speech.say("never_unaided")
    return text + speech.say("unaided", unaided=speech.time(way.unaided))


def step_text(step: Step, speech: Speech) -> str:
    """One thing to do."""
    return speech.say(_ONE[step.act], at=_when(step, speech))


def _when(step: Step, speech: Speech) -> str:
    """Of a check-in its day, of all else the time."""
    return speech.time(step.at)[: _DATE if step.act == "check_in" else None]


def _steps(steps: Sequence[Step], speech: Speech) -> Iterator[str]:
    """Steps of a kind that follow each other are said at once."""
    for act, group in groupby(steps, key=lambda step: step.act):
        same = list(group)
        if len(same) == 1 or act not in _MANY:
            yield step_text(same[0], speech)
            continue
        since, until = (_when(each, speech) for each in (same[0], same[-1]))
        yield speech.say(_MANY[act], count=len(same), since=since, until=until)
