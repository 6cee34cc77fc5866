"""What a rule may ask of a dossier, as packs write it: a mapping of one key, the predicate's name."""

from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator

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

    `between`: on one of the days from the first to the last. `within_days`: a stay that was over for longer, when it
    was declared, does not count.
    """

    level: tuple[AreaLevel, ...] = ()
    areas: Areas = ()
    abroad: bool = False
    between: tuple[date, date] | None = None
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


class Listed(Part):
    """`listed`."""

    listed: ListedArgs


class Stayed(Part):
    """`stayed`."""

    stayed: StayedArgs


class Present(Part):
    """`present`."""

    present: PresentArgs


class Felt(Part):
    """`symptom`."""

    symptom: SymptomArgs


class Temperature(Part):
    """`temperature`."""

    temperature: TemperatureArgs


class Contact(Part):
    """`contact`."""

    contact: ContactArgs


class Declared(Part):
    """`declared`."""

    declared: DeclaredArgs


class CheckedIn(Part):
    """`check_in`."""

    check_in: CheckInArgs


class Tested(Part):
    """`tested`."""

    __test__ = False  # as TestedArgs

    tested: TestedArgs


class Contradicted(Part):
    """`contradicted`."""

    contradicted: ContradictedArgs


class All(Part):
    """Every one of some."""

    all: Annotated[tuple["Predicate", ...], Field(min_length=1)]


class Any_(Part):  # noqa: N801 - `Any` is taken by typing
    """At least one of some."""

    any: Annotated[tuple["Predicate", ...], Field(min_length=1)]


class Not(Part):
    """Not one, as things stand at the time of the review."""

    not_: Annotated["Predicate", Field(alias="not")]


NAMES: Final = (
    "listed",
    "stayed",
    "present",
    "symptom",
    "temperature",
    "contact",
    "declared",
    "check_in",
    "tested",
    "contradicted",
    "all",
    "any",
    "not",
)


def _name(value: Any) -> str | None:
    """The predicate's name: the only key."""
    if isinstance(value, dict):
        return str(next(iter(value))) if len(value) == 1 else None
    return next((field.alias or name for name, field in type(value).model_fields.items()), None)


Predicate = Annotated[
    Annotated[Listed, Tag("listed")]
    | Annotated[Stayed, Tag("stayed")]
    | Annotated[Present, Tag("present")]
    | Annotated[Felt, Tag("symptom")]
    | Annotated[Temperature, Tag("temperature")]
    | Annotated[Contact, Tag("contact")]
    | Annotated[Declared, Tag("declared")]
    | Annotated[CheckedIn, Tag("check_in")]
    | Annotated[Tested, Tag("tested")]
    | Annotated[Contradicted, Tag("contradicted")]
    | Annotated[All, Tag("all")]
    | Annotated[Any_, Tag("any")]
    | Annotated[Not, Tag("not")],
    Discriminator(
        _name,
        custom_error_type="predicate",
        custom_error_message=f"write one predicate here, a key of {', '.join(NAMES)} and nothing beside it",
    ),
]

for _holder in (All, Any_, Not):
    _holder.model_rebuild()
