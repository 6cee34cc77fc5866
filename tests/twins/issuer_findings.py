"""Findings for tests of the issuer."""

import itertools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from healthcode.events import FindingConcluded, Release, RuleHit
from healthcode.values import Color, EvidenceClass
from services.issuer.domain import Lifetime

NOW = datetime(2020, 2, 11, 4, tzinfo=UTC)
DAY = timedelta(days=1)
LIFETIME = Lifetime(30, ZoneInfo("Asia/Shanghai"))
ALICE = "alicealicealicealicealice2"
BOB = "bobbobbobbobbobbobbobbob22"
ACTS = {Color.PENDING: "declare", Color.GREEN: "may_enter", Color.YELLOW: "health_monitoring"}

_numbers = itertools.count(1)


def finding(color: Color, sequence: int = 1, subject: str = ALICE, **more: object) -> FindingConcluded:
    """A finding; until and hits follow from the color unless given."""
    strict = color in (Color.YELLOW, Color.RED)
    release = Release(kind="check_ins", needed=14, done=0)
    hit = RuleHit(
        rule=f"ZJ-{color.value}", color=color, reason=color.value, facts=("f1",), since=NOW, release=(release,)
    )
    fields: dict[str, object] = {
        "id": f"finding-{next(_numbers)}",
        "subject": subject,
        "incarnation": 1,
        "sequence": sequence,
        "color": color,
        "act": ACTS.get(color, "home_isolation"),
        "hits": (hit,) if strict else (),
        "until": NOW + 14 * DAY if strict else None,
        "reviewed_at": NOW,
        "policy": "hangzhou",
        "policy_version": "2020-02-11",
        "reference": 1,
        "evidence": EvidenceClass.LISTED if strict else EvidenceClass.SELF_REPORTED,
    }
    return FindingConcluded(**(fields | more))  # type: ignore[arg-type]  # the tests' own keywords
