"""What a credential says of a code."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from healthcode.credential import Claims, CredentialKind, StatusReference
from healthcode.values import Color, Status
from services.issuer.domain.code import Code

# A list of 2^20 bits is 131 kB; half full, a free place is found at the second try.
LIST_BITS: Final = 1 << 20
LONGEST: Final = timedelta(hours=24)
LONGEST_ON_PAPER: Final = timedelta(days=30)
_STATUS: Final = {Color.GREEN: Status.LOW, Color.YELLOW: Status.MEDIUM, Color.RED: Status.HIGH}


class NothingToShow(Exception):  # noqa: N818 - a state of the code, not a fault
    """The code is pending, expired or cancelled: no judgement stands that a credential could carry."""

    def __init__(self, color: Color) -> None:
        """`color`: the state in the way."""
        super().__init__(color.value)
        self.color = color


@dataclass(frozen=True, slots=True)
class StatusPlace:
    """Where the bit of a credential is."""

    list_id: str
    index: int


@dataclass(frozen=True, slots=True)
class Naming:
    """What paper says of its holder: without it, paper could be handed on."""

    masked_name: str | None
    """As an identity provider or a counter vouches for it."""
    id_tail: str
    """The last two characters of the document number."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a credential is to be good for, which key its holder has, and whose it is if it is on paper."""

    lifetime: timedelta = LONGEST
    holder_key: bytes | None = None
    paper: Naming | None = None


def list_id(now: datetime, number: int) -> str:
    """The short id of the `number`th status list of a day (UTC)."""
    return f"{now:%Y%m%d}-{number}"


def place_at(now: datetime, lists: int, below: Callable[[int], int]) -> StatusPlace:
    """A place in one of the day's lists; `below(n)` gives a number from 0 to n - 1, and has to be unpredictable."""
    return StatusPlace(list_id(now, below(lists)), below(LIST_BITS))


def status_of(color: Color) -> Status:
    """The national status of a judged color. Raises NothingToShow for the others."""
    try:
        return _STATUS[color]
    except KeyError:
        raise NothingToShow(color) from None


def claims_for(
    code: Code, region: str, cti: bytes, place: StatusPlace, now: datetime, terms: Terms | None = None
) -> Claims:
    """What to sign: no name, number or pseudonym, good for at most a day and never longer than the code itself.

    Paper alone says something of its holder, and lives longer, for it cannot be refreshed. Raises NothingToShow when no
    color stands, ValueError for a holder key that is no point of P-256.
    """
    terms = terms or Terms()
    paper = terms.paper
    status = status_of(code.state.color)
    longest = LONGEST if paper is None else LONGEST_ON_PAPER
    expires_at = min(now + min(terms.lifetime, longest), code.expires_at or now)
    if expires_at <= now:
        raise NothingToShow(Color.GREY)
    return Claims(
        issuer=region,
        issued_at=now,
        expires_at=expires_at,
        credential_id=cti,
        status=status,
        since=code.state.since,
        until=code.state.until,
        region=region,
        status_list=StatusReference(place.index, place.list_id),
        kind=CredentialKind.APP if paper is None else CredentialKind.PAPER,
        holder_key=terms.holder_key,
        masked_name=paper.masked_name if paper else None,
        id_tail=paper.id_tail if paper else None,
    )
