"""The dossier: all facts of one subject, as compact bytes in the database."""

from typing import Self

import msgspec

from services.audit.domain.facts import (
    OTHER,
    Answer,
    CheckIn,
    Decision,
    Declared,
    Id,
    Listing,
    Test,
    Trip,
    unpack_id,
)
from services.audit.domain.runs import Runs
from services.audit.domain.stayed import Stayed


class Dossier(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """All facts of one subject that a policy may still use, each kind in its own order, however they arrived.

    `latest` is the latest time at which a fact was stated or recorded; of what needs no confirmation, `first` is when
    the person first declared, `measured` when a temperature was last taken, `checked_in` the last day checked in. Days
    with a normal check-in are kept as runs in `normal`, with the newest of their ids in `recent`; `check_ins` has those
    that are not normal or wait for the person to confirm them. `stays` are what other regions shared.
    """

    subject: str
    latest: int = 0
    first: int | None = None
    measured: int | None = None
    checked_in: int | None = None
    declared: tuple[Declared, ...] = ()
    answers: tuple[Answer, ...] = ()
    trips: tuple[Trip, ...] = ()
    normal: Runs = ()
    recent: tuple[tuple[int, Id], ...] = ()
    check_ins: tuple[CheckIn, ...] = ()
    listings: tuple[Listing, ...] = ()
    tests: tuple[Test, ...] = ()
    decisions: tuple[Decision, ...] = ()
    stays: tuple[Stayed, ...] = ()

    @classmethod
    def empty(cls, subject: str) -> Self:
        """The dossier of a person of whom nothing is known."""
        return cls(subject)

    @staticmethod
    def decode(data: bytes) -> "Dossier":
        """The dossier in its bytes. Raises msgspec.DecodeError."""
        return _decoder.decode(data)

    def encode(self) -> bytes:
        """Its bytes; equal for equal dossiers."""
        return _encode(self)

    def counts(self, fact: Declared | Trip | CheckIn) -> bool:
        """Whether a statement is evidence: what somebody else declared counts once the person has confirmed it."""
        return fact.by != OTHER or any(each.agreed for each in self.answers if each.declaration == fact.id)

    @property
    def recorded(self) -> tuple[str, ...]:
        """The ids of the facts that authorities entered."""
        return tuple(unpack_id(each.id) for each in (*self.listings, *self.tests, *self.decisions, *self.stays))

    @property
    def residence(self) -> str | None:
        """The area of residence by the latest declaration that counts."""
        return next((each.residence for each in reversed(self.declared) if self.counts(each)), None)


_encode = msgspec.msgpack.Encoder().encode
_decoder = msgspec.msgpack.Decoder(Dossier)
