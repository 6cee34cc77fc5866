"""The findings on record of a person as a list: what was concluded when, and so for which times to ask why."""

from datetime import datetime

from pydantic import BaseModel, Field

from healthcode.values import Color, Lang, label
from services.audit.api.texts import Reasons
from services.audit.handlers.finding import past
from services.audit.ports.history import HistoryStore

MOST = 100


class PastOut(BaseModel):
    """A finding on record. It stood from `reviewed_at` until the next one's."""

    sequence: int
    reviewed_at: datetime
    color: Color
    color_label: str
    policy: str
    policy_version: str
    rules: list[str] = Field(description="those that held, the strictest first")
    texts: list[str] = Field(description="their reasons")


class PastPage(BaseModel):
    """A page of them, the latest first; `next` is the cursor of the following page."""

    findings: list[PastOut]
    next: int | None


async def past_page(
    store: HistoryStore, reasons: Reasons, subject: str, cursor: int | None, limit: int, lang: Lang
) -> PastPage:
    """A page of what is on record of a person."""
    found = await past(store, subject, cursor, limit + 1)
    findings = [
        PastOut(
            sequence=recorded.sequence,
            reviewed_at=recorded.reviewed_at,
            color=finding.color,
            color_label=label(finding.color, lang),
            policy=finding.policy,
            policy_version=finding.policy_version,
            rules=[hit.rule for hit in finding.hits],
            texts=[reasons.text(hit.reason, lang) for hit in finding.hits],
        )
        for recorded, finding in found[:limit]
    ]
    return PastPage(findings=findings, next=findings[-1].sequence if len(found) > limit else None)
