"""Every fact that was known of a person, in words, with its source."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, Literal, TypeAlias

import msgspec

from healthcode.values import Attestation, Category, Color, Symptom, TestKind, TestResult, label
from services.audit.domain.days import calendar_day, moment
from services.audit.domain.dossier import Dossier
from services.audit.domain.explain.phrases import Speech
from services.audit.domain.facts import (
    FEVER,
    Answer,
    CheckIn,
    Decision,
    Declared,
    Listing,
    Place,
    Test,
    Trip,
    unpack_id,
)
from services.audit.domain.runs import spans
from services.audit.domain.stayed import Stayed

Kind: TypeAlias = Literal[
    "declaration", "trip", "check_in", "check_ins", "answer", "listing", "test", "stay", "decision"
]


class Known(msgspec.Struct, frozen=True):
    """A fact in words. Days with a normal check-in are kept as runs: they have no id, and `at` is None.

    `source` is an authority, or who vouches for a statement.
    """

    id: str | None
    kind: Kind
    at: datetime | None
    source: str
    text: str


def known_facts(dossier: Dossier, speech: Speech) -> list[Known]:
    """All facts of a dossier, the oldest first, runs of check-ins last."""
    found = [*_stated(dossier, speech), *_recorded(dossier, speech)]
    return sorted(found, key=_order) + list(_runs(dossier, speech))


def _order(known: Known) -> tuple[datetime, str]:
    return known.at or _FIRST, known.id or ""


_FIRST: Final = moment(0)


def _stated(dossier: Dossier, speech: Speech) -> Iterator[Known]:
    statements: list[Declared | Trip | CheckIn] = [*dossier.declared, *dossier.trips, *dossier.check_ins]
    for each in statements:
        text = _statement(each, speech) + ("" if dossier.counts(each) else speech.say("uncounted"))
        kind = _KINDS[type(each)]
        yield Known(unpack_id(each.id), kind, moment(each.at), label(Attestation(each.by), speech.lang), text)
    for answer in dossier.answers:
        text = speech.say("agreed" if answer.agreed else "contested")
        yield Known(unpack_id(answer.id), "answer", moment(answer.at), speech.say("person"), text)


_KINDS: Final[dict[type, Kind]] = {Declared: "declaration", Trip: "trip", CheckIn: "check_in", Answer: "answer"}


def _statement(fact: Declared | Trip | CheckIn, speech: Speech) -> str:
    match fact:
        case Declared():
            return speech.say("declaration", what=_told(fact, speech), home=speech.place(fact.residence))
        case CheckIn():
            return speech.say("check_in", day=calendar_day(fact.day), what=_told(fact, speech))
        case Trip():
            place = fact.place
            until = "" if place.until is None else speech.say("to", until=speech.day(place.until))
            return speech.say("trip", where=speech.place(place.area), since=speech.day(place.since), until=until)


def _told(fact: Declared | CheckIn, speech: Speech) -> str:
    said = [label(Symptom(each), speech.lang) for each in fact.symptoms]
    if fact.temperature >= FEVER:
        said.append(speech.say("degrees", degrees=fact.temperature / 10))
    if isinstance(fact, Declared):
        said += [speech.say("contact")] if fact.contact else []
        said += [_stay(each, speech) for each in fact.stays]
    return speech.joined(said or [speech.say("well")])


def _stay(place: Place, speech: Speech) -> str:
    until = speech.day(place.since if place.until is None else place.until)
    return speech.say("stay", where=speech.place(place.area), since=speech.day(place.since), until=until)


def _recorded(dossier: Dossier, speech: Speech) -> Iterator[Known]:
    records: list[Listing | Test | Stayed | Decision] = [
        *dossier.listings,
        *dossier.tests,
        *dossier.stays,
        *dossier.decisions,
    ]
    for each in records:
        text = _record(each, speech) + (speech.say("withdrawn") if each.withdrawn else "")
        source, origin = each.source, "" if isinstance(each, Decision) else each.origin
        if origin:
            source = speech.say("shared", source=source, region=speech.place(origin))
        yield Known(unpack_id(each.id), _RECORDS[type(each)], moment(each.at), source, text)


_RECORDS: Final[dict[type, Kind]] = {Listing: "listing", Test: "test", Stayed: "stay", Decision: "decision"}


def _record(fact: Listing | Test | Stayed | Decision, speech: Speech) -> str:
    match fact:
        case Listing():
            text = speech.say(
                "listing", what=label(Category(fact.category), speech.lang), since=speech.time(fact.since)
            )
            return text if fact.until is None else text + speech.say("ended", until=speech.time(fact.until))
        case Test():
            kind, result = label(TestKind(fact.kind), speech.lang), label(TestResult(fact.result), speech.lang)
            return speech.say("test", kind=kind, result=result, at=speech.time(fact.sampled))
        case Stayed():
            return _stay(fact.place, speech)
        case Decision():
            times = {"since": speech.time(fact.since), "until": speech.time(fact.until)}
            if fact.color:
                return speech.say("decision", color=label(Color(fact.color), speech.lang), **times)
            return speech.say("exemption", rules=speech.joined(fact.exempts), **times)


def _runs(dossier: Dossier, speech: Speech) -> Iterator[Known]:
    for first, last in spans(dossier.normal):
        text = speech.say("check_ins", since=speech.day(first), until=speech.day(last))
        yield Known(None, "check_ins", None, speech.say("person"), text)
