"""What regions share of a person: the national kinds of records, and the form in which one is sealed (way 1)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import Meta

from healthcode.values import Category, TestKind, TestResult

Text: TypeAlias = Annotated[str, Meta(min_length=1, max_length=100)]
Area: TypeAlias = Annotated[str, Meta(pattern="^[0-9]{6,12}$")]
Time: TypeAlias = Annotated[datetime, Meta(tz=True)]


class TestRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A test: which, with what result, and when the sample was taken. `source` is the laboratory."""

    __test__ = False  # pytest takes the name for a test's

    kind: TestKind
    result: TestResult
    sampled_at: Time
    source: Text | None = None


class ListingRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An entry of a control list. `source` is the authority that answers for it."""

    category: Category
    valid_from: Time
    valid_until: Time | None = None
    source: Text | None = None


class StayRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A stay in an area, or in another country, by days of the origin's calendar; both days count."""

    area: Area | None = None
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] = "CN"
    since: date
    until: date


Content: TypeAlias = TestRecord | ListingRecord | StayRecord

KINDS: Final[Mapping[str, type[TestRecord] | type[ListingRecord] | type[StayRecord]]] = {
    "test": TestRecord,
    "listing": ListingRecord,
    "stay": StayRecord,
}


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fact as it is sealed: `content` is of its `kind`, and the highest `revision` of a `fact` counts.

    `fact` is a random name that this fact has under this handle alone; `at` is when the revision was recorded.
    """

    kind: Text
    fact: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
    revision: Annotated[int, Meta(ge=1, le=2**53)]
    at: Time
    withdrawn: bool = False
    content: msgspec.Raw


BLOCK: Final = 256
"""A sealed record is filled up to a multiple of it: its length does not tell what kind it is of."""

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(Record).decode


def content_bytes(content: Content) -> bytes:
    """A content as JSON."""
    return _encode(content)


def content_of(kind: str, data: bytes | msgspec.Raw) -> Content:
    """The content of a kind in its JSON. Raises msgspec.DecodeError; KeyError for a kind that is none."""
    return msgspec.json.decode(data, type=KINDS[kind])


def record_bytes(record: Record) -> bytes:
    """A record as it is sealed: JSON, and spaces behind it up to the next block."""
    data = _encode(record)
    return data + b" " * (-len(data) % BLOCK)


def record_of(data: bytes) -> Record:
    """The record in such bytes. Raises msgspec.DecodeError."""
    return _decode(data)
