"""Places, and who was let in."""

from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from healthcode.events import CodeChanged
from healthcode.values import Act, Color

LONGEST_SEARCH: Final = timedelta(days=31)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A place with a code at its door. `owner`: the client or the authority that registered it."""

    id: str
    name: str
    area: str
    owner: str
    registered_by: str
    registered_at: datetime
    closed_at: datetime | None = None


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody was let in. `how`: they scanned the place's code, or somebody there theirs."""

    place: str
    subject: str
    at: datetime
    color: Color
    number: str
    how: Literal["scanned", "shown"]


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A pass on record, with its number by which pages go, and what its place is called."""

    id: int
    what: Pass
    name: str
    area: str


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """An officer looks for passes of a person, or at a place, in a span of time, and says for what."""

    at: datetime
    caller: str
    authority: str
    purpose: str
    subject: str | None
    place: str | None
    since: datetime
    until: datetime


def lets_in(code: CodeChanged) -> bool:
    """Whether who has this code may enter."""
    return code.color is Color.GREEN and code.act == Act.MAY_ENTER
