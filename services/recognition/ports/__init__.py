"""What the handlers need of the outside."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from healthcode.envelope import Encoded
from healthcode.events import GuestChanged, HolderWanted, LinkBeat, LinksHeard
from healthcode.values import IdType
from services.recognition.domain.guest import Guest
from services.recognition.domain.home import Home, HomeCode, Watch
from services.recognition.domain.link import Link
from services.recognition.domain.message import Between, Message
from services.recognition.domain.route import Route


class HomeStore(Protocol):
    """The region's own people, within one transaction."""

    async def lock(self, subjects: Sequence[str]) -> dict[str, Home]:
        """Lock these people, in the same order everywhere; all are in the answer, known before or not."""
        ...

    async def lock_known(self, subjects: Sequence[str]) -> dict[str, Home]:
        """As `lock`, but who is not known is absent, and nothing is written of them."""
        ...

    async def watched_as(self, handles: Sequence[str]) -> dict[str, str]:
        """Whom these handles name; nothing is locked, and who is not known is absent."""
        ...

    async def over(self, now: datetime, limit: int) -> list[str]:
        """Up to `limit` people who have watches whose end has come; nothing is locked."""
        ...

    async def save(self, before: Mapping[str, Home], after: Mapping[str, Home], messages: Sequence[Between]) -> None:
        """Keep people, locked before, as they are `after`, and send the messages to the hub, signed, in this order."""
        ...

    async def count(self, region: str, hour: datetime, asked: int) -> int:
        """Count what a region has asked by documents within an hour; gives the sum."""
        ...

    async def seek(self, wanted: Sequence[HolderWanted]) -> None:
        """Ask the region's own issuer whose these credentials are."""
        ...


class Countersigned(NamedTuple):
    """A region's seal, and the same under the nation's signature."""

    signed: bytes
    countersigned: bytes


class SealBook(Protocol):
    """The seals that the nation has seen, within one transaction."""

    async def keep(self, region: str, day: str, signed: bytes, countersigned: bytes) -> Countersigned:
        """Keep the first seal of a region's day; gives that one."""
        ...

    async def to_nation(self, messages: Sequence[Encoded]) -> None:
        """Publish on the national broker."""
        ...

    async def to_region(self, messages: Sequence[Encoded]) -> None:
        """Publish on the region's own."""
        ...


class Post(Protocol):
    """What is passed on and leaves nothing behind, within one transaction."""

    async def to_nation(self, messages: Sequence[Encoded]) -> None:
        """Publish on the national broker."""
        ...

    async def to_region(self, messages: Sequence[Encoded]) -> None:
        """Publish on the region's own."""
        ...


class RouteStore(Protocol):
    """The hub's routes, within one transaction."""

    async def lock(self, handles: Sequence[str]) -> dict[str, Route]:
        """Lock these watches in one order; those that are not known are absent."""
        ...

    async def save(self, routes: Sequence[Route], messages: Sequence[Message]) -> None:
        """Keep the routes, and send the messages on to their destinations, signed by the hub, in this order."""
        ...

    async def purge(self, before: datetime, limit: int) -> int:
        """Forget up to `limit` routes whose watch ended before then; gives how many."""
        ...


class GuestStore(Protocol):
    """The guests of this region, within one transaction."""

    async def lock(self, handles: Sequence[str]) -> dict[str, Guest]:
        """Lock these guests in one order; those that are not known are absent."""
        ...

    async def lock_over(self, now: datetime, limit: int) -> dict[str, Guest]:
        """Lock up to `limit` guests whose watch is over and whom nobody else holds."""
        ...

    async def save(self, guests: Sequence[Guest], events: Sequence[GuestChanged]) -> None:
        """Keep the guests and publish what they count as now, in this order."""
        ...

    async def forget(self, guests: Sequence[Guest], events: Sequence[GuestChanged]) -> None:
        """Delete the guests, and publish that they are none any more."""
        ...


class LinkBook(Protocol):
    """When which region was heard, within one transaction."""

    async def turn(self, now: datetime, every: timedelta) -> int | None:
        """The next sequence, if the last time that we spoke is so long ago; else None."""
        ...

    async def heard(self, links: Sequence[tuple[Link, int]]) -> None:
        """Keep the links, each with the sequence of what said so; a lower one than before changes nothing."""
        ...

    async def links(self) -> list[Link]:
        """All that were heard."""
        ...

    async def send(self, events: Sequence[LinkBeat | LinksHeard]) -> None:
        """Publish on the national broker, signed."""
        ...


class Homes(Protocol):
    """Opens transactions on the region's own people for those who come without one."""

    def begin(self) -> AbstractAsyncContextManager[HomeStore]:
        """A transaction that commits when left without an error."""
        ...


class Routes(Protocol):
    """Opens transactions on routes."""

    def begin(self) -> AbstractAsyncContextManager[RouteStore]:
        """As Homes.begin."""
        ...


class Guests(Protocol):
    """Opens transactions on guests."""

    def begin(self) -> AbstractAsyncContextManager[GuestStore]:
        """As Homes.begin."""
        ...


class Views(Protocol):
    """Looking, without locks."""

    async def guest(self, handle: str) -> Guest | None:
        """A guest whose watch is not over."""
        ...

    async def guests(self, after: str, limit: int) -> list[Guest]:
        """Guests in the order of their handles, from behind `after` on."""
        ...

    async def code(self, subject: str) -> HomeCode | None:
        """A person's last code that rests on first-hand facts; None for who is not known."""
        ...

    async def watches(self, subject: str, now: datetime) -> list[Watch]:
        """The open watches on a person."""
        ...

    async def links(self) -> dict[str, Link]:
        """When which region was heard, by its code."""
        ...


class Pseudonymise(Protocol):
    """Turns a document into a subject. Nothing that it is given is kept."""

    def __call__(self, id_type: IdType, number: str) -> str:
        """The subject. Raises InvalidIdNumber, which says what is wrong with the number."""
        ...
