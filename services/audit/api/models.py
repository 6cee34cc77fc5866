"""What comes in and goes out over HTTP."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from chassis.http.body import PLAIN_TEXT, Body, Moment
from healthcode.two_officers import ProposalState
from healthcode.values import Category, Color, IdType, Level, TestKind, TestResult

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
    valid_from: Moment = Field(examples=["2020-02-11T00:00:00+08:00"])
    valid_until: Moment | None = Field(default=None, description="first instant after; none: until changed")


class TestIn(EntryIn):
    """The result of a test."""

    __test__ = False  # pytest takes the name for a test's

    person: PersonIn
    kind: TestKind
    result: TestResult
    sampled_at: Moment


class AreaIn(EntryIn):
    """The risk level of an area."""

    area: str = Field(pattern=r"^[0-9]{6}([0-9]{3}){0,2}$", examples=["330106"], description="GB/T 2260, or finer")
    level: Level
    valid_from: Moment
    valid_until: Moment | None = None


class AreaProposalIn(AreaIn):
    """The risk level of an area, for a second officer to approve."""

    why: str = Field(min_length=10, max_length=1000, description="for the second officer, and for the record")


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
    """What became of every line; of a preview, what would become of it."""

    preview: bool = False
    proposal: str | None = Field(default=None, description="which another officer has to approve first, if any")
    accepted: list[LineAccepted]
    refused: list[LineRefused]


class DecisionIn(EntryIn):
    """A decision by hand about one person: a color that they have at least, or rules that do not count for them."""

    person: PersonIn | None = Field(default=None, description="by their document; or `subject`")
    subject: str | None = Field(default=None, pattern=r"^[a-z2-7]{16,64}$", description="by their pseudonym here")
    color: Color | None = Field(default=None, description="yellow or red")
    exempts: list[Annotated[str, Field(pattern=r"^[^\s]{1,60}$")]] = Field(
        default=[], max_length=50, description="ids of rules that do not count; `*`: none does"
    )
    reason: str = Field(min_length=1, max_length=60, description="a key of the region's texts: what the person reads")
    valid_from: Moment
    valid_until: Moment = Field(description="every decision has an end, 92 days after its beginning at most")
    why: str = Field(min_length=10, max_length=1000, description="for the second officer, and for the record")


class WhyIn(Body):
    """Why something is proposed or turned down; it is kept on record."""

    why: str = Field(min_length=10, max_length=1000)


class NoteIn(Body):
    """What the second officer adds."""

    note: str | None = Field(default=None, min_length=1, max_length=1000)


class DecisionOut(EntryOut):
    """A decision by hand."""

    subject: str
    color: Color | None
    exempts: str
    reason: str
    valid_from: datetime
    valid_until: datetime


class ProposalOut(BaseModel):
    """An act that takes two officers, and how it stands. `outcome` is what came of it."""

    id: str
    kind: str
    act: dict[str, Any]
    why: str
    authority: str
    proposed_by: str
    proposed_at: datetime
    ends_at: datetime = Field(description="until then another person of the authority may approve it")
    state: ProposalState
    decided_by: str | None
    decided_at: datetime | None
    note: str | None
    outcome: str | None


class ProposalPage(BaseModel):
    """A page of proposals, newest first; `next` is the cursor of the following page."""

    proposals: list[ProposalOut]
    next: str | None
