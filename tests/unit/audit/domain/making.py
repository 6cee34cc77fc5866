"""Events of one made-up person, with little to write."""

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

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
from services.audit.domain import Areas, Dossier, Policy, apply, load_policy

ZONE: Final = ZoneInfo("Asia/Shanghai")
SUBJECT: Final = "5b1d8a2f" * 4
NOWHERE: Final = Areas.from_rows(())
REGIONS: Final = Path(__file__).parents[4] / "regions"


def at(day: int, hour: int = 10, minute: int = 0, month: int = 2) -> datetime:
    """A time in 2020, in February unless said otherwise."""
    return datetime(2020, month, day, hour, minute, tzinfo=ZONE)


def on(day: int, month: int = 2) -> date:
    return date(2020, month, day)


def stay(area: str, since: date, until: date) -> Stay:
    return Stay(area=area, since=since, until=until)


def declared(
    when: datetime,
    fact: str = "d1",
    temperature: float | None = None,
    symptoms: tuple[Symptom, ...] = (),
    *,
    contact: bool = False,
    stays: tuple[Stay, ...] = (),
    by: Attestation = Attestation.SELF,
    residence: str = "330106",
) -> DeclarationAccepted:
    return DeclarationAccepted(
        id=fact,
        subject=SUBJECT,
        at=when,
        attestation=by,
        residence=residence,
        temperature=temperature,
        symptoms=symptoms,
        contact=contact,
        stays=stays,
    )


def checked_in(
    day: date,
    temperature: float | None = 36.5,
    symptoms: tuple[Symptom, ...] = (),
    fact: str = "",
    by: Attestation = Attestation.SELF,
    hour: int = 12,
) -> CheckInAccepted:
    when = datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)
    return CheckInAccepted(
        id=fact or f"c{day}",
        subject=SUBJECT,
        at=when,
        day=day,
        attestation=by,
        temperature=temperature,
        symptoms=symptoms,
    )


def listed(
    category: Category, since: datetime, until: datetime | None = None, entry: str = "e1", **more: Any
) -> ListingRecorded:
    revision = more.pop("revision", 1)
    fields: dict[str, Any] = {"recorded_at": since, "withdrawn": False, **more}
    return ListingRecorded(
        id=f"{entry}.{revision}",
        subject=SUBJECT,
        entry=entry,
        revision=revision,
        category=category,
        source="cdc-330100",
        evidence="case 17",
        valid_from=since,
        valid_until=until,
        **fields,
    )


def decided(
    since: datetime,
    until: datetime,
    color: Color | None = None,
    exempts: tuple[str, ...] = (),
    decision: str = "o1",
    **more: Any,
) -> DecisionRecorded:
    revision = more.pop("revision", 1)
    fields: dict[str, Any] = {"recorded_at": since, "reason": "decided" if color else "exempted", **more}
    return DecisionRecorded(
        id=f"{decision}.{revision}",
        subject=SUBJECT,
        decision=decision,
        revision=revision,
        color=color,
        exempts=exempts,
        source="cdc-330100",
        evidence="minutes 4",
        valid_from=since,
        valid_until=until,
        **fields,
    )


def sampled(
    when: datetime,
    result: TestResult = TestResult.NEGATIVE,
    test: str = "t1",
    kind: TestKind = TestKind.PCR,
    origin: str | None = None,
) -> TestRecorded:
    return TestRecorded(
        id=f"{test}.1",
        subject=SUBJECT,
        test=test,
        revision=1,
        kind=kind,
        result=result,
        sampled_at=when,
        source="lab-1",
        evidence="report",
        recorded_at=when,
        origin=origin,
    )


def trip(
    when: datetime, area: str, since: date, until: date | None, fact: str = "j1", by: Attestation = Attestation.SELF
) -> TripDeclared:
    return TripDeclared(
        id=fact,
        subject=SUBJECT,
        at=when,
        attestation=by,
        destination=area[:2] + "0000",
        area=area,
        since=since,
        until=until,
    )


def answered(when: datetime, declaration: str, *, agreed: bool = True, fact: str = "a1") -> DeclarationConfirmed:
    return DeclarationConfirmed(id=fact, subject=SUBJECT, at=when, declaration=declaration, agreed=agreed)


def dossier(events: Iterable[Event]) -> Dossier:
    """The dossier that some events make."""
    made = Dossier.empty(SUBJECT)
    for event in events:
        made, _ = apply(made, event)
    return made


def policy(region: str) -> Policy:
    """The pack of a region of 2020-02-11."""
    path = REGIONS / region / "policy" / "2020-02-11.yaml"
    return load_policy(path.read_text("utf-8"), path.name)


PACK: Final = """\
policy: sample
version: 2020-02-11
effective: 2020-02-11T00:00:00+08:00
colors:
  pending: {act: declare, text: {zh: 申报, en: declare}}
  green: {act: may_enter, text: {zh: 通行, en: may enter}}
  yellow: {act: home_isolation, text: {zh: 隔离, en: isolate}}
  red: {act: central_isolation, text: {zh: 隔离, en: isolate}}
rules:
"""


def policy_of(*rules: str, head: str = "") -> Policy:
    """A policy of rules, each a YAML mapping in one line."""
    return load_policy(head + PACK + "".join(f"  - {rule}\n" for rule in rules), "sample.yaml")
