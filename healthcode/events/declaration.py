"""What a person states: GB/T 38962-2020, basic information and health information."""

from datetime import date, datetime
from typing import ClassVar

import msgspec

from healthcode.events.base import Event
from healthcode.values import Attestation, Symptom


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """A stay in an area, by days of the region's own calendar; both days count.

    `area` is a GB/T 2260 code, or finer; None for a stay outside the country, whose ISO 3166-1 code is then in
    `country`.
    """

    area: str | None = None
    country: str = "CN"
    since: date
    until: date


class DeclarationAccepted(Event, frozen=True, kw_only=True):
    """A declaration was accepted and is durable."""

    type: ClassVar[str] = "org.healthcode.declaration.accepted.v1"
    topic: ClassVar[str] = "declarations.v1"

    subject: str
    at: datetime
    attestation: Attestation
    residence: str
    temperature: float | None = None
    symptoms: tuple[Symptom, ...] = ()
    contact: bool = False
    stays: tuple[Stay, ...] = ()


class CheckInAccepted(Event, frozen=True, kw_only=True):
    """A daily check-in was accepted and is durable. `day` is a day of the region's own calendar."""

    type: ClassVar[str] = "org.healthcode.check-in.accepted.v1"
    topic: ClassVar[str] = "declarations.v1"

    subject: str
    at: datetime
    day: date
    attestation: Attestation
    temperature: float | None = None
    symptoms: tuple[Symptom, ...] = ()


class TripDeclared(Event, frozen=True, kw_only=True):
    """A trip into an area of this or another region was declared.

    `destination` is the region (6 digits), `area` the place in it. `until` is the last day; None while the return
    is open.
    """

    type: ClassVar[str] = "org.healthcode.trip.declared.v1"
    topic: ClassVar[str] = "declarations.v1"

    subject: str
    at: datetime
    attestation: Attestation
    destination: str
    area: str
    since: date
    until: date | None = None


class DeclarationConfirmed(Event, frozen=True, kw_only=True):
    """The person confirmed, or contested, what somebody else had declared for them."""

    type: ClassVar[str] = "org.healthcode.declaration.confirmed.v1"
    topic: ClassVar[str] = "declarations.v1"

    subject: str
    at: datetime
    declaration: str
    agreed: bool = True
