"""Credentials of other regions: whether one was revoked, by its own region's signed list; and fetching these."""

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Final

from healthcode.credential import CheckPolicy, Claims, Malformed, NotTrusted, StatusList, TrustList, Verdict
from healthcode.credential.status_list import read_list
from services.issuer.domain import list_id
from services.issuer.ports.abroad import ListsAbroad, Wanted

Fetch = Callable[[Wanted], Awaitable[bytes]]
"""Raises NotFetched."""

FRESH: Final = timedelta(seconds=60)
MOST_OPEN: Final = 64
"""Lists that stay open in memory, of 128 KiB each at most: two days of thirty regions."""
ASKED_LATELY: Final = timedelta(hours=25)
"""A credential is good for a day."""


class NotFetched(Exception):  # noqa: N818 - says what happened
    """A list could not be had; the text says why."""


class VerifiedLists:
    """How credentials of other regions stand, by lists whose signatures are verified once, not at each scan."""

    def __init__(self, lists: ListsAbroad, trust: Callable[[], TrustList], most: int = MOST_OPEN) -> None:
        """`trust`: as it stands now. `most`: so many lists stay open; who was not asked about longest goes first."""
        self._lists = lists
        self._trust = trust
        self._believed = trust()
        self._most = most
        self._open: OrderedDict[bytes, StatusList] = OrderedDict()

    async def standing(self, claims: Claims, now: datetime) -> Verdict:
        """`valid`, `revoked`, or `stale verifier` where nothing here says it, or what does is too old."""
        place = claims.status_list
        data = None if place is None else await self._lists.find(Wanted(claims.issuer, place.list_id), now)
        if data is None or place is None:
            return Verdict.STALE_VERIFIER
        try:
            known = self._opened(data)
            revoked = known.is_revoked(place.index)
        except (Malformed, NotTrusted, IndexError):
            return Verdict.STALE_VERIFIER
        if (known.issuer, known.list_id) != (claims.issuer, place.list_id):
            return Verdict.STALE_VERIFIER
        if revoked:
            return Verdict.REVOKED
        return Verdict.VALID if now - known.as_of <= CheckPolicy().lists_age else Verdict.STALE_VERIFIER

    def _opened(self, data: bytes) -> StatusList:
        """The list in these very bytes: another under its name is verified anew, and all by new keys."""
        if (believed := self._trust()) is not self._believed:
            self._open.clear()
            self._believed = believed
        digest = hashlib.sha256(data).digest()
        known = self._open.get(digest)
        if known is None:
            known = self._open[digest] = read_list(data, believed)
            while len(self._open) > self._most:
                self._open.popitem(last=False)
        self._open.move_to_end(digest)
        return known


async def fetch_due(
    lists: ListsAbroad, trust: TrustList, fetch: Fetch, regions: Iterable[str], now: datetime, limit: int
) -> list[tuple[Wanted, str]]:
    """Fetch what is asked about and not fresh, and the day's first list of each region before anybody asks.

    Gives what failed, and why; it is tried again a minute later. What is not believed is not kept.
    """
    first = [Wanted(region, list_id(now, 0)) for region in regions]
    if first:
        await lists.ask(first, now)
    failed: list[tuple[Wanted, str]] = []
    for wanted in await lists.due(now - FRESH, now - ASKED_LATELY, limit):
        try:
            data = await fetch(wanted)
            version = _version_of(data, trust, wanted)
        except (NotFetched, Malformed, NotTrusted) as error:
            failed.append((wanted, str(error)))
            await lists.tried(wanted, now)
        else:
            await lists.tried(wanted, now, data, version)
    return failed


def _version_of(data: bytes, trust: TrustList, wanted: Wanted) -> int:
    found = read_list(data, trust)
    if (found.issuer, found.list_id) != wanted:
        raise NotFetched("it is another list")
    return found.version
