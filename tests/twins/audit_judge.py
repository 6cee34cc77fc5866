"""A small policy to review by, and the events of one person."""

from datetime import timedelta
from itertools import count
from zoneinfo import ZoneInfo

from healthcode.events import DeclarationAccepted, ListingRecorded, Stay
from healthcode.values import Attestation, Category, Symptom
from services.audit.domain import PolicySet, load_policy
from services.audit.handlers.review import Judge
from tests.twins.audit_behaviour import DAY, NOW

PACK = """
policy: small
version: {version}
effective: {effective}
colors:
  pending: {{act: declare, text: {{zh: 待申报, en: declare}}}}
  green: {{act: may_enter, text: {{zh: 通行, en: enter}}}}
  yellow: {{act: home_isolation, text: {{zh: 居家, en: stay at home}}}}
  red: {{act: central_isolation, text: {{zh: 集中, en: be isolated}}}}
rules:
  - id: R1
    when: {{listed: {{category: [confirmed, close_contact]}}}}
    color: red
    hold: {{days: 14, from: listed_at}}
    reason: listed
  - id: R2
    when: {{stayed: {{level: [high], within_days: 14}}}}
    color: yellow
    hold: {{days: 7, from: left_at}}
    reason: stayed
  - id: R3
    when: {{symptom: {{any_of: [fever]}}}}
    color: {fever}
    hold: {{days: 7, from: declared_at}}
    reason: fever
"""

_numbers = count()


def ids() -> str:
    """Another id each time."""
    return f"id{next(_numbers):030}"


def judge(*later: str) -> Judge:
    """A judge with the small policy, and a stricter one from each of the later times on."""
    texts = [PACK.format(version="one", effective="2020-02-01T00:00:00+08:00", fever="yellow")]
    texts += [PACK.format(version=f"v{n}", effective=time, fever="red") for n, time in enumerate(later)]
    policies = [load_policy(text, f"{n}.yaml") for n, text in enumerate(texts)]
    return Judge(PolicySet(policies), ZoneInfo("Asia/Shanghai"), ids)


def declared(
    number: int = 1, subject: str = "s1", *, fever: bool = False, area: str | None = None
) -> DeclarationAccepted:
    """A person's own declaration."""
    today = NOW.date()
    return DeclarationAccepted(
        id=f"{number:032x}",
        subject=subject,
        at=NOW,
        attestation=Attestation.SELF,
        residence="330106",
        symptoms=(Symptom.FEVER,) if fever else (),
        stays=(Stay(area=area, since=today - 2 * DAY, until=today - DAY),) if area else (),
    )


def listed(revision: int = 1, subject: str = "s1", *, withdrawn: bool = False) -> ListingRecorded:
    """A person is on a control list."""
    return ListingRecorded(
        id=f"e1.{revision}",
        subject=subject,
        entry="e1",
        revision=revision,
        category=Category.CLOSE_CONTACT,
        source="cdc-330100",
        evidence="case 17",
        valid_from=NOW - timedelta(hours=1),
        recorded_at=NOW,
        withdrawn=withdrawn,
    )
