"""What stands under the name of each predicate."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from healthcode.areas import is_known
from healthcode.values import FEVER_FROM, TEMPERATURE_MAX, Category, Symptom, TestKind, TestResult
from healthcode.values import Level as AreaLevel

# What people state is kept for 60 days (`prune.STATED`): a rule cannot look further back.
Span = Annotated[int, Field(strict=True, ge=1, le=60)]
Count = Annotated[int, Field(strict=True, ge=1, le=10)]


def _known(areas: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := next((each for each in areas if not is_known(each)), None):
        raise ValueError(f"{unknown!r} is no division of GB/T 2260; write its code of 6 digits in quotes")
    return areas


Areas = Annotated[tuple[str, ...], AfterValidator(_known)]


class Part(BaseModel):
    """A piece of a pack: no unknown keys, no changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ListedArgs(Part):
    """On a control list under one of some categories."""

    category: Annotated[tuple[Category, ...], Field(min_length=1)]


class StayedArgs(Part):
    """Was in areas of some levels, or in named areas, or (`abroad`) outside the country.

    `between`: on one of the days from the first to the last. `left`: only who left while it was so, once they have.
    `within_days`: a stay that was over for longer, when it was declared, does not count.
    """

    level: tuple[AreaLevel, ...] = ()
    areas: Areas = ()
    abroad: bool = False
    between: tuple[date, date] | None = None
    left: bool = False
    within_days: Span

    @model_validator(mode="after")
    def _asks_one_thing(self) -> "StayedArgs":
        if self.abroad == bool(self.level or self.areas):
            raise ValueError("write either `abroad: true`, or `level`, `areas` or both")
        if self.between is not None and self.between[0] > self.between[1]:
            raise ValueError("`between` ends before it begins: write the earlier day first")
        return self


class PresentArgs(Part):
    """Is now where a level is in force, or in a named area: by residence, or by a stay or trip that is not over."""

    level: tuple[AreaLevel, ...] = ()
    areas: Areas = ()

    @model_validator(mode="after")
    def _asks_something(self) -> "PresentArgs":
        if not self.level and not self.areas:
            raise ValueError("write `level`, `areas` or both")
        return self


class SymptomArgs(Part):
    """Declared one of some symptoms, in a declaration or a check-in."""

    any_of: Annotated[tuple[Symptom, ...], Field(min_length=1)]
    within_days: Span = 60


class TemperatureArgs(Part):
    """Had a temperature of at least so many degrees Celsius; or had none taken for some days."""

    at_least: Annotated[float, Field(ge=FEVER_FROM, le=TEMPERATURE_MAX)] | None = None
    within_days: Span = 60
    missing_days: Span | None = None

    @model_validator(mode="after")
    def _asks_one_thing(self) -> "TemperatureArgs":
        if (self.at_least is None) == (self.missing_days is None):
            raise ValueError("write either `at_least` or `missing_days`")
        return self


class ContactArgs(Part):
    """Declared contact with a case."""

    within_days: Span = 60


class DeclaredArgs(Part):
    """Never declared; or declared last more than some days ago."""

    missing: Literal[True] | None = None
    older_than_days: Span | None = None

    @model_validator(mode="after")
    def _asks_one_thing(self) -> "DeclaredArgs":
        if (self.missing is None) == (self.older_than_days is None):
            raise ValueError("write either `missing: true` or `older_than_days`")
        return self


class CheckInArgs(Part):
    """Has not checked in for so many whole days; or did so as well on so many days running, up to now."""

    missed_days: Span | None = None
    streak: Annotated[int, Field(strict=True, ge=1, le=30)] | None = None

    @model_validator(mode="after")
    def _asks_one_thing(self) -> "CheckInArgs":
        if (self.missed_days is None) == (self.streak is None):
            raise ValueError("write either `missed_days` or `streak`")
        return self


class TestedArgs(Part):
    """Was tested with a result: so often, so far apart, since so many days."""

    __test__ = False  # the name is no test case of pytest's

    result: TestResult
    kind: tuple[TestKind, ...] = tuple(TestKind)
    count: Count = 1
    apart_hours: Annotated[int, Field(strict=True, ge=0, le=240)] = 0
    within_days: Span = 60


class ContradictedArgs(Part):
    """Denied in a declaration what a control list said then: `contact`, a stay `abroad`, or `symptoms` and fever."""

    denied: Literal["contact", "abroad", "symptoms"]
    by: Annotated[tuple[Category, ...], Field(min_length=1)]
