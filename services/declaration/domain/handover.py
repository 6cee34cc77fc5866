"""A person on the way to the region whose own they are from now on: what is sealed."""

from datetime import date, datetime

import msgspec

from healthcode.events import DossierHandedOver, PersonHandedOver
from services.declaration.domain.dependant import Agreement, Relation
from services.declaration.domain.people import Basic, Document


class Guardian(msgspec.Struct, frozen=True, kw_only=True):
    """Who has registered the person as a dependant, by their document, and what was agreed; see Dependant."""

    document: Document
    id: str
    relation: Relation
    until: date
    registered_at: datetime
    basic: Basic | None = None
    agreement: Agreement | None = None

    def __repr__(self) -> str:
        return f"Guardian({self.id})"


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """Name, document and facts of one person; the dossier's `subject` is empty, for it was another region's.

    `guardians` go along when the code moves.
    """

    basic: Basic
    weight: int
    self_declared: bool
    dossier: DossierHandedOver
    guardians: tuple[Guardian, ...] = ()

    def __repr__(self) -> str:
        return "Parcel()"


class NotTheParcel(ValueError):  # noqa: N818 - named for what is wrong
    """What is sealed is no parcel, or that of another message; the text quotes nothing of it."""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Parcel).decode


def packed(parcel: Parcel) -> bytes:
    """As it is sealed."""
    return _encode(parcel)


def unpacked(plain: bytes, message: PersonHandedOver) -> Parcel:
    """The parcel in an opened message. Raises NotTheParcel."""
    try:
        parcel = _decode(plain)
    except msgspec.DecodeError:
        raise NotTheParcel("what is sealed is no parcel") from None
    inner = parcel.dossier
    if (inner.handle, inner.sequence, inner.origin, inner.destination) != (
        message.handle,
        message.sequence,
        message.origin,
        message.destination,
    ):
        raise NotTheParcel("what is sealed belongs to another message")
    return parcel


def under(dossier: DossierHandedOver, subject: str) -> DossierHandedOver:
    """A dossier, and all events in it, under a subject; the empty one takes the names off."""
    replace = msgspec.structs.replace
    return replace(
        dossier,
        subject=subject,
        listings=tuple(replace(each, subject=subject) for each in dossier.listings),
        tests=tuple(replace(each, subject=subject) for each in dossier.tests),
        decisions=tuple(replace(each, subject=subject) for each in dossier.decisions),
        trips=tuple(replace(each, subject=subject) for each in dossier.trips),
    )
