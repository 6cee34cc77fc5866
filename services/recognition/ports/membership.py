"""What it needs of the outside that regions come, are suspended, and go."""

from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from healthcode.two_officers import OfAuthority
from services.recognition.domain.guest import Guest
from services.recognition.ports import GuestStore


class Silence(NamedTuple):
    """A region to which nothing is told; `cursor`: the last trip whose watch has been told anew since."""

    region: str
    cursor: str


class Silences(Protocol):
    """The regions to which nothing is told, within one transaction; one's own stands for all."""

    async def note(self, regions: Collection[str]) -> None:
        """Nothing is told to these: all open watches are to be told anew, from the first."""
        ...

    async def lock(self) -> list[Silence]:
        """All of them, kept from others."""
        ...

    async def watches(self, destination: str | None, after: str, limit: int) -> list[tuple[str, str]]:
        """The next open watches, of one destination or of all, by trip: trip and subject."""
        ...

    async def move(self, region: str, cursor: str) -> None:
        """Go on behind that trip."""
        ...

    async def end(self, region: str) -> None:
        """All is told."""
        ...


class CoveredGuests(GuestStore, Protocol):
    """Guests, with those whose home counts otherwise than they show."""

    async def lock_miscovered(self, away: Mapping[str, str | None], limit: int) -> dict[str, Guest]:
        """Lock up to `limit` guests of these homes who do not show why (None: that) their home counts."""
        ...


class MemberAct(StrEnum):
    """What may be done with a member."""

    JOIN = "join"
    SUSPEND = "suspend"
    RESUME = "resume"
    LEAVE = "leave"


class MemberChange(OfAuthority, frozen=True, kw_only=True):
    """What two officers of an authority of the nation's decide about a region. `entry`: of a new one, as JSON."""

    act: MemberAct
    region: str
    entry: str | None = None
    begins_at: datetime | None = None
    until: datetime | None = None


class MemberChangeBook(Protocol):
    """Changes within one transaction."""

    async def add(self, change: MemberChange) -> None:
        """Keep one that was proposed."""
        ...

    async def lock(self, ident: str) -> MemberChange | None:
        """One of them, kept from others."""
        ...

    async def settle(self, change: MemberChange) -> None:
        """Keep what was decided."""
        ...


class MemberChanges(Protocol):
    """What was proposed."""

    def begin(self) -> AbstractAsyncContextManager[MemberChangeBook]:
        """A transaction that commits when left without an error."""
        ...

    async def latest(self, limit: int) -> list[MemberChange]:
        """Newest first."""
        ...
