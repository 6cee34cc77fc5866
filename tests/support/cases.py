"""Tables of cases: facts and times, and the color, rules, end and releases that follow."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml

from healthcode.events import Event, Release, Stay
from healthcode.values import Attestation, Category, Color, Symptom, TestKind, TestResult
from services.audit.domain import Areas, Dossier, Finding, Policy, load_policy, review
from tests.unit.audit.domain import making

REGIONS: Final = Path(__file__).parents[2] / "regions"
KINDS: Final = ("declared", "confirmed", "contested", "check_ins", "tested", "trip", "area")
REVISIONS: Final = {"listed": 1, "changed": 2, "withdrawn": 3}
DECISIONS: Final = ("decided", "exempted")


@dataclass(frozen=True)
class Table:
    """A pack with its cases. `zone` is the region's."""

    pack: Path
    cases: list[dict[str, Any]]
    zone: ZoneInfo

    @property
    def name(self) -> str:
        return f"{self.pack.parent.parent.name}/{self.pack.stem}"

    @cached_property
    def policy(self) -> Policy:
        return load_policy(self.pack.read_text("utf-8"), self.pack.name)


@dataclass(frozen=True)
class Look:
    """One line of a case: a dossier as it was known at a time, and what the table says of it."""

    case: str
    now: datetime
    known: Dossier
    areas: Areas
    expected: dict[str, Any]


def table(pack: Path) -> Table:
    """The table beside a pack: in `cases` beside its folder, under the same name."""
    folder = pack.parent.parent
    region = yaml.safe_load((folder / "region.yaml").read_text("utf-8"))
    cases = yaml.safe_load((folder / "cases" / pack.name).read_text("utf-8"))
    return Table(pack, [each for case in cases for each in expanded(case)], ZoneInfo(region["timezone"]))


def expanded(case: dict[str, Any]) -> list[dict[str, Any]]:
    """One case for each value of its `for`; in the facts the word `each` stands for it."""

    def filled(part: Any, value: str) -> Any:
        if isinstance(part, dict):
            return {key: filled(each, value) for key, each in part.items()}
        if isinstance(part, list):
            return [filled(each, value) for each in part]
        return value if part == "each" else part

    return (
        [{**case, "name": f"{case['name']} ({value})", "facts": filled(case["facts"], value)} for value in case["for"]]
        if "for" in case
        else [case]
    )


def tables() -> list[Table]:
    """Those of all regions."""
    return [table(pack) for pack in sorted(REGIONS.glob("*/policy/*.yaml"))]


def time_of(value: str | datetime | date, zone: ZoneInfo) -> datetime:
    """A time as the tables write it, `2020-02-11 10:00`, or with seconds."""
    text = str(value)
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S" if text.count(":") > 1 else "%Y-%m-%d %H:%M").replace(
        tzinfo=zone
    )


def looks(of: Table) -> list[Look]:
    """All lines of a table, with their dossiers."""
    return [look for case in of.cases for look in looks_of(case, of.zone)]


def looks_of(case: dict[str, Any], zone: ZoneInfo) -> Iterator[Look]:
    areas, facts = situation(case, zone)
    for expected in case["then"]:
        now = time_of(expected["at"], zone)
        known = making.dossier(event for at, event in facts if at <= now)
        yield Look(case["name"], now, known, areas, expected)


def situation(case: dict[str, Any], zone: ZoneInfo) -> tuple[Areas, list[tuple[datetime, Event]]]:
    """The areas of a case, and its events in the order of the table, each with the time at which it is known."""

    def time(value: Any) -> datetime:
        return time_of(value, zone)

    levels = [
        (fact["area"], fact["level"], time(fact["from"]), time(fact["until"]) if "until" in fact else None)
        for fact in case["facts"]
        if "level" in fact
    ]
    events: list[tuple[datetime, Event]] = []
    for number, fact in enumerate(case["facts"]):
        for event in _events(fact, number, time):
            known = getattr(event, "recorded_at", None) or event.at  # type: ignore[attr-defined]  # every other has it
            events.append((time(fact["arrives"]) if "arrives" in fact else known, event))
    return Areas.from_rows(levels), events


