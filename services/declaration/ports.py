"""What the handlers need: a unit of work over the stores, a vault for personal data."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

import msgspec

from healthcode.events import CorrectionAssigned, CorrectionEscalated, CorrectionSettled, Event
from healthcode.values import IdType
from services.declaration.domain.batch import Batch, Line, Progress, Tally
from services.declaration.domain.correction import Correction, Reading
from services.declaration.domain.dependant import Dependant
from services.declaration.domain.fault import KeyReused
from services.declaration.domain.people import Basic, Person, Sealed
from services.declaration.domain.statement import Cause, Receipt, Statement

SubjectOf = Callable[[IdType, str], str]
"""The pseudonym of a document; raises InvalidIdNumber."""


class Answer(msgspec.Struct, frozen=True):
    """What was answered to a write, for whoever sends it again."""

    status: int
    body: bytes


class Claim(msgspec.Struct, frozen=True):
    """That a client's write is to have one effect: its idempotency key, and the hash of the request."""

    client: str
    key: str
    body_hash: bytes


class Vault(Protocol):
    """Seals basic information under a key of the person's own."""

    def seal(self, subject: str, basic: Basic) -> Sealed:
        """Seal it under a fresh key."""
        ...

    def open(self, subject: str, sealed: Sealed) -> Basic:
        """Open it again; raises ValueError when it is another person's, or the region's key is another."""
        ...

    def seal_text(self, subject: str, text: str) -> Sealed:
        """Seal what a person wrote, as their basic information."""
        ...

    def open_text(self, subject: str, sealed: Sealed) -> str:
        """Open it again; raises ValueError as `open`."""
        ...


class Seals(Protocol):
    """Seals what goes to another region, and opens what comes from one."""

    def seal(self, region: str, plain: bytes) -> str:
        """Seal it to a region's intake key. Raises LookupError when nobody knows that."""
        ...

    def open(self, sealed: str) -> bytes:
        """Open what was sealed to this region. Raises ValueError, whose text quotes nothing of it."""
        ...


class People(Protocol):
    """Persons: the row that orders all that concerns a subject, and the sealed basic information."""

    async def keep(self, people: Sequence[Person]) -> None:
        """Lock the rows, in the order given (sorted by subject, each once), and write what outweighs the old."""
        ...

    async def sealed(self, subjects: Sequence[str]) -> Mapping[str, Sealed]:
        """The basic information of persons, of those of whom there is any."""
        ...

    async def vouched(self, subjects: Sequence[str]) -> Mapping[str, Person]:
        """As `sealed`, with who vouches for it."""
        ...

    async def destroy(self, subject: str) -> bool:
        """Destroy the person's keys, and with them all that is known of them by name; False when there was none."""
        ...


class Statements(Protocol):
    """Statements and their receipts."""

    async def add(self, statements: Sequence[Statement]) -> None:
        """Write them down."""
        ...

    async def receipt(self, statement: str) -> Receipt | None:
        """A statement and how far it has come."""
        ...

    async def reached(self, causes: Sequence[Cause]) -> None:
        """Write stages down; a stage is reached once, and ids that are no statements are passed over."""
        ...


class Dependants(Protocol):
    """Whom guardians speak for."""

    async def get(self, dependant: str) -> Dependant | None:
        """A registration."""
        ...

    async def of(self, guardian: str) -> list[Dependant]:
        """All registrations of a guardian, oldest first."""
        ...

    async def over(self, subject: str) -> list[Dependant]:
        """All registrations of a person, oldest first."""
        ...

    async def over_all(self, subjects: Sequence[str]) -> list[Dependant]:
        """All registrations of these persons, oldest first."""
        ...

    async def change(self, dependant: Dependant) -> Dependant:
        """Write its end and its agreement down, as the next version; the caller holds the person's lock."""
        ...

    async def put(self, dependant: Dependant) -> Dependant:
        """Write it down; what is known of the same two persons keeps its id and takes the rest over."""
        ...


class Batches(Protocol):
    """Batches of employers."""

    async def take(self, batch: Batch) -> Batch:
        """Begin a batch, take up a forsaken one, or read the finished one of the same sending.

        Raises InFlight while somebody works on it, KeyReused when another body came under its key.
        """
        ...

    async def advance(self, batch: Batch, tally: Tally, done: int, *, finished: bool) -> Batch:
        """Store that `done` lines are decided; raises InFlight when another runner has taken the batch over."""
        ...

    async def receipts(self, batch: str) -> Mapping[int, str]:
        """The receipts of accepted lines, by line number."""
        ...

    async def progress(self, batch: str) -> Progress | None:
        """A batch and how far its lines have come."""
        ...


class Corrections(Protocol):
    """Facts that people contest."""

    async def add(self, correction: Correction) -> None:
        """Write it down."""
        ...

    async def get(self, correction: str) -> Correction | None:
        """One correction."""
        ...

    async def of(self, subject: str) -> list[Correction]:
        """A person's, newest first."""
        ...

    async def note(self, reading: Reading) -> None:
        """Keep that somebody read what the person wrote."""
        ...

    async def assigned(self, events: Sequence[CorrectionAssigned]) -> None:
        """It is known who answers."""
        ...

    async def escalated(self, events: Sequence[CorrectionEscalated]) -> None:
        """Nobody answered in time."""
        ...

    async def settled(self, events: Sequence[CorrectionSettled]) -> None:
        """They were answered; the first answer counts."""
        ...


class Outbox(Protocol):
    """What is to be published with what was written."""

    async def publish(self, events: Sequence[Event]) -> None:
        """Append events in their order; the caller holds the locks of the subjects."""
        ...


class Answers(Protocol):
    """Idempotency: a write has one effect and one answer."""

    async def claim(self, claim: Claim, now: datetime) -> Answer | None:
        """None when the request is new, else what was answered. Raises InFlight, KeyReused."""
        ...

    async def known(self, claim: Claim, now: datetime) -> Answer | None:
        """What was answered to this very request, if anything."""
        ...

    async def complete(self, claim: Claim, answer: Answer) -> None:
        """Keep the answer."""
        ...

    async def file(self, claimed: Sequence[tuple[Claim, Answer]], now: datetime) -> Mapping[Claim, Answer | KeyReused]:
        """Claim and keep answers at once, each client and key once; gives those that were not new."""
        ...


class Unit(Protocol):
    """One transaction over all stores."""

    @property
    def people(self) -> People:
        """Persons."""
        ...

    @property
    def statements(self) -> Statements:
        """Statements."""
        ...

    @property
    def dependants(self) -> Dependants:
        """Dependants."""
        ...

    @property
    def batches(self) -> Batches:
        """Batches."""
        ...

    @property
    def corrections(self) -> Corrections:
        """Corrections."""
        ...

    @property
    def outbox(self) -> Outbox:
        """The outbox."""
        ...

    @property
    def answers(self) -> Answers:
        """Idempotency."""
        ...


class Units(Protocol):
    """Where units of work come from."""

    def begin(self) -> AbstractAsyncContextManager[Unit]:
        """A unit that is committed when its block ends, and undone when an exception leaves it."""
        ...


class Lines(Protocol):
    """The lines of a batch, read piece by piece."""

    def __len__(self) -> int:
        """How many there are."""
        ...

    def read(self, start: int, end: int) -> list[Line]:
        """The lines from index `start` to before `end`."""
        ...
