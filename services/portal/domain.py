"""What the pages are made of, and what they have to know before anybody signs in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

HASHED: Final = "assets/"
"""The folder of files whose names change with their content."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """Where a browser signs in, and under which name of ours."""

    authorize_url: str
    client_id: str


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, as the identity provider gave it."""

    access_token: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the pages; `packed` is its body with gzip, None where that is no shorter."""

    body: bytes
    packed: bytes | None
    media_type: str
    tag: str
    forever: bool
    """Its name changes with its content, so a browser need not ask again."""


@dataclass(frozen=True, slots=True)
class TrustList:
    """The nation's signed trust list, and when it was fetched."""

    data: bytes
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Opening:
    """That an officer opened a person's page, for a purpose."""

    subject: str
    officer: str
    authority: str | None
    purpose: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """The same as the person reads it: which authority, not which human being."""

    id: int
    authority: str | None
    purpose: str
    at: datetime
