"""What a rule may ask of a dossier, as packs write it: a mapping of one key, the predicate's name."""

from collections.abc import Iterator
from typing import Annotated, Any, Final

from pydantic import Discriminator, Field, Tag

from services.audit.domain.policy.arguments import (
    CheckInArgs,
    ContactArgs,
    ContradictedArgs,
    DeclaredArgs,
    ListedArgs,
    Part,
    PresentArgs,
    StayedArgs,
    SymptomArgs,
    TemperatureArgs,
    TestedArgs,
)


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


def parts(predicate: Predicate) -> Iterator[Predicate]:
    """A predicate and all within it."""
    yield predicate
    match predicate:
        case All():
            for each in predicate.all:
                yield from parts(each)
        case Any_():
            for each in predicate.any:
                yield from parts(each)
        case Not():
            yield from parts(predicate.not_)
        case _:
            pass


for _holder in (All, Any_, Not):
    _holder.model_rebuild()
