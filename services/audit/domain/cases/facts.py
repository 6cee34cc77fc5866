"""The facts of a case as they are written, and the events that they stand for."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta, tzinfo
from difflib import get_close_matches
from typing import Any, Final, TypeAlias

from healthcode.events import (
    CheckInAccepted,
    DecisionRecorded,
    DeclarationAccepted,
    DeclarationConfirmed,
    Event,
    ListingRecorded,
    Stay,
    TestRecorded,
    TripDeclared,
)
from healthcode.values import Attestation, Category, Color, Symptom, TestKind, TestResult

SUBJECT: Final = "5b1d8a2f" * 4
SOURCE: Final = "case"
HOME: Final = "330106"
"""Where whoever declares lives, if the case does not say."""

REVISIONS: Final = {"listed": 1, "changed": 2, "withdrawn": 3}
_LISTING: Final = frozenset({"from", "until", "recorded", "entry", "origin"})
_DECISION: Final = frozenset({"from", "until", "recorded"})
KEYS: Final[Mapping[str, frozenset[str]]] = {
    "declared": frozenset({"temperature", "symptoms", "contact", "stays", "by", "residence", "id"}),
    "confirmed": frozenset({"declaration"}),
    "contested": frozenset({"declaration"}),
    "check_ins": frozenset({"temperature", "symptoms", "hour"}),
    "trip": frozenset({"area", "since", "until"}),
    "listed": _LISTING,
    "changed": _LISTING,
    "withdrawn": _LISTING,
    "tested": frozenset({"sampled", "kind"}),
    "area": frozenset({"level", "from", "until"}),
    "decided": _DECISION,
    "exempted": _DECISION,
}
"""The word that says what kind of fact it is, and what else it may say; `arrives` goes with each."""

Fact: TypeAlias = Mapping[str, Any]
Clock: TypeAlias = Callable[[Any], datetime]


class CaseError(ValueError):
    """A case cannot be read; the text says what to write."""


def time_of(value: object, zone: tzinfo) -> datetime:
    """A time as the tables write it, `2020-02-11 10:00`, or with seconds. Raises CaseError."""
    text = str(value)
    shape = "%Y-%m-%d %H:%M:%S" if text.count(":") > 1 else "%Y-%m-%d %H:%M"
    try:
        return datetime.strptime(text, shape).replace(tzinfo=zone)
    except ValueError:
        raise CaseError(f"{text!r} is no time: write it as 2020-02-11 10:00, in the region's own zone") from None


def kind_of(fact: object) -> str:
    """What kind of fact it is. Raises CaseError for what is none, and for a word that says nothing there."""
    if not isinstance(fact, dict):
        raise CaseError("a fact is a mapping: write {declared: 2020-02-11 10:00}")
    # A trip names an area too, and a level only the risk of one.
    kind = next((each for each in KEYS if each in fact and (each != "area" or "level" in fact)), None)
    if kind is None:
        raise CaseError(f"this says no fact: begin with one of {', '.join(KEYS)}")
    for word in fact:
        if word not in {kind, "arrives", *KEYS[kind]}:
            near = get_close_matches(str(word), sorted(KEYS[kind]), n=1)
            raise CaseError(f"{word!r} says nothing beside {kind!r}: " + (f"write {near[0]!r}" if near else "drop it"))
    return kind


def events_of(fact: Fact, number: int, zone: tzinfo) -> list[Event]:
    """The events that a fact stands for, none for the level of an area. Raises CaseError."""
    kind = kind_of(fact)
    if kind == "area":
        return []

    def time(value: Any) -> datetime:
        return time_of(value, zone)

    try:
        return list(_MADE[kind](fact, number, time))
    except KeyError as missing:
        raise CaseError(f"{kind!r} needs {missing.args[0]!r} beside it") from None
    except CaseError:
        raise
    except (ValueError, TypeError) as fault:
        raise CaseError(str(fault)) from None


def _declared(fact: Fact, _: int, time: Clock) -> Iterator[Event]:
    yield DeclarationAccepted(
        id=fact.get("id", "d1"),
        subject=SUBJECT,
        at=time(fact["declared"]),
        attestation=Attestation(fact.get("by", "self")),
        residence=str(fact.get("residence", HOME)),
        temperature=fact.get("temperature"),
        symptoms=tuple(Symptom(each) for each in fact.get("symptoms", ())),
        contact=fact.get("contact", False),
        stays=tuple(_stay(*each) for each in fact.get("stays", ())),
    )


def _stay(place: str, since: date, until: date) -> Stay:
    if str(place).isalpha():
        return Stay(country=place, since=since, until=until)
    return Stay(area=str(place), since=since, until=until)


def _answered(fact: Fact, number: int, time: Clock) -> Iterator[Event]:
    agreed = "confirmed" in fact
    yield DeclarationConfirmed(
        id=f"a{number}",
        subject=SUBJECT,
        at=time(fact["confirmed" if agreed else "contested"]),
        declaration=fact.get("declaration", "d1"),
        agreed=agreed,
    )


def _checked_in(fact: Fact, number: int, time: Clock) -> Iterator[Event]:
    first, last = fact["check_ins"]
    for day in range((last - first).days + 1):
        on = first + timedelta(days=day)
        yield CheckInAccepted(
            id=f"c{number}.{day}",
            subject=SUBJECT,
            at=time(f"{on} {fact.get('hour', 12):02}:00"),
            day=on,
            attestation=Attestation.SELF,
            temperature=fact.get("temperature", 36.5),
            symptoms=tuple(Symptom(each) for each in fact.get("symptoms", ())),
        )


def _trip(fact: Fact, number: int, time: Clock) -> Iterator[Event]:
    area = str(fact["area"])
    yield TripDeclared(
        id=f"j{number}",
        subject=SUBJECT,
        at=time(fact["trip"]),
        attestation=Attestation.SELF,
        destination=area[:2] + "0000",
        area=area,
        since=fact["since"],
        until=fact.get("until"),
    )


def _listing(fact: Fact, _: int, time: Clock) -> Iterator[Event]:
    kind = next(each for each in REVISIONS if each in fact)
    entry, since = fact.get("entry", "e1"), time(fact["from"])
    yield ListingRecorded(
        id=f"{entry}.{REVISIONS[kind]}",
        subject=SUBJECT,
        entry=entry,
        revision=REVISIONS[kind],
        category=Category(fact[kind]),
        source=SOURCE,
        evidence=SOURCE,
        valid_from=since,
        valid_until=time(fact["until"]) if "until" in fact else None,
        recorded_at=time(fact["recorded"]) if "recorded" in fact else since,
        withdrawn=kind == "withdrawn",
        origin=fact.get("origin"),
    )


def _tested(fact: Fact, number: int, time: Clock) -> Iterator[Event]:
    when = time(fact["sampled"])
    yield TestRecorded(
        id=f"t{number}.1",
        subject=SUBJECT,
        test=f"t{number}",
        revision=1,
        kind=TestKind(fact.get("kind", "pcr")),
        result=TestResult(fact["tested"]),
        sampled_at=when,
        source=SOURCE,
        evidence=SOURCE,
        recorded_at=when,
    )


def _decision(fact: Fact, _: int, time: Clock) -> Iterator[Event]:
    since = time(fact["from"])
    yield DecisionRecorded(
        id="o1.1",
        subject=SUBJECT,
        decision="o1",
        revision=1,
        color=Color(fact["decided"]) if "decided" in fact else None,
        exempts=tuple(fact.get("exempted", ())),
        source=SOURCE,
        evidence=SOURCE,
        valid_from=since,
        valid_until=time(fact["until"]),
        recorded_at=time(fact["recorded"]) if "recorded" in fact else since,
        reason="decided" if "decided" in fact else "exempted",
    )


_MADE: Final[Mapping[str, Callable[[Fact, int, Clock], Iterator[Event]]]] = {
    "declared": _declared,
    "confirmed": _answered,
    "contested": _answered,
    "check_ins": _checked_in,
    "trip": _trip,
    "listed": _listing,
    "changed": _listing,
    "withdrawn": _listing,
    "tested": _tested,
    "decided": _decision,
    "exempted": _decision,
}
