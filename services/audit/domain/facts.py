"""Facts as a dossier holds them: small, without names, times as numbers (see `days`)."""

from typing import Final, TypeAlias

import msgspec

from healthcode.events import (
    CheckInAccepted,
    DecisionRecorded,
    DeclarationAccepted,
    DeclarationConfirmed,
    ListingRecorded,
    Stay,
    TestRecorded,
    TripDeclared,
)
from healthcode.values import FEVER_FROM, Attestation, Symptom
from services.audit.domain.days import day_number, instant

Id: TypeAlias = bytes
"""The id of a fact: the usual 32 hexadecimal digits as 16 bytes, any other as its text behind zero bytes, never 16."""

_HEX: Final = 32
_PACKED: Final = 16


def pack_id(text: str) -> Id:
    """An id as it is kept."""
    if len(text) == _HEX:
        try:
            packed = bytes.fromhex(text)
        except ValueError:
            packed = b""
        if packed.hex() == text:
            return packed
    kept = b"\0" + text.encode()
    return kept if len(kept) != _PACKED else b"\0" + kept


def unpack_id(kept: Id) -> str:
    """An id as everybody knows it."""
    return kept.hex() if len(kept) == _PACKED else kept.lstrip(b"\0").decode()


def tenths(temperature: float | None) -> int:
    """A temperature in tenths of a degree Celsius; 0 where none was taken."""
    return 0 if temperature is None else round(temperature * 10)


FEVER: Final = tenths(FEVER_FROM)
OTHER: Final = Attestation.OTHER.value


class Fact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What every fact has; `at` is when it was stated or recorded."""

    id: Id
    at: int

    @property
    def order(self) -> tuple[int, Id]:
        """Its place among facts of its kind, the same wherever it arrives."""
        return self.at, self.id


class Place(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A stay: an area's code, or the country's two letters; its days, both included, `until` None while it is open."""

    area: str
    since: int
    until: int | None

    @property
    def abroad(self) -> bool:
        """Whether it is a country."""
        return self.area[0].isalpha()


class Declared(Fact, frozen=True, array_like=True, gc=False):
    """A declaration; `by` is who vouches for it (Attestation)."""

    by: str
    residence: str
    temperature: int
    symptoms: tuple[str, ...]
    contact: bool
    stays: tuple[Place, ...]

    @property
    def is_plain(self) -> bool:
        """Whether it tells nothing but that all is well."""
        return not (self.symptoms or self.contact or self.stays or self.temperature >= FEVER)


class Trip(Fact, frozen=True, array_like=True, gc=False):
    """A declared trip."""

    by: str
    place: Place


class CheckIn(Fact, frozen=True, array_like=True, gc=False):
    """A check-in for a day."""

    by: str
    day: int
    temperature: int
    symptoms: tuple[str, ...]

    @property
    def is_normal(self) -> bool:
        """No symptom, no fever."""
        return not self.symptoms and self.temperature < FEVER


class Answer(Fact, frozen=True, array_like=True, gc=False):
    """What the person says to a declaration that somebody else made for them."""

    declaration: Id
    agreed: bool


class Revision(Fact, frozen=True, array_like=True, gc=False):
    """The highest revision of what an authority entered; `at` is when it was recorded."""

    entry: str
    revision: int


class Listing(Revision, frozen=True, array_like=True, gc=False):
    """An entry of a control list; `origin` is the region that shared it, empty for the own."""

    category: str
    source: str
    since: int
    until: int | None
    withdrawn: bool
    origin: str = ""


class Test(Revision, frozen=True, array_like=True, gc=False):
    """A test; `origin` as in a listing."""

    __test__ = False  # the name is no test case of pytest's

    kind: str
    result: str
    source: str
    sampled: int
    withdrawn: bool
    origin: str = ""


class Decision(Revision, frozen=True, array_like=True, gc=False):
    """What two officers decided: a color that the person has at least, or (`color` empty) rules that do not count."""

    color: str
    exempts: tuple[str, ...]
    reason: str
    source: str
    since: int
    until: int
    withdrawn: bool


def place_of(stay: Stay) -> Place:
    """A declared stay."""
    return Place(stay.area or stay.country, day_number(stay.since), day_number(stay.until))


def declared_of(event: DeclarationAccepted) -> Declared:
    """The fact in an event."""
    return Declared(
        pack_id(event.id),
        instant(event.at),
        event.attestation.value,
        event.residence,
        tenths(event.temperature),
        _felt(event.symptoms),
        event.contact,
        tuple(place_of(stay) for stay in event.stays),
    )


def trip_of(event: TripDeclared) -> Trip:
    """The fact in an event."""
    until = None if event.until is None else day_number(event.until)
    place = Place(event.area, day_number(event.since), until)
    return Trip(pack_id(event.id), instant(event.at), event.attestation.value, place)


def check_in_of(event: CheckInAccepted) -> CheckIn:
    """The fact in an event."""
    felt, day = _felt(event.symptoms), day_number(event.day)
    return CheckIn(pack_id(event.id), instant(event.at), event.attestation.value, day, tenths(event.temperature), felt)


def answer_of(event: DeclarationConfirmed) -> Answer:
    """The fact in an event."""
    return Answer(pack_id(event.id), instant(event.at), pack_id(event.declaration), event.agreed)


def listing_of(event: ListingRecorded) -> Listing:
    """The fact in an event."""
    return Listing(
        pack_id(event.id),
        instant(event.recorded_at),
        event.entry,
        event.revision,
        event.category.value,
        event.source,
        instant(event.valid_from),
        None if event.valid_until is None else instant(event.valid_until),
        event.withdrawn,
        event.origin or "",
    )


def test_of(event: TestRecorded) -> Test:
    """The fact in an event."""
    return Test(
        pack_id(event.id),
        instant(event.recorded_at),
        event.test,
        event.revision,
        event.kind.value,
        event.result.value,
        event.source,
        instant(event.sampled_at),
        event.withdrawn,
        event.origin or "",
    )


def decision_of(event: DecisionRecorded) -> Decision:
    """The fact in an event."""
    return Decision(
        pack_id(event.id),
        instant(event.recorded_at),
        event.decision,
        event.revision,
        "" if event.color is None else event.color.value,
        event.exempts,
        event.reason,
        event.source,
        instant(event.valid_from),
        instant(event.valid_until),
        event.withdrawn,
    )


def _felt(symptoms: tuple[Symptom, ...]) -> tuple[str, ...]:
    return tuple(sorted({symptom.value for symptom in symptoms if symptom is not Symptom.NONE}))
