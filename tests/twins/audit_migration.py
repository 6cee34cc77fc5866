"""Migrations in memory, for tests of their handlers."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from healthcode.events import Event, HandoverAnswered
from services.audit.ports.migration import Candidate, Count, Entries, HandedOver, Migration


@dataclass
class MigrationTwin:
    """Implements MigrationStore; `people` are dossiers by subject, with when they were reviewed."""

    people: dict[str, tuple[bytes, datetime]] = field(default_factory=dict)
    authorities: dict[str, Entries] = field(default_factory=dict)
    migrations: dict[str, Migration] = field(default_factory=dict)
    handed: dict[tuple[str, str], HandedOver] = field(default_factory=dict)
    published: list[Event] = field(default_factory=list)

    def saved(self) -> "MigrationTwin":
        """As it is now, for a transaction that does not commit."""
        return copy.deepcopy(self)

    async def open(self) -> Migration | None:
        waiting = [each for each in self.migrations.values() if each.state != "done"]
        return min(waiting, key=lambda each: each.next_at, default=None)

    async def of(self, region: str) -> Migration | None:
        mine = [each for each in self.migrations.values() if each.region == region]
        return max(mine, key=lambda each: each.started_at, default=None)

    async def add(self, migration: Migration) -> bool:
        if any(each.region == migration.region and each.state != "done" for each in self.migrations.values()):
            return False
        self.migrations[migration.id] = migration
        return True

    async def save(self, migration: Migration) -> None:
        self.migrations[migration.id] = migration

    async def candidates(self, migration: Migration, limit: int) -> list[Candidate]:
        found = []
        for subject, (facts, reviewed_at) in sorted(self.people.items()):
            handed = self.handed.get((migration.id, subject))
            moved = migration.since is None or reviewed_at >= migration.since
            if subject > migration.at_subject and (moved or (handed is not None and handed.cut_at is None)):
                found.append(Candidate(subject, facts, "green", None, handed))
        return found[:limit]

    async def entries(self, subjects: Sequence[str]) -> Mapping[str, Entries]:
        return {subject: self.authorities[subject] for subject in subjects if subject in self.authorities}

    async def keep(self, migration: str, people: Sequence[HandedOver]) -> None:
        for each in people:
            known = self.handed.get((migration, each.subject), each)
            told = msgspec.structs.replace(each, answered=known.answered, outcome=known.outcome)
            self.handed[migration, each.subject] = told

    async def answer(self, answers: Sequence[HandoverAnswered]) -> None:
        for answer in answers:
            for place, each in self.handed.items():
                if each.handle == answer.handle and each.answered < answer.sequence:
                    self.handed[place] = msgspec.structs.replace(each, answered=answer.sequence, outcome=answer.outcome)

    async def count(self, migration: str) -> Count:
        mine = [each for (name, _), each in self.handed.items() if name == migration]
        there = [each.outcome for each in mine if each.answered == each.sequence]
        return Count(
            handed_over=len(mine),
            taken=there.count("taken"),
            unnamed=there.count("unnamed"),
            refused=there.count("refused"),
            waiting=len(mine) - len(there),
            moved=sum(each.cut_at is not None for each in mine),
        )

    async def publish(self, events: Sequence[Event]) -> None:
        self.published.extend(events)
