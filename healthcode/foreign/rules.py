"""What a foreign certificate means here: rows of data, the first that a fact fits gives the national status.

rows:
- {kind: test, detected: true, within_days: 14, status: "10"}
- {kind: test, detected: false, method: naat, within_hours: 48, status: "00"}
- {kind: vaccination, doses: 2, after_days: 14, within_days: 270, status: "00"}
otherwise: unknown
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import msgspec

from healthcode.foreign.model import Fact, FactKind, Foreign, Method
from healthcode.values import Status

LONGEST: Final = timedelta(days=36_500)


class RulesError(ValueError):
    """The rows are refused; the text says which, and what to write."""


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which facts it is for, how long after them, and what they mean then.

    `doses`: as many have been given as make a series by the certificate, or so many where it does not say.
    """

    kind: FactKind
    status: Status
    target: str | None = None
    detected: bool | None = None
    method: Method | None = None
    products: tuple[str, ...] | None = None
    doses: int | None = None
    after_days: int | None = None
    after_hours: int | None = None
    within_days: int | None = None
    within_hours: int | None = None

    @property
    def begins(self) -> timedelta:
        """So long after the fact it begins to count."""
        return timedelta(days=self.after_days or 0, hours=self.after_hours or 0)

    @property
    def ends(self) -> timedelta:
        """So long after the fact it counts no more."""
        if self.within_days is None and self.within_hours is None:
            return LONGEST
        return timedelta(days=self.within_days or 0, hours=self.within_hours or 0)

    def fits(self, fact: Fact, now: datetime) -> bool:
        """Whether it is for that fact, now; what lies in the future fits none."""
        return (
            self.kind is fact.kind
            and fact.at <= now
            and self.begins <= now - fact.at < self.ends
            and (fact.until is None or now < fact.until)
            and self.target in (None, fact.target)
            and self.detected in (None, fact.detected)
            and self.method in (None, fact.method)
            and (self.products is None or fact.product in self.products)
            and (self.doses is None or fact.is_complete or (fact.doses is None and (fact.dose or 0) >= self.doses))
        )

    def takes_all_of(self, other: "Row") -> bool:
        """Whether whatever fits the other fits this one, too."""
        return (
            self.kind is other.kind
            and self.begins <= other.begins
            and self.ends >= other.ends
            and all(getattr(self, name) in (None, getattr(other, name)) for name in ("target", "detected", "method"))
            and (self.products is None or (other.products is not None and set(other.products) <= set(self.products)))
            and (self.doses is None or (other.doses is not None and other.doses >= self.doses))
        )


class Judged(NamedTuple):
    """The status, by which row (from 1 on) and which fact; neither where no row fits."""

    status: Status
    row: int | None = None
    fact: Fact | None = None


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    rows: tuple[Row, ...]
    otherwise: Status = Status.UNKNOWN


class ForeignRules:
    """A region's rows, checked."""

    def __init__(self, rows: tuple[Row, ...], otherwise: Status) -> None:
        """Raises RulesError for a row that can never be reached, and for a span that is none."""
        if otherwise is Status.LOW:
            raise RulesError("otherwise: what no row knows may let nobody in; write unknown, grey or a stricter status")
        for number, row in enumerate(rows, 1):
            if row.begins >= row.ends:
                raise RulesError(f"row {number}: it ends before it begins; write a greater within_days or within_hours")
            for earlier, wider in enumerate(rows[: number - 1], 1):
                if wider.takes_all_of(row):
                    raise RulesError(
                        f"row {number} is never reached: row {earlier} takes all of it; put it before that"
                    )
        self._rows, self._otherwise = rows, otherwise

    def judge(self, certificate: Foreign, now: datetime) -> Judged:
        """The first row that a fact fits, in the order of the rows."""
        for number, row in enumerate(self._rows, 1):
            for fact in certificate.facts:
                if row.fits(fact, now):
                    return Judged(row.status, number, fact)
        return Judged(self._otherwise)


def rules_from(document: Mapping[str, Any]) -> ForeignRules:
    """The rules in a parsed foreign.yaml. Raises RulesError."""
    try:
        read = msgspec.convert(document, _Document)
    except msgspec.ValidationError as error:
        raise RulesError(str(error)) from None
    return ForeignRules(read.rows, read.otherwise)
