"""The bodies and answers of the operators' routes."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from chassis.http.body import PLAIN_TEXT, Body
from chassis.ops.content import ContentOut, event_type, key_hash
from chassis.ops.letters import Letter
from chassis.ops.offsets import To

MOST = 50
"""Letters of one request: they are one transaction."""

Reason = Annotated[str, Field(min_length=5, max_length=500, examples=["受理单 1174：发送方已修复"]), PLAIN_TEXT]
LetterId = Annotated[str, Field(pattern=r"^[a-z0-9.-]{1,249}:\d{1,18}:\d{1,18}$")]


class LetterOut(BaseModel):
    """A dead letter, without anything of what the sender wrote."""

    id: str = Field(examples=["hc.330000.lists-in.v1:17:1580515200000"])
    topic: str
    place: str = Field(description="where the record lies on its topic: topic/partition/offset")
    consumer: str = Field(description="who refused it")
    reason: str = Field(examples=["malformed"])
    detail: str
    key_hash: str = Field(description="SHA-256 of the key")
    type: str | None = Field(description="the event's type, when it is one that is known here")
    size: int = Field(description="bytes")
    written_at: datetime
    cut: bool = Field(description="too large to be kept whole: it cannot be replayed")
    replay_of: str | None = Field(description="the letter that was replayed and came back as this one")

    @classmethod
    def of(cls, letter: Letter) -> "LetterOut":
        """From a letter."""
        return cls(
            id=letter.id,
            topic=letter.topic,
            place=letter.place,
            consumer=letter.consumer,
            reason=letter.code,
            detail=letter.detail,
            key_hash=key_hash(letter.record.key),
            type=event_type(letter.record),
            size=letter.cut or len(letter.record.value or b""),
            written_at=datetime.fromtimestamp(letter.written_at / 1000, UTC),
            cut=letter.cut is not None,
            replay_of=letter.replay_of,
        )


class LetterPage(BaseModel):
    """Open letters in the order of their topics; a page may be empty and yet have a `next`."""

    letters: list[LetterOut]
    next: str | None


class Purpose(Body):
    """Why somebody wants to see it; this is put on record."""

    purpose: Reason


class LetterShown(BaseModel):
    """A letter, and what of its content may be shown."""

    letter: LetterOut
    open: bool
    content: ContentOut


class Choice(Body):
    """Which letters: named ones, or all that are open (of a topic, for a reason), page by page."""

    letters: list[LetterId] | None = Field(default=None, min_length=1, max_length=MOST)
    all: StrictBool = False
    topic: str | None = Field(default=None, max_length=249)
    code: str | None = Field(default=None, max_length=64, description="the letters' `reason`")
    cursor: str | None = Field(default=None, max_length=4000, description="`next` of the answer before")
    reason: Reason


class OutcomeOut(BaseModel):
    """What became of one letter."""

    id: str
    outcome: Literal["replayed", "rejected", "parked", "failed", "decided", "cut", "dropped"] = Field(
        description="rejected: it came back as a new letter; parked: it waits behind its key; failed: it stays open; "
        "decided: somebody was faster"
    )
    why: str | None


class OutcomePage(BaseModel):
    """What became of the letters of one request; with `next` there are more."""

    act: int | None
    outcomes: list[OutcomeOut]
    missing: list[str] = Field(description="named letters that are not there any more")
    looked_at: int = Field(description="dead letters passed in this page, other services' included")
    left: int = Field(description="at most so many are still to be looked at")
    next: str | None


class ParkedOut(BaseModel):
    """A subject whose records wait."""

    model_config = ConfigDict(from_attributes=True)

    consumer: str
    key_hash: str
    keyless: bool = Field(description="records without a key: none waits for another")
    records: int
    reason: str = Field(description="the type of the error that parked the first", examples=["KeyError"])
    since: datetime
    bytes: int


class ParkedPage(BaseModel):
    """Parked subjects by their first record."""

    subjects: list[ParkedOut]
    next: int | None


class ParkedRecordOut(BaseModel):
    """A parked record, and what of its content may be shown."""

    place: str
    reason: str
    parked_at: datetime
    content: ContentOut


class ParkedShown(BaseModel):
    """The first records of a subject."""

    records: list[ParkedRecordOut]


class Release(Body):
    """Why a subject is released."""

    reason: Reason
    after: StrictInt = Field(default=0, ge=0, le=2**62, description="`next` of the answer before")


class Released(BaseModel):
    """How far a release came; with `left` and no `failed`, send it again."""

    model_config = ConfigDict(from_attributes=True)

    released: int
    rejected: int = Field(description="became dead letters")
    left: int
    failed: str | None = Field(description="the type of the error at which it stopped")
    next: int


class Drop(Body):
    """Why parked records are forgotten, and which."""

    reason: Reason
    records: Literal["first", "all"]


class Dropped(BaseModel):
    """The places of what was dropped: the records stay on their topic as long as its retention."""

    places: list[str]


class OffsetOut(BaseModel):
    """Where a consumer stands in a partition."""

    model_config = ConfigDict(from_attributes=True)

    consumer: str
    topic: str
    partition: int
    position: int | None
    begin: int
    end: int
    strikes: int
    limit: int
    state: Literal["running", "limit", "outside-log", "unreadable"]
    outside: bool


class Offsets(BaseModel):
    """All partitions."""

    offsets: list[OffsetOut]


class Resume(Body):
    """Which partition goes on, and from where."""

    consumer: str = Field(max_length=64)
    topic: str = Field(max_length=249)
    partition: StrictInt = Field(ge=0, le=100_000)
    to: To | Annotated[StrictInt, Field(le=2**62)] = Field(
        default="stored", description="an offset only where a record cannot be read"
    )
    reason: Reason


class ActOut(BaseModel):
    """Something that an operator did."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    at: datetime
    who: str
    client: str | None
    act: str
    targets: list[str]
    reason: str
    outcome: str


class ActPage(BaseModel):
    """Acts, the latest first."""

    acts: list[ActOut]
    next: int | None
