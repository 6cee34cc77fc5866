"""The stores of the declaration service in memory: a transaction is a copy that replaces the state."""

import copy
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from chassis.http.idempotency import KEPT
from healthcode.events import CorrectionAssigned, CorrectionEscalated, CorrectionSettled, Event
from services.declaration.domain.batch import SHOWN_ERRORS, Batch, Progress, Tally
from services.declaration.domain.correction import Correction, Reading
from services.declaration.domain.dependant import Dependant
from services.declaration.domain.fault import InFlight, KeyReused
from services.declaration.domain.people import Person, Sealed
from services.declaration.domain.statement import Audited, Cause, Receipt, Statement
from services.declaration.ports import Answer, Claim


@dataclass
class State:
    """All rows."""

    people: dict[str, Person] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    dependants: dict[str, Dependant] = field(default_factory=dict)
    batches: dict[tuple[str, str], Batch] = field(default_factory=dict)
    answers: dict[tuple[str, str], tuple[datetime, bytes, Answer | None]] = field(default_factory=dict)
    corrections: dict[str, Correction] = field(default_factory=dict)
    readings: list[Reading] = field(default_factory=list)
    published: list[Event] = field(default_factory=list)


class TwinUnit:
    """Implements Unit and each of its stores over a state."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.people = _People(state)
        self.statements = _Statements(state)
        self.dependants = _Dependants(state)
        self.batches = _Batches(state)
        self.corrections = _Corrections(state)
        self.outbox = _Outbox(state)
        self.answers = _Answers(state)


class TwinUnits:
    """Implements Units; `state` is what was committed."""

    def __init__(self) -> None:
        self.state = State()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[TwinUnit]:
        """A copy of the state that replaces it when the block ends well."""
        mine = State(**{name: copy.copy(rows) for name, rows in vars(self.state).items()})
        yield TwinUnit(mine)
        self.state = mine


class _Store:
    def __init__(self, state: State) -> None:
        self._state = state


class _Corrections(_Store):
    async def add(self, correction: Correction) -> None:
        self._state.corrections[correction.id] = correction

    async def get(self, correction: str) -> Correction | None:
        return self._state.corrections.get(correction)

    async def of(self, subject: str) -> list[Correction]:
        mine = [each for each in self._state.corrections.values() if each.subject == subject]
        return sorted(mine, key=lambda each: each.id, reverse=True)

    async def note(self, reading: Reading) -> None:
        self._state.readings.append(reading)

    async def assigned(self, events: Sequence[CorrectionAssigned]) -> None:
        for event in events:
            self._change(event.correction, owner=event.owner)

    async def escalated(self, events: Sequence[CorrectionEscalated]) -> None:
        for event in events:
            self._change(event.correction, escalated_at=event.at)

    async def settled(self, events: Sequence[CorrectionSettled]) -> None:
        for event in events:
            answer = {"outcome": event.outcome, "explanation": event.explanation, "settled_at": event.at}
            self._change(event.correction, **answer)

    def _change(self, correction: str, **changes: object) -> None:
        known = self._state.corrections.get(correction)
        if known is not None and known.settled_at is None:
            self._state.corrections[correction] = msgspec.structs.replace(known, **changes)


class _People(_Store):
    async def keep(self, people: Sequence[Person]) -> None:
        assert [person.subject for person in people] == sorted({person.subject for person in people})
        for person in people:
            known = self._state.people.setdefault(person.subject, person)
            if person.basic is not None and (known.basic is None or person.weight >= known.weight):
                declared = known.self_declared or person.self_declared
                self._state.people[person.subject] = msgspec.structs.replace(person, self_declared=declared)

    async def sealed(self, subjects: Sequence[str]) -> dict[str, Sealed]:
        known = [self._state.people[subject] for subject in subjects if subject in self._state.people]
        return {person.subject: person.basic for person in known if person.basic}

    async def vouched(self, subjects: Sequence[str]) -> dict[str, Person]:
        known = [self._state.people[subject] for subject in subjects if subject in self._state.people]
        return {person.subject: person for person in known if person.basic}

    async def destroy(self, subject: str) -> bool:
        known = self._state.people.get(subject)
        self._state.people[subject] = Person(subject)
        for ident, each in self._state.dependants.items():
            if each.subject == subject:
                self._state.dependants[ident] = msgspec.structs.replace(each, basic=None)
        return known is not None and known.basic is not None


class _Statements(_Store):
    async def add(self, statements: Sequence[Statement]) -> None:
        for statement in statements:
            assert statement.id not in self._state.receipts
            self._state.receipts[statement.id] = Receipt(statement)

    async def receipt(self, statement: str) -> Receipt | None:
        return self._state.receipts.get(statement)

    async def reached(self, causes: Sequence[Cause]) -> None:
        for cause in causes:
            stage = "audited" if isinstance(cause.reached, Audited) else "coloured"
            receipt = self._state.receipts.get(cause.id)
            if receipt is not None and getattr(receipt, stage) is None:
                self._state.receipts[cause.id] = msgspec.structs.replace(receipt, **{stage: cause.reached})


class _Dependants(_Store):
    async def get(self, dependant: str) -> Dependant | None:
        known = self._state.dependants.get(dependant)
        if known is None:
            return None
        declared = self._state.people[known.subject].self_declared
        return msgspec.structs.replace(known, self_declared=declared)

    async def of(self, guardian: str) -> list[Dependant]:
        return self._sorted(each for each in self._state.dependants.values() if each.guardian == guardian)

    async def over(self, subject: str) -> list[Dependant]:
        return self._sorted(each for each in self._state.dependants.values() if each.subject == subject)

    async def over_all(self, subjects: Sequence[str]) -> list[Dependant]:
        return [each for subject in sorted(set(subjects)) for each in await self.over(subject)]

    async def change(self, dependant: Dependant) -> Dependant:
        stored = msgspec.structs.replace(dependant, version=dependant.version + 1)
        self._state.dependants[stored.id] = stored
        return stored

    async def put(self, dependant: Dependant) -> Dependant:
        pair = (dependant.guardian, dependant.subject)
        for known in self._state.dependants.values():
            if (known.guardian, known.subject) == pair:
                kept = {name: getattr(known, name) for name in ("id", "agreement", "version")}
                dependant = msgspec.structs.replace(dependant, **kept)
        self._state.dependants[dependant.id] = dependant
        return dependant

    def _sorted(self, dependants: Iterable[Dependant]) -> list[Dependant]:
        return sorted(dependants, key=lambda each: (each.registered_at, each.id))


class _Batches(_Store):
    async def take(self, batch: Batch) -> Batch:
        known = self._state.batches.setdefault((batch.sending.client, batch.sending.key), batch)
        if known.sending.body_hash != batch.sending.body_hash:
            raise KeyReused
        if not known.finished and known.runner != batch.runner:
            raise InFlight
        return known

    async def advance(self, batch: Batch, tally: Tally, done: int, *, finished: bool) -> Batch:
        place = (batch.sending.client, batch.sending.key)
        known = self._state.batches[place]
        if known.runner != batch.runner:
            raise InFlight
        self._state.batches[place] = msgspec.structs.replace(
            known,
            done=done,
            accepted=known.accepted + tally.accepted,
            refused=known.refused + len(tally.refused),
            errors=(*known.errors, *tally.refused)[:SHOWN_ERRORS],
            finished=finished,
        )
        return self._state.batches[place]

    async def receipts(self, batch: str) -> Mapping[int, str]:
        return {s.line: s.id for s in self._of(batch) if s.line is not None}

    async def progress(self, batch: str) -> Progress | None:
        known = next((each for each in self._state.batches.values() if each.id == batch), None)
        receipts = [self._state.receipts[s.id] for s in self._of(batch)]
        audited, coloured = sum(r.audited is not None for r in receipts), sum(r.coloured is not None for r in receipts)
        return Progress(known, audited, coloured) if known else None

    def _of(self, batch: str) -> list[Statement]:
        return [r.statement for r in self._state.receipts.values() if r.statement.batch == batch]


class _Outbox(_Store):
    async def publish(self, events: Sequence[Event]) -> None:
        self._state.published.extend(events)


class _Answers(_Store):
    async def claim(self, claim: Claim, now: datetime) -> Answer | None:
        at, body_hash, answer = self._state.answers.get((claim.client, claim.key), (now - 2 * KEPT, b"", None))
        if at < now - KEPT:
            self._state.answers[claim.client, claim.key] = (now, claim.body_hash, None)
            return None
        if body_hash != claim.body_hash:
            raise KeyReused
        return answer

    async def known(self, claim: Claim, now: datetime) -> Answer | None:
        at, body_hash, answer = self._state.answers.get((claim.client, claim.key), (now, b"", None))
        return answer if body_hash == claim.body_hash and at >= now - KEPT else None

    async def complete(self, claim: Claim, answer: Answer) -> None:
        at, body_hash, _ = self._state.answers[claim.client, claim.key]
        self._state.answers[claim.client, claim.key] = (at, body_hash, answer)

    async def file(self, claimed: Sequence[tuple[Claim, Answer]], now: datetime) -> Mapping[Claim, Answer | KeyReused]:
        found: dict[Claim, Answer | KeyReused] = {}
        for claim, answer in claimed:
            try:
                known = await self.claim(claim, now)
            except KeyReused as reused:
                found[claim] = reused
                continue
            if known is not None:
                found[claim] = known
            else:
                await self.complete(claim, answer)
        return found
