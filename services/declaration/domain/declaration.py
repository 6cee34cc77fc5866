"""The declaration and the daily check-in: health information of GB/T 38962-2020, and its rules by date."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final

import msgspec

from healthcode.events import Stay
from healthcode.values import Symptom
from services.declaration.domain.fault import Fault
from services.declaration.domain.people import Basic, Document

STAY_DAYS: Final = 14
LONGEST_DAYS: Final = 366  # of a stay or a trip


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """Health information; `temperature` in degrees Celsius, `contact` with a confirmed or suspected case."""

    temperature: float | None = None
    symptoms: tuple[Symptom, ...] = ()
    contact: bool = False
    stays: tuple[Stay, ...] = ()

    def __repr__(self) -> str:
        return "Health()"


class Declaration(msgspec.Struct, frozen=True):
    """Both blocks; `dependant` is the registration under which a guardian declares."""

    basic: Basic
    health: Health
    dependant: str | None = None


class CheckIn(msgspec.Struct, frozen=True):
    """Today's state of a person: the `person` named, else the dependant, else the caller."""

    health: Health
    person: Document | None = None
    dependant: str | None = None


def declaration_faults(declaration: Declaration, today: date) -> list[Fault]:
    """What breaks the rules of dates and symptoms; shapes were checked before."""
    found = [*_symptom_faults(declaration.health.symptoms)]
    for place, stay in enumerate(declaration.health.stays):
        found += (fault.under("stays", place) for fault in _stay_faults(stay, today))
    return [fault.under("health") for fault in found]


def check_in_faults(check_in: CheckIn) -> list[Fault]:
    """What breaks the rules of symptoms."""
    return list(_symptom_faults(check_in.health.symptoms))


def felt(symptoms: Iterable[Symptom]) -> tuple[Symptom, ...]:
    """The symptoms as published: each once, and nothing for none."""
    return tuple(symptom for symptom in dict.fromkeys(symptoms) if symptom is not Symptom.NONE)


def _symptom_faults(symptoms: tuple[Symptom, ...]) -> Iterator[Fault]:
    if Symptom.NONE in symptoms and any(symptom is not Symptom.NONE for symptom in symptoms):
        yield Fault("symptoms_contradict", ("symptoms",))


def _stay_faults(stay: Stay, today: date) -> Iterator[Fault]:
    if stay.since > stay.until:
        yield Fault("until_before_since", ("until",))
    if stay.until > today:
        yield Fault("in_future", ("until",))
    if stay.until < today - timedelta(days=STAY_DAYS):
        yield Fault("stay_too_old", ("until",), {"days": STAY_DAYS})
    if stay.since < today - timedelta(days=LONGEST_DAYS):
        yield Fault("too_long_ago", ("since",), {"days": LONGEST_DAYS})
