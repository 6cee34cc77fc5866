"""The shapes of what guardians, and people on paper or without a phone, ask for and are answered."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chassis.http.body import PLAIN_TEXT
from services.issuer.api.models import NOON, Answer, LookupRequest

IDENT = "0170324ec8007f1d8a3b5c6d7e8f9001"


class Ward(Answer):
    """Somebody whose code the caller may show."""

    id: str = Field(examples=[IDENT], description="of the registration, as GET /v1/dependants has it")
    until: datetime = Field(examples=["2020-08-11T16:00:00Z"], description="from then on no more")


class Wards(Answer):
    """All of them; who is behind an id, GET /v1/dependants tells."""

    items: list[Ward]


class SeenBy(Answer):
    """That somebody looked one's code up."""

    at: datetime = Field(examples=[NOON])
    role: Literal["checkpoint", "counter", "guardian"]
    role_word: str = Field(examples=["查验点"])
    authority: str | None = Field(examples=["330100-station-east"])
    found: bool = Field(description="whether there was a code to be seen")


class SeenPage(Answer):
    """Who looked one's code up, latest first."""

    items: list[SeenBy]
    next: str | None = Field(examples=["41"], description="cursor of the next page; null on the last")


class DocumentRequest(LookupRequest):
    """The person's document. It is not kept."""


class PaperRequest(DocumentRequest):
    """The document that a counter has seen, and the name in it. Neither is kept."""

    name: Annotated[str, Field(min_length=1, max_length=64, examples=["王小明"]), PLAIN_TEXT]


class PaperAnswer(Answer):
    """A code on paper."""

    credential: str = Field(examples=["HC1:NCFOXN…"], description="the text of the QR code")
    color: str = Field(examples=["green"])
    word: str = Field(examples=["绿码"])
    masked_name: str | None = Field(examples=["王**"])
    id_tail: str = Field(examples=["2X"])
    issued_at: datetime = Field(examples=[NOON])
    expires_at: datetime = Field(examples=["2020-02-18T04:00:00Z"])


class RevokedAnswer(Answer):
    """What was taken back."""

    revoked: int = Field(examples=[1], description="papers that count no more")
