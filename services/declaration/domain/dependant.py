"""Dependants: children, old people without a phone, and others whom a guardian speaks for."""

from datetime import date, datetime, timedelta
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


class Basis(Coded):
    """On what a guardian may show a person's code."""

    CONSENT = "consent", "本人同意", "the person's own consent"
    DOCUMENTS = "documents", "窗口核验证件", "documents seen at a counter"


class Agreement(msgspec.Struct, frozen=True):
    """That a guardian may show a person's code to the end of the day `until`; `evidence` names what a counter saw."""

    basis: Basis
    until: date
    evidence: str | None = None


class Registering(msgspec.Struct, frozen=True):
    """What a guardian registers; the consent counts to the end of the day `until`."""

    basic: Basic
    relation: Relation
    until: date


class Dependant(msgspec.Struct, frozen=True, kw_only=True):
    """A registration; `guardian` and `subject` are pseudonyms, `basic` is what the guardian wrote of the person.

    `self_declared`: the person has declared under their own login, before or after the registration. Nobody checks that
    a guardian is one, so from then on what the guardian states is as any other's: the person has to confirm it.

    `agreement`: without one a guardian sees nothing of the person. `version` counts what became of it, within an
    `incarnation` of the database.
    """

    id: str
    guardian: str
    subject: str
    relation: Relation
    until: date
    registered_at: datetime
    basic: Sealed | None = None
    self_declared: bool = False
    agreement: Agreement | None = None
    incarnation: int = 1
    version: int = 1


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


def agreement_faults(dependant: Dependant, until: date, today: date) -> list[Fault]:
    """What is wrong with the end of an agreement: it lies within the registration."""
    if until < today:
        return [Fault("in_past", ("until",))]
    return [Fault("after_registration", ("until",))] if until > dependant.until else []


def shown_until(dependant: Dependant, today: date) -> date | None:
    """The last day on which the guardian may show the person's code; None where that is none, or over."""
    if dependant.agreement is None:
        return None
    last = min(dependant.until, dependant.agreement.until)
    return last if last >= today else None


def ended(dependant: Dependant, today: date) -> Dependant:
    """The registration as it is when either of the two has had enough: nothing is said or shown under it any more."""
    until = min(dependant.until, today - timedelta(days=1))
    return msgspec.structs.replace(dependant, until=until, agreement=None)


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)
