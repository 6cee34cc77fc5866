"""Findings of the past: what was concluded when, and whether the same inputs still give it, byte for byte."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final, Literal, TypeAlias

import msgspec

from services.audit.domain import Areas, Dossier, Finding, Policy, keep, kept, review
from services.audit.handlers.review import Judge
from services.audit.ports.history import START, HistoryStore, Level, Place, Recorded

Outcome: TypeAlias = Literal["equal", "differs", "no-policy", "unreadable"]


class Replayed(msgspec.Struct, frozen=True):
    """What came of one finding on record: `fields` say in what it differs; without its policy nobody can tell."""

    subject: str
    sequence: int
    reviewed_at: datetime
    outcome: Outcome
    fields: tuple[str, ...] = ()


class Replay(msgspec.Struct, frozen=True):
    """A stretch of a replay; `faults` are those that are not equal, `next` where to go on, None at the end."""

    looked_at: int
    faults: list[Replayed]
    next: Place | None


class Past:
    """The areas as they stood at each number of the reference data."""

    def __init__(self, levels: Sequence[Level]) -> None:
        """`levels`: every revision of every one."""
        self._levels = sorted(levels, key=lambda each: each.revision)
        self._known: dict[int, Areas] = {}

    def areas(self, reference: int) -> Areas:
        """The levels that counted: of each entry the highest revision by then, if it was not a withdrawal."""
        if reference not in self._known:
            highest = {each.entry: each for each in self._levels if each.reference <= reference}
            self._known[reference] = Areas.from_rows(
                (each.area, each.level, each.valid_from, each.valid_until)
                for each in highest.values()
                if not each.withdrawn
            )
        return self._known[reference]


def policy_of(judge: Judge, finding: Finding) -> Policy | None:
    """The policy that a finding was concluded under, if this process has it."""
    return judge.policies.concluded_under(finding.policy, finding.policy_version)


async def replay(
    store: HistoryStore, judge: Judge, subject: str | None, after: Place = START, limit: int = 500
) -> Replay:
    """Conclude the next findings on record anew, of one person or of all, and compare."""
    page = await store.page(subject, after, limit)
    past = Past(await store.levels()) if page else Past(())
    replayed = [replayed_of(each, past, judge) for each in page]
    last = (page[-1].subject, page[-1].sequence) if len(page) == limit else None
    return Replay(len(page), [each for each in replayed if each.outcome != "equal"], last)


def replayed_of(recorded: Recorded, past: Past, judge: Judge) -> Replayed:
    """Conclude one finding on record anew. Whatever its bytes say, this raises nothing."""
    place = recorded.subject, recorded.sequence, recorded.reviewed_at
    try:
        then, dossier = kept(recorded.finding), Dossier.decode(recorded.facts)
        policy = policy_of(judge, then)
        if policy is None:
            return Replayed(*place, "no-policy", (f"{then.policy} {then.policy_version}",))
        now = review(dossier, past.areas(recorded.reference), policy, recorded.reviewed_at, judge.timezone)
        fields = tuple(_differing(recorded, dossier, then, now))
    except (msgspec.MsgspecError, ValueError, LookupError, ArithmeticError):
        return Replayed(*place, "unreadable")
    return Replayed(*place, "differs" if fields else "equal", fields)


def _differing(recorded: Recorded, dossier: Dossier, then: Finding, now: Finding) -> Iterator[str]:
    if dossier.subject != recorded.subject:
        yield "subject"
    if dossier.encode() != recorded.facts:
        yield "facts"
    if keep(now) == recorded.finding:
        return
    differing = [name for name in _VISIBLE if getattr(now, name) != getattr(then, name)]
    # Of findings that read the same but are other bytes, only the bytes can be named.
    yield from differing or ("finding",)


_VISIBLE: Final = tuple(name for name in Finding.__struct_fields__ if name != "digest")
