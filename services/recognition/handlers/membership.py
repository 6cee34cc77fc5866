"""Regions come, are suspended and go while all runs: what is told and what is shown follows the catalogue."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from services.recognition.domain.guest import Host, cover
from services.recognition.domain.home import Home, Origin, retell
from services.recognition.domain.message import Between, hearer
from services.recognition.ports import HomeStore
from services.recognition.ports.membership import CoveredGuests, Silences

Away = Mapping[str, str | None]
"""Every region, and why it does not count now; None for one that does."""


class Hushed:
    """A HomeStore that keeps what would not be passed on to itself, and notes to whom it is owed."""

    def __init__(self, homes: HomeStore, silences: Silences, region: str, away: Callable[[], Away]) -> None:
        """`region`: one's own."""
        self._homes = homes
        self._silences = silences
        self._region = region
        self._away = away

    def __getattr__(self, name: str) -> Any:
        """All else is the store's own."""
        return getattr(self._homes, name)

    async def lock(self, subjects: Sequence[str]) -> dict[str, Home]:
        """See HomeStore."""
        return await self._homes.lock(subjects)

    async def over(self, now: datetime, limit: int) -> list[str]:
        """See HomeStore."""
        return await self._homes.over(now, limit)

    async def save(self, before: Mapping[str, Home], after: Mapping[str, Home], messages: Sequence[Between]) -> None:
        """See HomeStore; the numbers of what is not sent are left out, which the receivers do not mind."""
        away = self._away()
        if away.get(self._region):
            owed = {self._region} if messages else set()
            messages = []
        else:
            owed = {hearer(each) for each in messages if away.get(hearer(each))}
            messages = [each for each in messages if hearer(each) not in owed]
        await self._silences.note(owed)
        await self._homes.save(before, after, messages)


class Owed(NamedTuple):
    """The region's people, and to whom something is owed, in one transaction."""

    homes: HomeStore
    silences: Silences


async def retell_watches(owed: Owed, origin: Origin, away: Away, now: datetime, limit: int) -> bool:
    """Note who does not count; tell `limit` open watches anew to who does again; tells whether there may be more."""
    silent = {each.region: each for each in await owed.silences.lock()}
    gone = {region for region, why in away.items() if why}
    await owed.silences.note(gone - silent.keys())
    back = next((each for each in silent.values() if each.region not in gone), None)
    if back is None:
        return False
    everywhere = back.region == origin.region
    page = await owed.silences.watches(None if everywhere else back.region, back.cursor, limit)
    before = await owed.homes.lock([subject for _, subject in page])
    trips = {trip for trip, _ in page}
    steps = {subject: retell(origin, home, trips, now) for subject, home in before.items()}
    messages = [message for step in steps.values() for message in step.messages]
    await owed.homes.save(before, {subject: step.home for subject, step in steps.items()}, messages)
    if len(page) < limit:
        await owed.silences.end(back.region)
    else:
        await owed.silences.move(back.region, page[-1][0])
    return True


async def cover_guests(store: CoveredGuests, host: Host, away: Away, now: datetime, limit: int) -> bool:
    """Show guests of homes that do not count as unknown, all others as told; tells whether there may be more."""
    found = await store.lock_miscovered(covered(away, host.region), limit)
    seen = [change for guest in found.values() if (change := cover(host, guest, shown(away, host, guest.origin), now))]
    await store.save([each.guest for each in seen], [each.event for each in seen if each.event is not None])
    return len(found) == limit


def covered(away: Away, own: str) -> Away:
    """As guests show it: while one's own region does not count, nobody tells it anything, so nothing stands."""
    return {region: why or away.get(own) for region, why in away.items()}


def shown(away: Away, host: Host, origin: str) -> str | None:
    """Why the code of a home does not count here; None where it does."""
    return covered(away, host.region).get(origin)
