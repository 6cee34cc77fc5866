"""The state machine of a code: pending → green, yellow, red → expired (grey) → cancelled."""

from datetime import datetime
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from healthcode.areas import UnknownArea, contains
from healthcode.events import CodeChanged, CodeConfirmed, FindingConcluded
from healthcode.values import Act, Color, EvidenceClass
from services.issuer.domain.cause import Cause, cause_of
from services.issuer.domain.lifetime import Lifetime

# What a finding may conclude. Grey and cancelled are the issuer's own words: no judgement stands.
JUDGED: Final = frozenset({Color.PENDING, Color.GREEN, Color.YELLOW, Color.RED})


class Code(msgspec.Struct, frozen=True):
    """A code: what was last published of it, the finding that it has seen last, and when it expires."""

    state: CodeChanged
    finding_incarnation: int
    finding_sequence: int
    expires_at: datetime | None

    @property
    def subject(self) -> str:
        """Whose it is."""
        return self.state.subject


class Outcome(NamedTuple):
    """What becomes of a code, and what there is to publish."""

    code: Code
    event: CodeChanged | CodeConfirmed | None = None


class Stamp(NamedTuple):
    """What a change gets from outside: the id of its event, the issuer's incarnation, the time."""

    id: str
    incarnation: int
    now: datetime


def conclude(code: Code | None, finding: FindingConcluded, stamp: Stamp, lifetime: Lifetime) -> Outcome:
    """The code after a finding.

    A finding that is not above the last one by (incarnation, sequence) never changes the code; the same one again is a
    repetition and says nothing, an older one that comes late still gets its causes answered, by the code as it stands.
    A cancelled code comes back only with new facts: a rule that runs out does not revive it. One that has moved to
    another region comes back only when the person lives elsewhere.
    """
    if code is None:
        return _change(None, finding, stamp, lifetime)
    seen = (code.finding_incarnation, code.finding_sequence)
    number = (finding.incarnation, finding.sequence)
    if number <= seen:
        return Outcome(code, None if number == seen else _confirmation(code, finding, stamp))
    if code.state.color is Color.CANCELLED and not finding.causes:
        return Outcome(_seen(code, finding, None))
    if code.state.moved_to is not None and _lives_in(code.state.moved_to, finding.residence):
        return Outcome(_seen(code, finding, None), _confirmation(code, finding, stamp))
    if _visible(code.state) == (finding.color, finding.act, finding.until, finding.hits):
        expires_at = lifetime.ends(finding.reviewed_at, finding.until)
        return Outcome(_seen(code, finding, expires_at), _confirmation(code, finding, stamp))
    return _change(code.state, finding, stamp, lifetime)


def expire(code: Code, stamp: Stamp) -> Outcome:
    """The code with its time run out: grey, until the person declares again."""
    return _end(code, Color.GREY, Cause.EXPIRED, stamp)


def cancel(code: Code, stamp: Stamp) -> Outcome:
    """The code cancelled; one that is already stays as it is, and there is nothing to publish."""
    if code.state.color is Color.CANCELLED:
        return Outcome(code)
    return _end(code, Color.CANCELLED, Cause.CANCELLED, stamp)


def move(code: Code, region: str, stamp: Stamp) -> Outcome:
    """The code cancelled, for the person's region has one of its own; one that has moved there already stays so."""
    if code.state.moved_to == region:
        return Outcome(code)
    ended = _end(code, Color.CANCELLED, Cause.MOVED, stamp)
    moved = replace(ended.code.state, moved_to=region)
    return Outcome(replace(ended.code, state=moved), moved)


def _lives_in(region: str, residence: str | None) -> bool:
    """Whether somebody who has moved with their region still lives there, as far as anybody knows."""
    try:
        return residence is None or contains(region, residence)
    except UnknownArea:
        return True


def _visible(state: CodeChanged) -> tuple[object, ...]:
    return (state.color, state.act, state.until, state.hits)


def _seen(code: Code, finding: FindingConcluded, expires_at: datetime | None) -> Code:
    return Code(code.state, finding.incarnation, finding.sequence, expires_at)


def _change(before: CodeChanged | None, finding: FindingConcluded, stamp: Stamp, lifetime: Lifetime) -> Outcome:
    same_color = before is not None and before.color is finding.color
    state = CodeChanged(
        id=stamp.id,
        subject=finding.subject,
        incarnation=stamp.incarnation,
        version=1 if before is None else before.version + 1,
        previous=Color.PENDING if before is None else before.color,
        color=finding.color,
        act=finding.act,
        since=before.since if before is not None and same_color else finding.reviewed_at,
        until=finding.until,
        hits=finding.hits,
        policy=finding.policy,
        policy_version=finding.policy_version,
        finding=finding.id,
        cause=cause_of(before, finding),
        causes=finding.causes,
        evidence=finding.evidence,
        first_hand=finding.first_hand,
        residence=finding.residence,
        changed_at=stamp.now,
    )
    expires_at = lifetime.ends(finding.reviewed_at, finding.until)
    return Outcome(Code(state, finding.incarnation, finding.sequence, expires_at), state)


def _confirmation(code: Code, finding: FindingConcluded, stamp: Stamp) -> CodeConfirmed | None:
    if not finding.causes:
        return None
    return CodeConfirmed(
        id=stamp.id,
        subject=code.subject,
        incarnation=code.state.incarnation,
        version=code.state.version,
        color=code.state.color,
        finding=finding.id,
        causes=finding.causes,
        confirmed_at=stamp.now,
    )


def _end(code: Code, color: Color, cause: Cause, stamp: Stamp) -> Outcome:
    before = code.state
    state = replace(
        before,
        id=stamp.id,
        incarnation=stamp.incarnation,
        version=before.version + 1,
        previous=before.color,
        color=color,
        act=Act.DECLARE.value,
        since=stamp.now,
        until=None,
        hits=(),
        cause=cause,
        causes=(),
        evidence=EvidenceClass.NONE,
        changed_at=stamp.now,
    )
    return Outcome(Code(state, code.finding_incarnation, code.finding_sequence, None), state)