def outcome(finding: Finding, zone: ZoneInfo) -> dict[str, Any]:
    """A finding as a table writes it."""
    told: dict[str, Any] = {"color": finding.color.value, "rules": [hit.rule for hit in finding.hits]}
    if finding.until is not None:
        until = finding.until.astimezone(zone)
        told["until"] = until.strftime("%Y-%m-%d %H:%M:%S" if until.second else "%Y-%m-%d %H:%M")
    release = [_release(each) for hit in finding.hits if hit.color is finding.color for each in hit.release]
    return {**told, "release": release} if release else told


def expected(look: Look) -> dict[str, Any]:
    """What a line of a table says, as `outcome` would."""
    told = {name: value for name, value in look.expected.items() if name != "at"}
    return {**told, "until": str(told["until"])} if "until" in told else told


def judged(look: Look, policy: Policy, zone: ZoneInfo) -> dict[str, Any]:
    """What a policy makes of a line."""
    return outcome(review(look.known, look.areas, policy, look.now, zone), zone)


def _release(release: Release) -> str:
    if release.kind in {"check_ins", "tests"}:
        return f"{release.kind} {release.done}/{release.needed}"
    return f"{release.kind} done" if release.done else release.kind


def _events(fact: dict[str, Any], number: int, time: Callable[[Any], datetime]) -> Iterator[Event]:
    kind = next(each for each in (*KINDS, *REVISIONS, *DECISIONS) if each in fact)
    if kind in REVISIONS:
        yield _listing(fact, kind, time)
    elif kind in DECISIONS:
        yield making.decided(
            time(fact["from"]),
            time(fact["until"]),
            Color(fact[kind]) if kind == "decided" else None,
            tuple(fact[kind]) if kind == "exempted" else (),
            recorded_at=time(fact.get("recorded", fact["from"])),
        )
    elif kind != "area":
        yield from _STATED[kind](fact, number, time)


def _listing(fact: dict[str, Any], kind: str, time: Callable[[Any], datetime]) -> Event:
    since = time(fact["from"])
    return making.listed(
        Category(fact[kind]),
        since,
        time(fact["until"]) if "until" in fact else None,
        fact.get("entry", "e1"),
        revision=REVISIONS[kind],
        recorded_at=time(fact["recorded"]) if "recorded" in fact else since,
        withdrawn=kind == "withdrawn",
        origin=fact.get("origin"),
    )


def _declared(fact: dict[str, Any], _: int, time: Callable[[Any], datetime]) -> Iterator[Event]:
    yield making.declared(
        time(fact["declared"]),
        fact.get("id", "d1"),
        fact.get("temperature"),
        tuple(Symptom(each) for each in fact.get("symptoms", ())),
        contact=fact.get("contact", False),
        stays=tuple(_stay(*each) for each in fact.get("stays", ())),
        by=Attestation(fact.get("by", "self")),
        residence=fact.get("residence", "330106"),
    )


def _stay(place: str, since: date, until: date) -> Stay:
    return Stay(country=place, since=since, until=until) if place.isalpha() else making.stay(place, since, until)


def _checked_in(fact: dict[str, Any], number: int, _: Callable[[Any], datetime]) -> Iterator[Event]:
    first, last = fact["check_ins"]
    for day in range((last - first).days + 1):
        yield making.checked_in(
            first + timedelta(days=day),
            fact.get("temperature", 36.5),
            tuple(Symptom(each) for each in fact.get("symptoms", ())),
            f"c{number}.{day}",
            hour=fact.get("hour", 12),
        )


def _tested(fact: dict[str, Any], number: int, time: Callable[[Any], datetime]) -> Iterator[Event]:
    when = time(fact["sampled"])
    made = making.sampled(when, TestResult(fact["tested"]), f"t{number}", TestKind(fact.get("kind", "pcr")))
    yield made


def _trip(fact: dict[str, Any], number: int, time: Callable[[Any], datetime]) -> Iterator[Event]:
    yield making.trip(time(fact["trip"]), fact["area"], fact["since"], fact.get("until"), f"j{number}")


def _answered(fact: dict[str, Any], number: int, time: Callable[[Any], datetime]) -> Iterator[Event]:
    agreed = "confirmed" in fact
    when = time(fact["confirmed" if agreed else "contested"])
    yield making.answered(when, fact.get("declaration", "d1"), agreed=agreed, fact=f"a{number}")


_STATED: Final[Mapping[str, Callable[[dict[str, Any], int, Callable[[Any], datetime]], Iterator[Event]]]] = {
    "declared": _declared,
    "confirmed": _answered,
    "contested": _answered,
    "check_ins": _checked_in,
    "tested": _tested,
    "trip": _trip,
}
