"""A finding as it is kept: all of it in few bytes, so that one can be kept for every change."""

from datetime import datetime

import msgspec

from healthcode.events import Release, RuleHit
from healthcode.values import Color, EvidenceClass
from services.audit.domain.facts import Id, pack_id, unpack_id
from services.audit.domain.finding import Finding, sealed


class _Release(msgspec.Struct, frozen=True, array_like=True, gc=False):
    kind: str
    needed: int
    done: int
    at: datetime | None


class _Hit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    rule: str
    color: Color
    reason: str
    facts: tuple[Id, ...]
    sources: tuple[str, ...]
    since: datetime
    until: datetime | None
    release: tuple[_Release, ...]


class _Kept(msgspec.Struct, frozen=True, array_like=True, gc=False):
    color: Color
    act: str
    hits: tuple[_Hit, ...]
    until: datetime | None
    next_review: datetime | None
    policy: str
    policy_version: str
    evidence: EvidenceClass
    first_hand: bool


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Kept).decode


def keep(finding: Finding) -> bytes:
    """Its bytes; equal for equal findings alone."""
    return _encode(
        (
            finding.color,
            finding.act,
            [_hit(each) for each in finding.hits],
            finding.until,
            finding.next_review,
            finding.policy,
            finding.policy_version,
            finding.evidence,
            finding.first_hand,
        )
    )


def _hit(hit: RuleHit) -> tuple[object, ...]:
    release = [(each.kind, each.needed, each.done, each.at) for each in hit.release]
    facts = [pack_id(each) for each in hit.facts]
    return hit.rule, hit.color, hit.reason, facts, hit.sources, hit.since, hit.until, release


def kept(data: bytes) -> Finding:
    """The finding in its bytes. Raises msgspec.DecodeError."""
    found = _decode(data)
    hits = tuple(_shown(each) for each in found.hits)
    return Finding(
        color=found.color,
        act=found.act,
        hits=hits,
        until=found.until,
        next_review=found.next_review,
        policy=found.policy,
        policy_version=found.policy_version,
        evidence=found.evidence,
        first_hand=found.first_hand,
        digest=sealed(
            found.color, found.act, hits, found.until, found.policy, found.policy_version, found.evidence,
            found.first_hand,
        ),
    )  # fmt: skip


def _shown(hit: _Hit) -> RuleHit:
    return RuleHit(
        rule=hit.rule,
        color=hit.color,
        reason=hit.reason,
        facts=tuple(unpack_id(each) for each in hit.facts),
        sources=hit.sources,
        since=hit.since,
        until=hit.until,
        release=tuple(Release(kind=each.kind, needed=each.needed, done=each.done, at=each.at) for each in hit.release),
    )
