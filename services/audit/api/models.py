"""What comes in and goes out over HTTP."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from chassis.http.body import PLAIN_TEXT, Body
from healthcode.values import Category, IdType, Level, TestKind, TestResult

Evidence = Annotated[
    str,
    Field(min_length=1, max_length=500, examples=["疾控〔2020〕17号"], description="document or case"),
    PLAIN_TEXT,
]
Source = Annotated[
    str | None, Field(max_length=100, description="the authority; if given, it must be that of the token")
]


class PersonIn(Body):
    """A person by their document; the number is turned into a pseudonym at once and not kept."""

    id_type: IdType
    id_number: str = Field(min_length=1, max_length=64, examples=["11010519491231002X"])


class EntryIn(Body):
    """What every entry needs."""

    evidence: Evidence
    source: Source = None


class ListingIn(EntryIn):
    """An entry of a control list."""

    person: PersonIn
    category: Category
    valid_from: AwareDatetime = Field(examples=["2020-02-11T00:00:00+08:00"])
    valid_until: AwareDatetime | None = Field(default=None, description="first instant after; none: until changed")


class TestIn(EntryIn):
    """The result of a test."""

    __test__ = False  # pytest takes the name for a test's

    person: PersonIn
    kind: TestKind
    result: TestResult
    sampled_at: AwareDatetime


class AreaIn(EntryIn):
    """The risk level of an area."""

    area: str = Field(pattern=r"^[0-9]{6}([0-9]{3}){0,2}$", examples=["330106"], description="GB/T 2260, or finer")
    level: Level
    valid_from: AwareDatetime
    valid_until: AwareDatetime | None = None


class EntryOut(BaseModel):
    """An entry as it stands: its highest revision."""

    model_config = ConfigDict(from_attributes=True)

    entry: str
    revision: int
    source: str
    evidence: str
    recorded_at: datetime
    withdrawn: bool


class ListingOut(EntryOut):
    """An entry of a control list."""

    subject: str
    category: Category
    valid_from: datetime
    valid_until: datetime | None


class TestOut(EntryOut):
    """A test."""

    __test__ = False  # pytest takes the name for a test's

    subject: str
    kind: TestKind
    result: TestResult
    sampled_at: datetime


class AreaOut(EntryOut):
    """An area's level."""

    area: str
    level: Level
    valid_from: datetime
    valid_until: datetime | None


class ListingPage(BaseModel):
    """A page of entries; `next` is the cursor of the following page."""

    entries: list[ListingOut]
    next: str | None


class TestPage(BaseModel):
    """A page of results; `next` is the cursor of the following page."""

    __test__ = False  # pytest takes the name for a test's

    entries: list[TestOut]
    next: str | None


class AreaPage(BaseModel):
    """A page of levels; `next` is the cursor of the following page."""

    entries: list[AreaOut]
    next: str | None


class LineError(BaseModel):
    """What is wrong with one field of a line."""

    code: str
    detail: str
    pointer: str | None = None


class LineRefused(BaseModel):
    """A line that was not accepted; lines count from 1, a header included."""

    line: int
    errors: list[LineError]


class LineAccepted(BaseModel):
    """A line that was accepted, and the entry it became."""

    line: int
    entry: str


class BulkOut(BaseModel):
    """What became of every line."""

    accepted: list[LineAccepted]
    refused: list[LineRefused]
