"""A table of cases: facts and times, and the color, rules, end and releases that follow."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final, NamedTuple, TypeAlias

from healthcode.events import Event, Release
from services.audit.domain.areas import Areas
from services.audit.domain.cases.facts import SUBJECT, CaseError, events_of, kind_of, time_of
from services.audit.domain.dossier import Dossier
from services.audit.domain.finding import Finding
from services.audit.domain.gather import apply
from services.audit.domain.policy.policy import Policy
from services.audit.domain.review import review

Place: TypeAlias = tuple[str | int, ...]
Case: TypeAlias = Mapping[str, Any]
NEEDED: Final = ("name", "facts", "then")


@dataclass(frozen=True)
class Look:
    """One line of a case: a dossier as it was known at a time, and what the table says of it."""

    case: str
    now: datetime
    known: Dossier
    areas: Areas
    expected: dict[str, Any]


class Fault(NamedTuple):
    """What is wrong with a table, and where."""

    place: Place
    what: str


def expanded(case: Case) -> list[dict[str, Any]]:
    """One case for each value of its `for`; in the facts the word `each` stands for it."""

    def filled(part: Any, value: str) -> Any:
        if isinstance(part, dict):
            return {key: filled(each, value) for key, each in part.items()}
        if isinstance(part, list):
            return [filled(each, value) for each in part]
        return value if part == "each" else part

    if "for" not in case:
        return [dict(case)]
    return [
        {**case, "name": f"{case['name']} ({value})", "facts": filled(case["facts"], value)} for value in case["for"]
    ]


def looks_of(case: Case, zone: tzinfo) -> Iterator[Look]:
    """The lines of a case, with the dossiers as they were known then. Raises CaseError."""
    areas, facts = situation(case, zone)
    for line in case["then"]:
        now = time_of(line["at"], zone)
        yield Look(case["name"], now, _dossier(event for at, event in facts if at <= now), areas, line)


def situation(case: Case, zone: tzinfo) -> tuple[Areas, list[tuple[datetime, Event]]]:
    """The areas of a case, and its events in the order of the table, each with the time at which it is known.

    Raises CaseError.
    """
    levels = []
    events: list[tuple[datetime, Event]] = []
    for number, fact in enumerate(case["facts"]):
        if kind_of(fact) == "area":
            until = time_of(fact["until"], zone) if "until" in fact else None
            levels.append((str(fact["area"]), fact["level"], time_of(fact.get("from"), zone), until))
        for event in events_of(fact, number, zone):
            known = getattr(event, "recorded_at", None) or event.at  # type: ignore[attr-defined]  # every other has it
            events.append((time_of(fact["arrives"], zone) if "arrives" in fact else known, event))
    return Areas.from_rows(levels), events


def judged(look: Look, policy: Policy, zone: tzinfo) -> dict[str, Any]:
    """What a policy makes of a line, as a table writes it."""
    return _outcome(review(look.known, look.areas, policy, look.now, zone), zone)


def expected(look: Look) -> dict[str, Any]:
    """What a line of a table says, as `judged` would."""
    told = {name: value for name, value in look.expected.items() if name != "at"}
    return {**told, "until": str(told["until"])} if "until" in told else told


def faults(cases: object, policy: Policy, zone: tzinfo) -> list[Fault]:
    """Everything in a parsed table that cannot be read, or that the policy does not do; and rules without a case."""
    if not isinstance(cases, list) or not cases:
        return [Fault((), "a table is a list of cases: see docs/policy.md")]
    found: list[Fault] = []
    told: set[str] = set()
    for number, case in enumerate(cases):
        if missing := [each for each in NEEDED if not isinstance(case, dict) or each not in case]:
            found.append(Fault((number,), f"a case needs {', '.join(missing)}"))
            continue
        told |= {rule for line in _lines(case) for rule in line.get("rules", ())}
        found += _case_faults(number, case, policy, zone)
    lacking = [rule.id for rule in policy.pack.rules if rule.id not in told]
    return found + [Fault((), f"no case shows rule {rule}: write one in which it decides") for rule in lacking]


def _lines(case: Case) -> Sequence[Mapping[str, Any]]:
    return [line for line in case["then"] if isinstance(line, dict)]


def _case_faults(number: int, case: Case, policy: Policy, zone: tzinfo) -> Iterator[Fault]:
    for index, fact in enumerate(case["facts"]):
        try:
            situation({"facts": [example["facts"][index] for example in expanded(case)]}, zone)
        except (CaseError, ValueError, KeyError, TypeError) as fault:
            yield Fault((number, "facts", index), _said(fault, fact))
            return
    seen: set[int] = set()
    for example in expanded(case):
        for index, line in enumerate(case["then"]):
            try:
                (look,) = looks_of({**example, "then": [line]}, zone)
                right = judged(look, policy, zone)
            except (CaseError, ValueError, KeyError, TypeError) as fault:
                yield Fault((number, "then", index), _said(fault, line))
                return
            if right != expected(look) and index not in seen:
                seen.add(index)
                yield Fault((number, "then", index), f"{example['name']}: the pack gives {_written(right)}: {ADVICE}")


ADVICE: Final = "write that if it is what the rules mean, or mend the pack"


def _said(fault: Exception, part: object) -> str:
    if isinstance(fault, KeyError):
        return f"{fault.args[0]!r} is missing in {part}: add it"
    return str(fault)


def _written(outcome: Mapping[str, Any]) -> str:
    """As a line of a table."""

    def text(value: object) -> str:
        return f"[{', '.join(map(str, value))}]" if isinstance(value, list) else str(value)

    return "{" + ", ".join(f"{name}: {text(value)}" for name, value in outcome.items()) + "}"


def _outcome(finding: Finding, zone: tzinfo) -> dict[str, Any]:
    told: dict[str, Any] = {"color": finding.color.value, "rules": [hit.rule for hit in finding.hits]}
    if finding.until is not None:
        until = finding.until.astimezone(zone)
        told["until"] = until.strftime("%Y-%m-%d %H:%M:%S" if until.second else "%Y-%m-%d %H:%M")
    release = [_release(each) for hit in finding.hits if hit.color is finding.color for each in hit.release]
    return {**told, "release": release} if release else told


def _release(release: Release) -> str:
    if release.kind in {"check_ins", "tests"}:
        return f"{release.kind} {release.done}/{release.needed}"
    return f"{release.kind} done" if release.done else release.kind


def _dossier(events: Iterator[Event]) -> Dossier:
    made = Dossier.empty(SUBJECT)
    for event in events:
        made, _ = apply(made, event)
    return made
