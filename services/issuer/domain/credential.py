"""What a credential says of a code."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from healthcode.credential import Claims, StatusReference
from healthcode.values import Color, Status
from services.issuer.domain.code import Code

# A list of 2^20 bits is 131 kB; half full, a free place is found at the second try.
LIST_BITS: Final = 1 << 20
LONGEST: Final = timedelta(hours=24)
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
    code: Code,
    region: str,
    cti: bytes,
    place: StatusPlace,
    now: datetime,
    *,
    lifetime: timedelta = LONGEST,
    holder_key: bytes | None = None,
) -> Claims:
    """What to sign: no name, number or pseudonym, good for at most a day and never longer than the code itself.

    Raises NothingToShow when no color stands, ValueError for a holder key that is no point of P-256.
    """
    status = status_of(code.state.color)
    expires_at = min(now + min(lifetime, LONGEST), code.expires_at or now)
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
        holder_key=holder_key,
    )
