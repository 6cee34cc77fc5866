"""What comes in over HTTP, as it is written and documented; the rules by date are the domain's."""

import re
from datetime import date
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from chassis.http.body import PLAIN_TEXT, Body
from healthcode.areas import is_known
from healthcode.events import Stay
from healthcode.values import TEMPERATURE_MAX, TEMPERATURE_MIN, IdType, Symptom
from services.declaration.domain import declaration as domain
from services.declaration.domain.people import Basic, Document
from services.declaration.domain.trip import Trip

MOST_STAYS: Final = 30
HOME: Final = "CN"
ID_PATTERN: Final = r"^[0-9a-f]{32}$"
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

# The texts that people read are declared under these codes in `api.problems`.
UNKNOWN_AREA: Final = PydanticCustomError("unknown_area", "no such area")
NOT_A_DAY: Final = PydanticCustomError("date_parsing", "no day")
AREA_OR_COUNTRY: Final = PydanticCustomError("area_or_country", "either area or country")
HOME_COUNTRY: Final = PydanticCustomError("home_country", "at home")
PROMISE_REQUIRED: Final = PydanticCustomError("promise_required", "no promise")


def _known_area(code: str) -> str:
    if not is_known(code):
        raise UNKNOWN_AREA
    return code


def _written_day(value: Any) -> Any:
    """Pydantic would also take numbers and times."""
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise NOT_A_DAY


def _promised(value: bool) -> bool:  # noqa: FBT001 - pydantic's signature
    if not value:
        raise PROMISE_REQUIRED
    return value


def _abroad(country: str) -> str:
    if country == HOME:
        raise HOME_COUNTRY
    return country


AreaCode = Annotated[
    str,
    Field(max_length=12, description="GB/T 2260: 6 digits, or 9 or 12", examples=["330106"]),
    AfterValidator(_known_area),
]
Day = Annotated[date, BeforeValidator(_written_day)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1, two letters", examples=["JP"])]
Temperature = Annotated[
    float, Field(strict=True, ge=TEMPERATURE_MIN, le=TEMPERATURE_MAX, description="degrees Celsius", examples=[36.5])
]
Symptoms = Annotated[
    list[Symptom], Field(max_length=len(Symptom), description="empty, or `none` alone, when there are none")
]
For = Annotated[
    str | None, Field(alias="for", pattern=ID_PATTERN, description="the id of a registered dependant of the caller's")
]


class Model(Body):
    """Base: never shows what came in."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class DocumentModel(Model):
    """An identity document."""

    id_type: IdType = Field(description="kind of document", examples=["resident_id"])
    id_number: str = Field(min_length=1, max_length=64, examples=["330106199003070014"])

    def document(self) -> Document:
        """As the domain knows it."""
        return Document(self.id_type, self.id_number)


class BasicModel(DocumentModel):
    """Basic information (GB/T 38962-2020)."""

    name: Annotated[str, Field(min_length=1, max_length=100, examples=["王小明"]), PLAIN_TEXT]
    phone: str = Field(pattern=r"^\+?[0-9][0-9 -]{4,22}[0-9]$", examples=["13800000000"])
    address: Annotated[str, Field(min_length=1, max_length=300, examples=["文三路 90 号"]), PLAIN_TEXT]
    residence: AreaCode
    nationality: Country | None = None

    def basic(self) -> Basic:
        """As the domain knows it."""
        return Basic(
            name=self.name,
            document=self.document(),
            phone=self.phone,
            address=self.address,
            residence=self.residence,
            nationality=self.nationality,
        )


class StayModel(Model):
    """A stay of the last 14 days, by the region's calendar; both days count."""

    area: AreaCode | None = None
    country: Annotated[Country, AfterValidator(_abroad)] | None = None
    since: Day = Field(examples=["2020-01-24"])
    until: Day = Field(examples=["2020-02-01"])

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.area is None) == (self.country is None):
            raise AREA_OR_COUNTRY
        return self

    def stay(self) -> Stay:
        """As it is published."""
        return Stay(area=self.area, country=self.country or HOME, since=self.since, until=self.until)


class HealthModel(Model):
    """Health information (GB/T 38962-2020)."""

    temperature: Temperature | None = None
    symptoms: Symptoms
    contact: StrictBool = Field(description="contact with a confirmed or suspected case in the last 14 days")
    stays: Annotated[list[StayModel], Field(max_length=MOST_STAYS)] = Field(default_factory=list)
    promise: Annotated[StrictBool, AfterValidator(_promised)] = Field(
        description="the promise that all this is true; must be true", examples=[True]
    )

    def health(self) -> domain.Health:
        """As the domain knows it."""
        return domain.Health(
            temperature=self.temperature,
            symptoms=tuple(self.symptoms),
            contact=self.contact,
            stays=tuple(stay.stay() for stay in self.stays),
        )


class DeclarationLine(Model):
    """A declaration in a batch."""

    basic: BasicModel
    health: HealthModel

    def said(self) -> domain.Declaration:
        """As the domain knows it."""
        return domain.Declaration(self.basic.basic(), self.health.health())


class DeclarationModel(DeclarationLine):
    """A declaration: of oneself, of a dependant, at a counter, or of somebody who then has to confirm it."""

    dependant: For = None

    def said(self) -> domain.Declaration:
        """As the domain knows it."""
        return domain.Declaration(self.basic.basic(), self.health.health(), self.dependant)


class CheckInLine(Model):
    """A check-in of today in a batch."""

    person: DocumentModel
    temperature: Temperature | None = None
    symptoms: Symptoms = Field(default_factory=list)

    def said(self) -> domain.CheckIn:
        """As the domain knows it."""
        health = domain.Health(temperature=self.temperature, symptoms=tuple(self.symptoms))
        return domain.CheckIn(health, self.person.document())


class CheckInModel(Model):
    """Today's check-in: of `person`, else of the dependant named by `for`, else of the caller."""

    temperature: Temperature | None = None
    symptoms: Symptoms
    person: DocumentModel | None = None
    dependant: For = None

    def said(self) -> domain.CheckIn:
        """As the domain knows it."""
        health = domain.Health(temperature=self.temperature, symptoms=tuple(self.symptoms))
        return domain.CheckIn(health, self.person.document() if self.person else None, self.dependant)


class TripBase(Model):
    """Where a trip leads, and when."""

    destination: AreaCode = Field(description="the region, as 420000", examples=["420000"])
    area: AreaCode = Field(description="the place in it", examples=["420100"])
    since: Day = Field(examples=["2020-02-12"])
    until: Day | None = Field(default=None, description="last day; open when left out", examples=["2020-02-16"])

    def _trip(self, person: DocumentModel | None, dependant: str | None) -> Trip:
        return Trip(
            destination=self.destination,
            area=self.area,
            since=self.since,
            until=self.until,
            person=person.document() if person else None,
            dependant=dependant,
        )


class TripLine(TripBase):
    """A trip in a batch."""

    person: DocumentModel

    def said(self) -> Trip:
        """As the domain knows it."""
        return self._trip(self.person, None)


class TripModel(TripBase):
    """A trip: of `person`, else of the dependant named by `for`, else of the caller."""

    person: DocumentModel | None = None
    dependant: For = None

    def said(self) -> Trip:
        """As the domain knows it."""
        return self._trip(self.person, self.dependant)


class ConfirmationModel(Model):
    """Whether what another declared is true."""

    agreed: StrictBool = Field(examples=[True])
