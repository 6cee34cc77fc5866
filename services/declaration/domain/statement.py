"""A statement: anything a person states or that is stated for them, from acceptance to the code it led to."""

from datetime import datetime

import msgspec

from healthcode.events import CheckInAccepted, DeclarationAccepted, DeclarationConfirmed, TripDeclared
from healthcode.values import Attestation, Coded, Color
from services.declaration.domain.people import Caller, Person

Statable = DeclarationAccepted | CheckInAccepted | TripDeclared | DeclarationConfirmed


class Kind(Coded):
    """What was stated."""

    DECLARATION = "declaration", "健康申报", "declaration"
    CHECK_IN = "check_in", "每日打卡", "check-in"
    TRIP = "trip", "行程申报", "trip"
    CONFIRMATION = "confirmation", "本人确认", "confirmation"


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement as it was accepted. `declarer` is the account that made it; `line` its place in its `batch`."""

    id: str
    kind: Kind
    subject: str
    declarer: str
    attestation: Attestation
    accepted_at: datetime
    batch: str | None = None
    line: int | None = None


class Acceptance(msgspec.Struct, frozen=True):
    """All that accepting one statement writes: its receipt, the person's row, the event."""

    statement: Statement
    person: Person
    event: Statable


class Audited(msgspec.Struct, frozen=True):
    """The audit has seen it: the finding, and its color."""

    finding: str
    color: Color
    at: datetime


class Coloured(msgspec.Struct, frozen=True):
    """The code it led to, or left as it was; a version is (incarnation, version)."""

    incarnation: int
    version: int
    color: Color
    at: datetime


class Receipt(msgspec.Struct, frozen=True):
    """A statement and how far it has come."""

    statement: Statement
    audited: Audited | None = None
    coloured: Coloured | None = None


class Cause(msgspec.Struct, frozen=True):
    """A stage that a statement, named by its id, has reached."""

    id: str
    reached: Audited | Coloured


def readable(statement: Statement, caller: Caller) -> bool:
    """Only who declared it and the person it concerns may read a receipt."""
    return statement.declarer == caller.account or (caller.subject is not None and statement.subject == caller.subject)


def colors_shown(statement: Statement, caller: Caller) -> bool:
    """Whether the caller may see colors: who merely declared for another must not learn that person's health so."""
    return statement.subject == caller.subject or statement.attestation is not Attestation.OTHER


def confirmable(statement: Statement) -> bool:
    """Whether the person is to confirm, or may contest: what somebody without standing declared for them."""
    return statement.attestation is Attestation.OTHER and statement.kind is not Kind.CONFIRMATION
