"""The shapes of requests and answers about places and passes."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis.http.body import PLAIN_TEXT, Body, Moment
from healthcode.credential.place import MAX_NAME, MAX_TEXT
from healthcode.values import Color
from services.issuer.api.models import NOON, Answer

PLACE_PATTERN = "^[a-z2-7]{13}$"
PLACE = "p6m2k7q4x3aab"
CODE = "HP1:6BFA70M90…"
PlaceText = Annotated[str, Field(min_length=1, max_length=MAX_TEXT, examples=[CODE])]


class PlaceIn(Body):
    """A place that wants a code at its door."""

    name: Annotated[str, Field(min_length=2, max_length=MAX_NAME, examples=["西湖文化广场 3 号门"]), PLAIN_TEXT]
    area: str = Field(pattern="^[0-9]{6}([0-9]{3}){0,2}$", examples=["330106"], description="GB/T 2260, or finer")


class PlaceOut(Answer):
    """A place, and the text of the QR code for its door."""

    place: str = Field(examples=[PLACE])
    name: str = Field(examples=["西湖文化广场 3 号门"])
    area: str = Field(examples=["330106"])
    code: str = Field(examples=[CODE], description="draw this as a QR code; it holds for as long as the place is open")
    registered_at: datetime = Field(examples=[NOON])
    closed_at: datetime | None = Field(examples=[None])


class PassIn(Body):
    """The code of a place that was scanned."""

    place: PlaceText


class EntryOut(Answer):
    """Whether one is let in; show it at the door. The moment and the number tell it from a picture of another one."""

    admitted: bool = Field(examples=[True])
    name: str = Field(examples=["西湖文化广场 3 号门"])
    color: Color = Field(examples=["green"])
    word: str = Field(examples=["绿码"])
    act: str = Field(examples=["may_enter"])
    act_word: str = Field(examples=["可通行"])
    at: datetime = Field(examples=[NOON])
    number: str | None = Field(examples=["483 921"], description="the door sees the same; none for who is not let in")


class PassOut(Answer):
    """One was let in somewhere."""

    place: str = Field(examples=[PLACE])
    name: str = Field(examples=["西湖文化广场 3 号门"])
    area: str = Field(examples=["330106"])
    at: datetime = Field(examples=[NOON])
    color: Color = Field(examples=["green"])
    number: str = Field(examples=["483 921"])
    how: Literal["scanned", "shown"] = Field(examples=["scanned"])


class OwnPasses(Answer):
    """One's own passes, latest first, for as long as they are kept."""

    items: list[PassOut]
    next: int | None = Field(examples=[4711], description="cursor of the next page; null on the last")
    kept_days: int = Field(examples=[30])


class SearchOut(Answer):
    """Somebody searched for one's passes, or for those of a place where one was."""

    at: datetime = Field(examples=[NOON])
    authority: str = Field(examples=["330100-cdc"])
    purpose: str = Field(examples=["流调：2020-02-11 西湖文化广场病例"])
    by_place: bool = Field(examples=[False])
    since: datetime = Field(examples=[NOON])
    until: datetime = Field(examples=[NOON])


class OwnSearches(Answer):
    """Who searched, latest first."""

    items: list[SearchOut]


class DoorPass(Answer):
    """Somebody was just let in, as the door sees it: nothing of who it was."""

    at: datetime = Field(examples=[NOON])
    number: str = Field(examples=["483 921"])
    how: Literal["scanned", "shown"] = Field(examples=["scanned"])


class DoorPasses(Answer):
    """Who was let in lately, latest first."""

    items: list[DoorPass]


class SearchIn(Body):
    """What an officer looks for, and for what; it is on record, and the people concerned see it."""

    subject: str | None = Field(default=None, pattern="^[a-z2-7]{26}$", examples=[None])
    place: str | None = Field(default=None, pattern=PLACE_PATTERN, examples=[PLACE])
    since: Moment = Field(examples=[NOON])
    until: Moment = Field(examples=["2020-02-12T04:00:00Z"], description="31 days after at most")
    purpose: Annotated[
        str, Field(min_length=10, max_length=1000, examples=["流调：2020-02-11 西湖文化广场病例"]), PLAIN_TEXT
    ]


class FoundPass(PassOut):
    """A pass as an officer finds it."""

    subject: str = Field(examples=["mzxw6ytboi4dsmjqgeydcmbqga"])


class FoundPasses(Answer):
    """What was found, latest first."""

    items: list[FoundPass]
    complete: bool = Field(examples=[True], description="false: there are more, make the span shorter")
