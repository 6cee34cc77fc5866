"""Events for tests of oversight."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from healthcode.events import AreaLevelRecorded, CodeChanged, CodeConfirmed, FindingConcluded, ListingRecorded, RuleHit
from healthcode.values import Category, Color, EvidenceClass, Level

NOW = datetime(2020, 2, 11, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SUBJECT = "alicealicealicealicealice2"

_numbers = itertools.count(1)


def hit(rule: str = "listed", color: Color = Color.RED, source: str = "市疾控中心", reason: str = "listed") -> RuleHit:
    return RuleHit(rule=rule, color=color, reason=reason, facts=("f",), sources=(source, "self"), since=NOW)


def changed(previous: Color, color: Color, at: datetime = NOW, **more: Any) -> CodeChanged:
    """A code changed; by the rule `listed` of the city's centre unless said otherwise."""
    number = next(_numbers)
    fields: dict[str, Any] = {
        "id": f"c{number}", "subject": SUBJECT, "incarnation": 1, "version": 1 if previous is Color.PENDING else 2,
        "previous": previous, "color": color, "act": "home_isolation", "since": at, "hits": (hit(color=color),),
        "policy": "p", "policy_version": "1", "finding": f"f{number}", "cause": "listing",
        "evidence": EvidenceClass.LISTED, "residence": "330106", "changed_at": at,
    }  # fmt: skip
    return CodeChanged(**(fields | more))


def confirmed(at: datetime = NOW) -> CodeConfirmed:
    return CodeConfirmed(
        id=f"c{next(_numbers)}", subject=SUBJECT, incarnation=1, version=1, color=Color.GREEN, finding="f",
        causes=("d",), confirmed_at=at,
    )  # fmt: skip


def finding(rule: str, at: datetime = NOW, **more: Any) -> FindingConcluded:
    fields: dict[str, Any] = {
        "id": f"f{next(_numbers)}", "subject": SUBJECT, "incarnation": 1, "sequence": 1, "color": Color.RED,
        "act": "home_isolation", "hits": (hit(rule),), "reviewed_at": at, "policy": "p", "policy_version": "1",
        "reference": 1, "evidence": EvidenceClass.LISTED, "residence": "330106",
    }  # fmt: skip
    return FindingConcluded(**(fields | more))


def listing(at: datetime = NOW, source: str = "市疾控中心") -> ListingRecorded:
    return ListingRecorded(
        id=f"l{next(_numbers)}.1", subject=SUBJECT, entry="l", revision=1, category=Category.CLOSE_CONTACT,
        source=source, evidence="e", valid_from=at, recorded_at=at,
    )  # fmt: skip


def area_level(at: datetime = NOW, source: str = "省卫健委") -> AreaLevelRecorded:
    return AreaLevelRecorded(
        id=f"a{next(_numbers)}.1", area="330106", entry="a", revision=1, level=Level.HIGH, source=source, evidence="e",
        valid_from=at, recorded_at=at, reference=1,
    )  # fmt: skip
