"""Dependants: children, old people without a phone, and others whom a guardian speaks for."""

from datetime import date, datetime
from typing import Final

import msgspec

from healthcode.values import Coded
from services.declaration.domain.fault import Fault
from services.declaration.domain.people import Basic, Sealed

CONSENT_YEARS: Final = 5
MOST_DEPENDANTS: Final = 50


class Relation(Coded):
    """What the dependant is to the guardian."""

    CHILD = "child", "子女", "child"
    PARENT = "parent", "父母", "parent"
    GRANDPARENT = "grandparent", "祖父母", "grandparent"
    GRANDCHILD = "grandchild", "孙辈", "grandchild"
    SPOUSE = "spouse", "配偶", "spouse"
    WARD = "ward", "被监护人", "ward"
    OTHER = "other", "其他亲属", "other relative"


class Registering(msgspec.Struct, frozen=True):
    """What a guardian registers; the consent counts to the end of the day `until`."""

    basic: Basic
    relation: Relation
    until: date


class Dependant(msgspec.Struct, frozen=True, kw_only=True):
    """A registration; `guardian` and `subject` are pseudonyms, `basic` is what the guardian wrote of the person.

    `self_declared`: the person has declared under their own login, before or after the registration. Nobody checks that
    a guardian is one, so from then on what the guardian states is as any other's: the person has to confirm it.
    """

    id: str
    guardian: str
    subject: str
    relation: Relation
    until: date
    registered_at: datetime
    basic: Sealed | None = None
    self_declared: bool = False


def registering_faults(registering: Registering, today: date) -> list[Fault]:
    """What breaks the rules of dates."""
    if registering.until < today:
        return [Fault("in_past", ("until",))]
    if registering.until > _years_after(today, CONSENT_YEARS):
        return [Fault("consent_too_long", ("until",), {"years": CONSENT_YEARS})]
    return []


def speaks_for(dependant: Dependant | None, guardian: str, today: date) -> bool:
    """Whether a guardian may declare under a registration today."""
    return dependant is not None and dependant.guardian == guardian and dependant.until >= today


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)
