"""What the audit concludes and what the issuer makes of it."""

from datetime import datetime
from typing import ClassVar, Final

import msgspec

from healthcode.events.base import Event
from healthcode.values import Color, EvidenceClass


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """One condition that ends a rule, and how far along the person is.

    `kind` is a release of the policy vocabulary (`time`, `check_ins`, `tests`, `withdrawal`, `declaration` …);
    `done` of `needed` units are fulfilled; `at` is the earliest time at which it can be, where time alone
    decides.
    """

    kind: str
    needed: int = 1
    done: int = 0
    at: datetime | None = None


class RuleHit(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that holds: which facts hit it, why, until when, and what ends it."""

    rule: str
    color: Color
    reason: str
    facts: tuple[str, ...]
    sources: tuple[str, ...] = ()
    since: datetime
    until: datetime | None = None
    release: tuple[Release, ...] = ()


FINDINGS_IN_BACKGROUND: Final = "findings.background.v1"
"""The second home of findings: of people who did nothing now, and so wait for nothing. See docs/decisions/0020."""


class FindingConcluded(Event, frozen=True, kw_only=True):
    """What the audit concluded of one person.

    Ordered by (`incarnation`, `sequence`) per subject. `causes` are the facts that this review saw for the first time;
    `first_hand` says that no received fact decided it; `reference` is the number of the reference data it was
    made with.
    """

    type: ClassVar[str] = "org.healthcode.finding.concluded.v1"
    topic: ClassVar[str] = "findings.v1"

    subject: str
    incarnation: int
    sequence: int
    color: Color
    act: str
    hits: tuple[RuleHit, ...]
    until: datetime | None = None
    next_review: datetime | None = None
    reviewed_at: datetime
    policy: str
    policy_version: str
    reference: int
    causes: tuple[str, ...] = ()
    evidence: EvidenceClass
    first_hand: bool = True
    residence: str | None = None


class CodeChanged(Event, frozen=True, kw_only=True):
    """A person's code changed. Only the issuer says so.

    Ordered by (`incarnation`, `version`) per subject, each once. `hits` carries reasons, rules, facts and the way out.
    A code that is cancelled because another region's takes its place says so in `moved_to`.
    """

    type: ClassVar[str] = "org.healthcode.code.changed.v1"
    topic: ClassVar[str] = "codes.v1"

    subject: str
    incarnation: int
    version: int
    previous: Color
    color: Color
    act: str
    since: datetime
    until: datetime | None = None
    hits: tuple[RuleHit, ...] = ()
    policy: str
    policy_version: str
    finding: str
    cause: str
    causes: tuple[str, ...] = ()
    evidence: EvidenceClass
    first_hand: bool = True
    residence: str | None = None
    changed_at: datetime
    moved_to: str | None = None


class CodeConfirmed(Event, frozen=True, kw_only=True):
    """What a person did was looked at and changed nothing: the outcome of its `causes` is the code as it stands."""

    type: ClassVar[str] = "org.healthcode.code.confirmed.v1"
    topic: ClassVar[str] = "codes.v1"

    subject: str
    incarnation: int
    version: int
    color: Color
    finding: str
    causes: tuple[str, ...]
    confirmed_at: datetime
