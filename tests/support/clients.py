"""Clients that apply to use codes: the bodies that are sent, and the events that are read."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from healthcode.events import CodeChanged
from healthcode.values import Color, EvidenceClass

WHY: Final = "核验该公司用工场所，见申请材料〔2020〕8号"
APPLICATION: Final = {
    "name": "西湖写字楼门禁",
    "contact": "gate@example.com",
    "purpose": "核验进入办公楼人员的健康码，不留存个人信息",
    "scopes": ["codes.verify", "codes.read", "codes.follow"],
}


def terms(**changes: Any) -> dict[str, Any]:
    """The body of a proposal."""
    end = datetime.now(UTC) + timedelta(days=30)
    plain = {"scopes": APPLICATION["scopes"], "per_day": 1000, "per_second": 100, "expires_at": end.isoformat()}
    return {**plain, "why": WHY, **changes}


def changed_code(subject: str, version: int, color: Color, **changes: Any) -> CodeChanged:
    """A change of a code as the issuer says it."""
    now = datetime.now(UTC)
    plain: dict[str, Any] = {
        "id": f"{subject}-{version}",
        "subject": subject,
        "incarnation": 1,
        "version": version,
        "previous": Color.PENDING,
        "color": color,
        "act": "may_enter" if color is Color.GREEN else "home_isolation",
        "since": now,
        "policy": "hangzhou",
        "policy_version": "2020-02-11",
        "finding": "f-1",
        "cause": "declaration",
        "evidence": EvidenceClass.NONE,
        "changed_at": now,
    }
    return CodeChanged(**{**plain, **changes})
