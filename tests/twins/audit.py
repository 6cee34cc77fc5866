"""The audit's stores in memory, for tests of its handlers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic

from healthcode.areas import contains
from healthcode.events import Event, ReviewDue
from services.audit.domain import PolicyAct
from services.audit.ports.entry import AreaLevel, R
from services.audit.ports.history import Level, Place, Recorded
from services.audit.ports.review import AreaRow, Held, Outcome, Standing
from services.audit.ports.schedule import Passed, Storm


@dataclass
class EntryTwin(Generic[R]):
    """Implements EntryStore; `locked` tells the keys of each lock."""

    records: dict[tuple[str, int], R] = field(default_factory=dict)
    published: list[Event] = field(default_factory=list)
    locked: list[Sequence[str]] = field(default_factory=list)

    async def lock(self, keys: Sequence[str]) -> None:
        self.locked.append(keys)

    async def revisions(self, entries: Sequence[str]) -> list[R]:
        return [record for key, record in sorted(self.records.items()) if key[0] in entries]

    async def standing(self, owners: Sequence[str]) -> list[R]:
        return [record for record in self._highest() if record.owner in owners]

    async def page(self, source: str | None, before: str | None, limit: int) -> list[R]:
        found = [
            record
            for record in self._highest()
            if source in (None, record.source) and (before is None or record.entry < before)
        ]
        return sorted(found, key=lambda record: record.entry, reverse=True)[:limit]

    async def add(self, records: Sequence[R]) -> None:
        for record in records:
            assert (record.entry, record.revision) not in self.records
            self.records[record.entry, record.revision] = record

    async def publish(self, events: Sequence[Event]) -> None:
        self.published.extend(events)

    def _highest(self) -> Iterable[R]:
        return {record.entry: record for _, record in sorted(self.records.items())}.values()


@dataclass
class AreaTwin(EntryTwin[AreaLevel]):
    """Implements AreaStore and PolicyStore."""

    reference: int = 1
    policies: str = ""
    storms: list[tuple[str | None, str, int]] = field(default_factory=list)
    acts: list[PolicyAct] = field(default_factory=list)

    async def raise_reference(self) -> int:
        self.reference += 1
        return self.reference

    async def start_storm(self, area: str | None, cause: str, reference: int, now: datetime) -> None:  # noqa: ARG002 - the port's
        self.storms.append((area, cause, reference))

    async def lock_reference(self) -> None:
        self.locked.append(())

    async def policy_acts(self) -> list[PolicyAct]:
        return list(self.acts)

    async def add_policy(self, act: PolicyAct) -> None:
        self.acts.append(act)

    async def replace_policies(self, digest: str) -> bool:
        changed, self.policies = digest != self.policies, digest
        return changed


@dataclass
class ReviewTwin:
    """Implements ReviewStore; `written` counts the outcomes of each batch."""

    reference: int = 1
    levels: list[AreaRow] = field(default_factory=list)
    dossiers: dict[str, Held] = field(default_factory=dict)
    timers: dict[str, datetime] = field(default_factory=dict)
    stays: set[tuple[str, str]] = field(default_factory=set)
    outcomes: list[Outcome] = field(default_factory=list)
    written: list[int] = field(default_factory=list)
    history: list[Recorded] = field(default_factory=list)
    acts: list[PolicyAct] = field(default_factory=list)
    area_reads: int = 0

    async def lock(self, subjects: Sequence[str]) -> list[Held]:
        assert list(subjects) == sorted(set(subjects))
        for subject in subjects:
            self.dossiers.setdefault(subject, Held(subject, b"", 0, "", 0, None))
        return [self.dossiers[subject] for subject in subjects]

    async def standing(self) -> Standing:
        return Standing(self.reference, 1)

    async def areas(self) -> tuple[int, Iterable[AreaRow]]:
        self.area_reads += 1
        return self.reference, self.levels

    async def policy_acts(self) -> list[PolicyAct]:
        return list(self.acts)

    async def write(self, outcomes: Sequence[Outcome], reference: int, now: datetime) -> None:  # noqa: ARG002 - the port's
        self.written.append(len(outcomes))
        for each in outcomes:
            self.outcomes.append(each)
            self.dossiers[each.subject] = Held(
                each.subject, each.facts, each.sequence, each.digest, reference, each.due
            )
            if each.rearm and each.due is not None:
                self.timers[each.subject] = each.due
            elif each.rearm:
                self.timers.pop(each.subject, None)
            self.stays |= {(area, each.subject) for area in each.areas}
            if kept := each.kept:
                place = (each.subject, each.sequence, kept.reviewed_at, kept.reference)
                self.history.append(Recorded(*place, each.facts, kept.finding))


@dataclass
class HistoryTwin:
    """Implements HistoryStore over what a ReviewTwin has recorded."""

    records: list[Recorded] = field(default_factory=list)
    revisions: list[Level] = field(default_factory=list)

    async def at(self, subject: str, time: datetime) -> Recorded | None:
        mine = [each for each in self.records if each.subject == subject and each.reviewed_at <= time]
        return max(mine, key=lambda each: each.sequence, default=None)

    async def latest(self, subject: str, before: int | None, limit: int) -> list[Recorded]:
        mine = [each for each in self.records if each.subject == subject and each.sequence < (before or 2**62)]
        return sorted(mine, key=lambda each: each.sequence, reverse=True)[:limit]

    async def page(self, subject: str | None, after: Place, limit: int) -> list[Recorded]:
        wanted = [each for each in self.records if subject in (None, each.subject)]
        ordered = sorted(wanted, key=lambda each: (each.subject, each.sequence))
        return [each for each in ordered if (each.subject, each.sequence) > after][:limit]

    async def count(self, subject: str | None) -> int:
        return len([each for each in self.records if subject in (None, each.subject)])

    async def levels(self) -> Sequence[Level]:
        return self.revisions


@dataclass
class ScheduleTwin:
    """Implements ScheduleStore.

    `references`: with which data each person was last reviewed; `xid` and `oldest` are the database's transaction ids.
    """

    timers: dict[str, datetime] = field(default_factory=dict)
    stays: set[tuple[str, str]] = field(default_factory=set)
    references: dict[str, int] = field(default_factory=dict)
    storms: dict[int, Storm] = field(default_factory=dict)
    asked: list[ReviewDue] = field(default_factory=list)
    xid: int = 100
    oldest: int = 100
    unpublished: int = 0

    async def take_due(self, now: datetime, limit: int) -> list[tuple[str, datetime]]:
        due = sorted((when, subject) for subject, when in self.timers.items() if when <= now)[:limit]
        return [(subject, self.timers.pop(subject)) for _, subject in due]

    async def open_storms(self) -> list[Storm]:
        return [storm for _, storm in sorted(self.storms.items()) if storm.state != "done"]

    async def own_xid(self) -> int:
        return self.xid

    async def oldest_xid(self) -> int:
        return self.oldest

    async def sweep(self, storm: Storm, limit: int) -> list[Passed]:
        ahead = [place for place in self._places(storm) if place > (storm.at_area, storm.at_subject)]
        return [
            Passed(area, subject, self.references[subject] < storm.reference) for area, subject in sorted(ahead)[:limit]
        ]

    async def backlog(self, limit: int) -> int:
        return min(self.unpublished, limit)

    async def save(self, storm: Storm) -> None:
        self.storms[storm.id] = storm

    async def ask(self, reviews: Sequence[ReviewDue]) -> None:
        self.asked.extend(reviews)

    def _places(self, storm: Storm) -> list[tuple[str, str]]:
        if storm.area is None:
            return [("", subject) for subject in self.references]
        return [(area, subject) for area, subject in self.stays if contains(storm.area, area)]
