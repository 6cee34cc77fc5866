"""Clients: what subscription says of them, who may ask what, and how often in a day."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import Final, TypeVar

from healthcode.events import ClientChanged, ConsentChanged
from healthcode.values import Scope
from services.issuer.domain.client import Grant, day_at
from services.issuer.ports.client import ClientBook, Grants

E = TypeVar("E", ClientChanged, ConsentChanged)

LEASES: Final = 100
"""Into how many parts a day's quota is cut: each process holds one at most, and loses one at most when it ends."""
LARGEST_LEASE: Final = 1000
MOST_CLIENTS: Final = 10_000


class NotGranted(Exception):  # noqa: N818 - a state, not a fault
    """The account has no client that may do anything now."""


class OutOfScope(Exception):  # noqa: N818 - a state, not a fault
    """The client may do other things, and not this."""


class NoConsent(LookupError):  # noqa: N818 - named for what is missing
    """Nobody lets the client see a code under this name."""


class QuotaSpent(Exception):  # noqa: N818 - a state, not a fault
    """All answers of the day are used up; `seconds` are left of it."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


async def take_clients(book: ClientBook, events: Sequence[ClientChanged | ConsentChanged]) -> None:
    """Keep the newest of each client and of each consent; what is older than what is known changes nothing."""
    clients: dict[str, ClientChanged] = {}
    consents: dict[tuple[str, str], ConsentChanged] = {}
    for event in events:
        if isinstance(event, ClientChanged):
            clients[event.client] = _newer(clients.get(event.client, event), event)
        else:
            pair = (event.subject, event.client)
            consents[pair] = _newer(consents.get(pair, event), event)
    await book.keep(list(clients.values()), list(consents.values()))


async def admitted(grants: Grants, account: str, scope: Scope, now: datetime) -> Grant:
    """What the account's client may do. Raises NotGranted, OutOfScope."""
    grant = await grants.of_account(account)
    if grant is None or not grant.is_good(now):
        raise NotGranted
    if scope not in grant.scopes:
        raise OutOfScope
    return grant


async def agreed(grants: Grants, grant: Grant, subject: str, now: datetime) -> None:
    """Raises NoConsent unless the person lets the client see their code now."""
    until = await grants.consented(grant.client, subject)
    if until is None or until <= now:
        raise NoConsent


class Allowances:
    """The answers that each client has left today: taken from the database in parts, then given out from memory."""

    def __init__(self, grants: Grants, zone: tzinfo) -> None:
        """`zone`: whose days count."""
        self._grants = grants
        self._zone = zone
        self._left: OrderedDict[tuple[str, date, int], int] = OrderedDict()
        self._lock = asyncio.Lock()

    async def spend(self, grant: Grant, now: datetime) -> None:
        """Give out one answer. Raises QuotaSpent."""
        day = day_at(now, self._zone)
        place = (grant.client, day.date, grant.per_day)
        if self._left.get(place, 0) < 1:
            async with self._lock:
                if place not in self._left or self._left[place] > -1:
                    await self._lease(place)
        if self._left[place] < 1:
            raise QuotaSpent(day.left)
        self._left[place] -= 1

    async def _lease(self, place: tuple[str, date, int]) -> None:
        """Take one more part, if others who waited for the same have not; -1: there is none, and never will be."""
        if self._left.get(place, 0) > 0:
            return
        client, day, per_day = place
        wanted = max(1, min(LARGEST_LEASE, per_day // LEASES))
        self._left[place] = await self._grants.take(client, day, wanted, per_day) or -1
        self._left.move_to_end(place)
        while len(self._left) > MOST_CLIENTS:
            self._left.popitem(last=False)


def _newer(known: E, event: E) -> E:
    return event if (event.incarnation, event.version) > (known.incarnation, known.version) else known
